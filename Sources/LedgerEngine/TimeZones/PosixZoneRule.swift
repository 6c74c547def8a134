/// The rule for the years after a TZif file's last transition, such as `EST5EDT,M3.2.0,M11.1.0` (POSIX.1 `TZ`, with
/// the extensions of RFC 8536: hours from -167 to 167).
struct PosixZoneRule {
  /// Seconds east of UTC.
  private(set) var standardOffset: Int64
  private var summer: (offset: Int64, start: Day, end: Day)?

  private struct Day {
    enum Form {
      case month(Int, week: Int, weekday: Int)
      case julianWithoutLeapDay(Int)
      case julian(Int)
    }
    var form: Form
    var secondsAfterMidnight: Int64
  }

  /// - Parameter footer: the TZif footer: newline, rule, newline.
  init?(footer: [UInt8]) {
    var scanner = Scanner(bytes: footer.filter { $0 != UInt8(ascii: "\n") })
    guard scanner.name(), let standard = scanner.offset() else { return nil }
    standardOffset = -standard
    guard !scanner.isAtEnd else { return }
    guard scanner.name() else { return nil }
    let summerOffset =
      scanner.peek == UInt8(ascii: ",") ? standardOffset + 3600 : -(scanner.offset() ?? -standardOffset - 3600)
    guard let start = scanner.day(), let end = scanner.day() else { return nil }
    summer = (summerOffset, start, end)
  }

  func transitions(from start: Int64, to end: Int64) -> [ZoneFile.Transition] {
    guard let summer else { return [] }
    let firstYear = Calendar.year(ofSecond: start) - 1
    let lastYear = Calendar.year(ofSecond: end) + 1
    return (firstYear...max(firstYear, lastYear)).flatMap { year in
      [
        ZoneFile.Transition(at: Self.second(of: summer.start, year) - standardOffset, offsetSeconds: summer.offset),
        ZoneFile.Transition(at: Self.second(of: summer.end, year) - summer.offset, offsetSeconds: standardOffset),
      ]
    }
    .filter { $0.at >= start && $0.at < end }
    .sorted { $0.at < $1.at }
  }

  /// Seconds since 1970 as the wall clock before the change would count them.
  private static func second(of day: Day, _ year: Int) -> Int64 {
    let yearStart = Calendar.days(year: year, month: 1, day: 1)
    let days: Int
    switch day.form {
    case .julian(let n): days = yearStart + n
    case .julianWithoutLeapDay(let n): days = yearStart + n - 1 + (n > 59 && Calendar.isLeap(year) ? 1 : 0)
    case .month(let month, let week, let weekday):
      let first = Calendar.days(year: year, month: month, day: 1)
      let firstWeekday = ((first + 4) % 7 + 7) % 7  // 1970-01-01 was a Thursday
      var offset = (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
      while offset >= Calendar.dayCount(year: year, month: month) { offset -= 7 }
      days = first + offset
    }
    return Int64(days) * 86_400 + day.secondsAfterMidnight
  }

  private struct Scanner {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position >= bytes.count }
    var peek: UInt8? { isAtEnd ? nil : bytes[position] }

    mutating func take(_ byte: Character) -> Bool {
      guard peek == byte.asciiValue else { return false }
      position += 1
      return true
    }

    mutating func name() -> Bool {
      let start = position
      if take("<") {
        while let byte = peek, byte != UInt8(ascii: ">") { _ = byte; position += 1 }
        return take(">")
      }
      while let byte = peek, (byte | 0x20) >= UInt8(ascii: "a"), (byte | 0x20) <= UInt8(ascii: "z") { position += 1 }
      return position - start >= 3
    }

    mutating func number() -> Int64? {
      let start = position
      var value: Int64 = 0
      while let byte = peek, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9"), position - start < 6 {
        value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        position += 1
      }
      return position > start ? value : nil
    }

    /// `[+-]h[:m[:s]]` in seconds.
    mutating func offset() -> Int64? {
      let isNegative = take("-")
      if !isNegative { _ = take("+") }
      guard var seconds = number().map({ $0 * 3600 }) else { return nil }
      if take(":") { seconds += (number() ?? 0) * 60 }
      if take(":") { seconds += number() ?? 0 }
      return isNegative ? -seconds : seconds
    }

    mutating func day() -> Day? {
      guard take(",") else { return nil }
      let form: Day.Form
      if take("M") {
        guard let month = number(), take("."), let week = number(), take("."), let weekday = number(),
          (1...12).contains(month), (1...5).contains(week), (0...6).contains(weekday)
        else { return nil }
        form = .month(Int(month), week: Int(week), weekday: Int(weekday))
      } else if take("J") {
        guard let day = number() else { return nil }
        form = .julianWithoutLeapDay(Int(day))
      } else {
        guard let day = number() else { return nil }
        form = .julian(Int(day))
      }
      return Day(form: form, secondsAfterMidnight: take("/") ? offset() ?? 7200 : 7200)
    }
  }

  /// The proleptic Gregorian calendar, by days since 1970-01-01.
  private enum Calendar {
    static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    static func dayCount(year: Int, month: Int) -> Int {
      [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    static func days(year: Int, month: Int, day: Int) -> Int {
      let before = year - 1
      let leapDays = before / 4 - before / 100 + before / 400 - 477  // 477 leap days before 1970
      return (year - 1970) * 365 + leapDays + (1..<month).reduce(0) { $0 + dayCount(year: year, month: $1) } + day - 1
    }

    static func year(ofSecond second: Int64) -> Int { 1970 + Int(second / 31_556_952) }
  }
}
