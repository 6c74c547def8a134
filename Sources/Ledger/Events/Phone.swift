public import JSONTape

/// A phone number of 5 to 15 digits in one word: the count of digits in the top byte, their value below.
public struct Phone: Hashable, Comparable, Sendable, BitwiseCopyable {
  public var rawValue: UInt64

  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// Reads digits; with `isLenient` a leading `+`, spaces and hyphens are skipped (INTERFACE.md 1).
  public init?(_ text: Text, isLenient: Bool = true) {
    if let usual = Phone(digits: text) {
      self = usual
      return
    }
    var value: UInt64 = 0
    var count: UInt64 = 0
    for index in 0..<text.count {
      let byte = text[index]
      if byte &- 48 < 10 {
        value = value &* 10 &+ UInt64(byte &- 48)
        count += 1
        guard count <= 15 else { return nil }
      } else if isLenient, byte == 32 || byte == 45 || (byte == 43 && count == 0) {
        continue
      } else {
        return nil
      }
    }
    guard count >= 5 else { return nil }
    rawValue = count << 56 | value
  }

  /// 8 to 15 digits and nothing else, which is how nearly all stand in events, read eight at a time.
  @inline(__always)
  private init?(digits text: Text) {
    guard text.count >= 8, text.count <= 15 else { return nil }
    let rest = UInt64(text.count &- 8)
    let first = text.word(0) ^ Self.zeros
    let last = text.word(text.count &- 8) ^ Self.zeros
    guard (first | last | (first &+ Self.margins) | (last &+ Self.margins)) & Self.topBits == 0 else { return nil }
    // Of the last eight only those behind the first eight count: the others become leading zeros.
    let behind = rest == 0 ? 0 : (last &>> (64 &- 8 &* rest)) &<< (64 &- 8 &* rest)
    let scale = (rest & 1 == 0 ? 1 : 10) &* (rest & 2 == 0 ? 1 : 100) &* (rest & 4 == 0 ? 1 : 10_000 as UInt64)
    rawValue = UInt64(text.count) &<< 56 | (Self.number(first) &* scale &+ Self.number(behind))
  }

  private static let zeros: UInt64 = 0x3030_3030_3030_3030
  private static let topBits: UInt64 = 0x8080_8080_8080_8080
  /// Carries into the top bit of each byte that is 10 or more.
  private static let margins: UInt64 = 0x7676_7676_7676_7676

  /// Eight digits' values, the first in the lowest byte, as one number: pairs, then fours, then all.
  @inline(__always)
  private static func number(_ digits: UInt64) -> UInt64 {
    let pairs = (digits &* 10 &+ digits &>> 8) & 0x00FF_00FF_00FF_00FF
    let fours = (pairs &* 100 &+ pairs &>> 16) & 0x0000_FFFF_0000_FFFF
    return (fours &* 10_000 &+ fours &>> 32) & 0xFFFF_FFFF
  }

  public var digitCount: Int { Int(rawValue >> 56) }
  var value: UInt64 { rawValue & ((1 << 56) - 1) }

  public static func < (left: Phone, right: Phone) -> Bool { left.rawValue < right.rawValue }

  /// The first `count` digits as a number.
  func prefix(_ count: Int) -> UInt64 {
    var divisor: UInt64 = 1
    for _ in 0..<(digitCount - count) { divisor &*= 10 }
    return value / divisor
  }

  public func append(to bytes: inout [UInt8]) {
    var divisor: UInt64 = 1
    for _ in 1..<digitCount { divisor *= 10 }
    while divisor > 0 {
      bytes.append(48 + UInt8(value / divisor % 10))
      divisor /= 10
    }
  }
}

extension Phone: CustomStringConvertible {
  public var description: String {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
