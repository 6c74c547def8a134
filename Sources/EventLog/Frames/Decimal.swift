/// Numbers as text.
public enum Decimal {
  /// The most digits that a number has.
  public static let mostDigits = 20

  /// Writes a number's digits, without zeros before them, to where there is room for ``mostDigits``.
  /// - Returns: how many.
  public static func write(_ number: UInt64, to target: UnsafeMutableRawPointer) -> Int {
    var digitCount = 1
    var bound: UInt64 = 10
    while digitCount < mostDigits, number >= bound {
      digitCount += 1
      bound = digitCount < mostDigits ? bound * 10 : .max
    }
    var rest = number
    for place in stride(from: digitCount - 1, through: 0, by: -1) {
      unsafe target.storeBytes(of: UInt8(ascii: "0") + UInt8(rest % 10), toByteOffset: place, as: UInt8.self)
      rest /= 10
    }
    return digitCount
  }

  /// The number whose digits, as ``write(_:to:)`` has them, end before `end` and begin behind a byte that is no digit, not before
  /// `start`; nil where there is none, or one of more than 18 digits.
  static func read(from start: UnsafeRawPointer, to end: UnsafeRawPointer) -> (number: UInt64, digitCount: Int)? {
    var number: UInt64 = 0
    var unit: UInt64 = 1
    var digitCount = 0
    var last: UInt8 = 0
    while unsafe end - digitCount > start {
      let digit = unsafe (end - digitCount - 1).load(as: UInt8.self) &- UInt8(ascii: "0")
      if digit > 9 { break }
      if digitCount == 18 { return nil }
      last = digit
      number += UInt64(digit) * unit
      unit *= 10
      digitCount += 1
    }
    return digitCount == 0 || (last == 0 && digitCount > 1) ? nil : (number, digitCount)
  }
}
