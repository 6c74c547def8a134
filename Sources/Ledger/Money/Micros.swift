public import JSONTape

/// Money: millionths of one unit of a currency. One amount of an event or a card stays below 10¹² units (RULES.md 24);
/// sums are kept in ``MicrosTotal``. Addition is checked and traps.
public struct Micros: Hashable, Comparable, Sendable, BitwiseCopyable {
  public var rawValue: Int64

  public init(rawValue: Int64) { self.rawValue = rawValue }
  public static let zero = Micros(rawValue: 0)

  public static func < (left: Micros, right: Micros) -> Bool { left.rawValue < right.rawValue }
  public static func + (left: Micros, right: Micros) -> Micros { Micros(rawValue: left.rawValue + right.rawValue) }
  public static func - (left: Micros, right: Micros) -> Micros { Micros(rawValue: left.rawValue - right.rawValue) }
  public static prefix func - (value: Micros) -> Micros { Micros(rawValue: -value.rawValue) }
  public static func += (left: inout Micros, right: Micros) { left.rawValue += right.rawValue }
  public static func -= (left: inout Micros, right: Micros) { left.rawValue -= right.rawValue }

  public var isNegative: Bool { rawValue < 0 }
  public var isZero: Bool { rawValue == 0 }

  /// Reads `12.5` or `-0.0068`: at most 12 digits before the point and 6 behind it, no exponent, no plus, no bare point.
  public init?(_ text: Text) {
    guard let value = DecimalReader.millionths(text, wholeDigits: 12) else { return nil }
    rawValue = value
  }

  /// `self × numerator / denominator`, half to even, through 128 bits. Traps where the result leaves `Int64`.
  public func scaled(by numerator: Int64, over denominator: Int64) -> Micros {
    Micros(rawValue: Int64(Int128(rawValue).multiplied(by: Int128(numerator), over: Int128(denominator))))
  }

  public func append(to bytes: inout [UInt8]) { MicrosTotal(self).append(to: &bytes) }
}

/// A sum of amounts. 128 bits wide, so that no number of events that the log can hold overflows it.
public struct MicrosTotal: Hashable, Comparable, Sendable, BitwiseCopyable {
  public var rawValue: Int128

  public init(rawValue: Int128) { self.rawValue = rawValue }
  public init(_ micros: Micros) { rawValue = Int128(micros.rawValue) }
  public static let zero = MicrosTotal(rawValue: 0)

  public static func < (left: MicrosTotal, right: MicrosTotal) -> Bool { left.rawValue < right.rawValue }
  public static func + (left: MicrosTotal, right: MicrosTotal) -> MicrosTotal {
    MicrosTotal(rawValue: left.rawValue + right.rawValue)
  }
  public static func - (left: MicrosTotal, right: MicrosTotal) -> MicrosTotal {
    MicrosTotal(rawValue: left.rawValue - right.rawValue)
  }
  public static prefix func - (value: MicrosTotal) -> MicrosTotal { MicrosTotal(rawValue: -value.rawValue) }
  public static func += (left: inout MicrosTotal, right: MicrosTotal) { left.rawValue += right.rawValue }
  public static func -= (left: inout MicrosTotal, right: MicrosTotal) { left.rawValue -= right.rawValue }
  public static func += (left: inout MicrosTotal, right: Micros) { left.rawValue += Int128(right.rawValue) }
  public static func -= (left: inout MicrosTotal, right: Micros) { left.rawValue -= Int128(right.rawValue) }

  public var isZero: Bool { rawValue == 0 }
  public var isNegative: Bool { rawValue < 0 }

  /// A decimal without needless zeros: `0`, `0.0068`, `80`, `-3.5`.
  public func append(to bytes: inout [UInt8]) {
    if rawValue < 0 { bytes.append(45) }
    let magnitude = rawValue.magnitude
    let start = bytes.count
    var whole = magnitude / 1_000_000
    repeat {
      bytes.append(48 + UInt8(whole % 10))
      whole /= 10
    } while whole > 0
    bytes[start...].reverse()
    var fraction = Int64(magnitude % 1_000_000)
    guard fraction > 0 else { return }
    bytes.append(46)
    var unit: Int64 = 100_000
    while fraction > 0 {
      bytes.append(48 + UInt8(fraction / unit))
      fraction %= unit
      unit /= 10
    }
  }
}

extension Micros: CustomStringConvertible {
  public var description: String { MicrosTotal(self).description }
}

extension MicrosTotal: CustomStringConvertible {
  public var description: String {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension Int128 {
  /// `self × numerator / denominator`, half to even: the one place where money is rounded.
  func multiplied(by numerator: Int128, over denominator: Int128) -> Int128 {
    precondition(denominator > 0, "a scale by a denominator of \(denominator)")
    let product = self * numerator
    let (quotient, remainder) = product.quotientAndRemainder(dividingBy: denominator)
    let twice = remainder.magnitude * 2
    let isUp = twice > denominator.magnitude || (twice == denominator.magnitude && quotient % 2 != 0)
    return isUp ? quotient + (product < 0 ? -1 : 1) : quotient
  }
}

/// Reads decimal strings into millionths.
enum DecimalReader {
  static func millionths(_ text: Text, wholeDigits: Int) -> Int64? {
    var index = 0
    var isNegative = false
    if text.count > 0, text[0] == 45 {
      isNegative = true
      index = 1
    }
    var value: Int64 = 0
    var whole = 0
    while index < text.count, text[index] &- 48 < 10 {
      value = value * 10 + Int64(text[index] - 48)
      whole += 1
      index += 1
      guard whole <= wholeDigits else { return nil }
    }
    guard whole > 0 else { return nil }
    var decimals = 0
    if index < text.count {
      guard text[index] == 46 else { return nil }
      index += 1
      while index < text.count, text[index] &- 48 < 10 {
        value = value * 10 + Int64(text[index] - 48)
        decimals += 1
        index += 1
        guard decimals <= 6 else { return nil }
      }
      guard decimals > 0, index == text.count else { return nil }
    }
    for _ in decimals..<6 { value *= 10 }
    return isNegative ? -value : value
  }
}
