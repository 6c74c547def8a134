public import JSONTape

/// A day of the proleptic Gregorian calendar, in no zone: days since 1970-01-01.
public struct CalendarDay: Hashable, Comparable, Sendable, BitwiseCopyable {
  public var rawValue: Int32

  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// - Returns: nil for a day that is not in the calendar.
  public init?(year: Int, month: Int, day: Int) {
    guard (0...9999).contains(year), (1...12).contains(month), day >= 1,
      day <= Self.dayCount(year: year, month: month)
    else { return nil }
    rawValue = Self.daysSinceEpoch(year: year, month: month, day: day)
  }

  /// Reads `2026-10-03`.
  public init?(_ text: Text) {
    var reader = DigitReader(text)
    guard let year = reader.digits(4), reader.take(45), let month = reader.digits(2), reader.take(45),
      let day = reader.digits(2), reader.isAtEnd
    else { return nil }
    self.init(year: year, month: month, day: day)
  }

  public static func < (left: CalendarDay, right: CalendarDay) -> Bool { left.rawValue < right.rawValue }
  public func advanced(days: Int32) -> CalendarDay { CalendarDay(rawValue: rawValue + days) }

  /// 0 for Monday to 6 for Sunday.
  public var weekday: Int { Int(((rawValue + 3) % 7 + 7) % 7) }

  public var month: CalendarMonth {
    let parts = components
    return CalendarMonth(rawValue: Int32(parts.year * 12 + parts.month - 1))
  }

  /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
  public var components: (year: Int, month: Int, day: Int) {
    let shifted = Int(rawValue) + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }

  /// Source: as above, days_from_civil.
  static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int32 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return Int32(era * 146_097 + dayOfEra - 719_468)
  }

  static func dayCount(year: Int, month: Int) -> Int {
    if month == 2 { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28 }
    return 30 + (month + month >> 3) & 1  // 31 for the odd ones up to July, and for the even ones behind it
  }

  /// `2026-10-03`.
  public func append(to bytes: inout [UInt8]) {
    let parts = components
    bytes.appendPadded(parts.year, width: 4)
    bytes.append(45)
    bytes.appendPadded(parts.month, width: 2)
    bytes.append(45)
    bytes.appendPadded(parts.day, width: 2)
  }
}

extension CalendarDay: CustomStringConvertible {
  public var description: String {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// A month of the calendar: `year * 12 + month - 1`.
public struct CalendarMonth: Hashable, Comparable, Sendable, BitwiseCopyable {
  public var rawValue: Int32

  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// Reads `2026-10`.
  public init?(_ text: Text) {
    var reader = DigitReader(text)
    guard let year = reader.digits(4), reader.take(45), let month = reader.digits(2), reader.isAtEnd,
      (1...12).contains(month)
    else { return nil }
    rawValue = Int32(year * 12 + month - 1)
  }

  public static func < (left: CalendarMonth, right: CalendarMonth) -> Bool { left.rawValue < right.rawValue }

  public var firstDay: CalendarDay {
    CalendarDay(
      rawValue: CalendarDay.daysSinceEpoch(year: Int(rawValue / 12), month: Int(rawValue % 12) + 1, day: 1))
  }
  public var next: CalendarMonth { CalendarMonth(rawValue: rawValue + 1) }

  /// `2026-10`.
  public func append(to bytes: inout [UInt8]) {
    bytes.appendPadded(Int(rawValue / 12), width: 4)
    bytes.append(45)
    bytes.appendPadded(Int(rawValue % 12) + 1, width: 2)
  }
}

extension CalendarMonth: CustomStringConvertible {
  public var description: String {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension CalendarDay {
  /// Reads `2026-10-03` from a string.
  public init?(string: String) {
    var string = string
    guard let value = string.withUTF8({ unsafe CalendarDay(Text(buffer: $0)) }) else { return nil }
    self = value
  }
}

extension CalendarMonth {
  /// Reads `2026-10` from a string.
  public init?(string: String) {
    var string = string
    guard let value = string.withUTF8({ unsafe CalendarMonth(Text(buffer: $0)) }) else { return nil }
    self = value
  }
}
