public import JSONTape

/// A phone number of 5 to 15 digits in one word: the count of digits in the top byte, their value below.
public struct Phone: Hashable, Comparable, Sendable, BitwiseCopyable {
  public var rawValue: UInt64

  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// Reads digits; with `isLenient` a leading `+`, spaces and hyphens are skipped (INTERFACE.md 1).
  public init?(_ text: Text, isLenient: Bool = true) {
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

  public var digitCount: Int { Int(rawValue >> 56) }
  var value: UInt64 { rawValue & ((1 << 56) - 1) }

  public static func < (left: Phone, right: Phone) -> Bool { left.rawValue < right.rawValue }

  /// The first `count` digits as a number.
  func prefix(_ count: Int) -> UInt64 {
    var value = self.value
    for _ in 0..<(digitCount - count) { value /= 10 }
    return value
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
