import JSONTape

/// Reads fixed layouts of digits and marks from a text, without allocating.
struct DigitReader {
  private let text: Text
  private var position = 0

  init(_ text: Text) { self.text = text }

  var isAtEnd: Bool { position == text.count }

  mutating func take(_ byte: UInt8) -> Bool {
    guard position < text.count, text[position] == byte else { return false }
    position += 1
    return true
  }

  mutating func digits(_ count: Int) -> Int? {
    guard position + count <= text.count else { return nil }
    var value = 0
    for index in position..<position + count {
      let digit = text[index] &- 48
      guard digit < 10 else { return nil }
      value = value * 10 + Int(digit)
    }
    position += count
    return value
  }

  /// One or more digits, at most `limit` in value.
  mutating func number(limit: Int64) -> Int64? {
    var value: Int64 = 0
    let start = position
    while position < text.count, text[position] &- 48 < 10 {
      value = value * 10 + Int64(text[position] - 48)
      guard value <= limit else { return nil }
      position += 1
    }
    return position > start ? value : nil
  }

  /// The digits behind a decimal point, as millionths; those beyond the sixth are cut.
  mutating func fraction() -> Int64? {
    var value: Int64 = 0
    var unit: Int64 = 100_000
    let start = position
    while position < text.count, text[position] &- 48 < 10 {
      value += Int64(text[position] - 48) * unit
      unit /= 10
      position += 1
    }
    return position > start ? value : nil
  }

  /// `Z`, `+05:30` or `-03:00`, in seconds.
  mutating func offsetSeconds() -> Int? {
    if take(90) || take(122) { return 0 }
    let isNegative: Bool
    if take(43) { isNegative = false } else if take(45) { isNegative = true } else { return nil }
    guard let hours = digits(2), take(58), let minutes = digits(2), hours < 24, minutes < 60 else { return nil }
    return (isNegative ? -1 : 1) * (hours * 3_600 + minutes * 60)
  }
}

extension Int64 {
  func flooredDivision(by divisor: Int64) -> Int64 {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }
}

extension [UInt8] {
  /// `value` in decimal, padded with zeros to `width`.
  mutating func appendPadded(_ value: Int, width: Int) {
    var divisor = 1
    for _ in 1..<Swift.max(width, 1) { divisor *= 10 }
    while divisor > 0 {
      append(48 + UInt8(value / divisor % 10))
      divisor /= 10
    }
  }

  public mutating func appendDecimal(_ value: some BinaryInteger) {
    if value < 0 {
      append(45)
      appendDecimal(UInt64(value.magnitude))
      return
    }
    let start = count
    var rest = UInt64(value)
    repeat {
      append(48 + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    self[start...].reverse()
  }
}
