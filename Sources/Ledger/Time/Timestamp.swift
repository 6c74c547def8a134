public import JSONTape

/// An instant: microseconds since 1970-01-01T00:00:00Z, without leap seconds. Range: the years 1970 to 9999.
public struct Timestamp: Hashable, Comparable, Sendable, BitwiseCopyable {
  public var rawValue: Int64

  public init(rawValue: Int64) { self.rawValue = rawValue }
  public init(seconds: Int64) { self.rawValue = seconds * 1_000_000 }

  public static let microsecondsPerSecond: Int64 = 1_000_000
  public static let latest = Timestamp(rawValue: 253_402_300_799_999_999)

  public static func < (left: Timestamp, right: Timestamp) -> Bool { left.rawValue < right.rawValue }

  public func advanced(by duration: Duration64) -> Timestamp { Timestamp(rawValue: rawValue + duration.rawValue) }
  public func advanced(hours: Int64) -> Timestamp { Timestamp(rawValue: rawValue + hours * 3_600_000_000) }
  /// The time from `earlier` to this instant; negative when it lies after it.
  public func since(_ earlier: Timestamp) -> Duration64 { Duration64(rawValue: rawValue - earlier.rawValue) }

  /// Reads RFC 3339: `2026-10-03T09:15:02Z`, fractions and offsets allowed; digits beyond the microsecond are cut.
  /// - Returns: nil for anything else, for a leap second, and for years before 1970.
  public init?(_ text: Text) {
    if let usual = Self.usual(text) {
      self = usual
      return
    }
    var reader = DigitReader(text)
    guard let year = reader.digits(4), reader.take(45), let month = reader.digits(2), reader.take(45),
      let dayOfMonth = reader.digits(2), reader.take(84) || reader.take(116), let hour = reader.digits(2),
      reader.take(58), let minute = reader.digits(2), reader.take(58), let second = reader.digits(2),
      let day = CalendarDay(year: year, month: month, day: dayOfMonth), hour < 24, minute < 60, second < 60
    else { return nil }
    var micros: Int64 = 0
    if reader.take(46) {
      guard let fraction = reader.fraction() else { return nil }
      micros = fraction
    }
    guard let offset = reader.offsetSeconds(), reader.isAtEnd else { return nil }
    let seconds = Int64(day.rawValue) * 86_400 + Int64(hour * 3_600 + minute * 60 + second) - Int64(offset)
    let value = seconds * 1_000_000 + micros
    guard value >= 0, value <= Self.latest.rawValue else { return nil }
    self.rawValue = value
  }

  /// RFC 3339 in UTC, with as many decimals as needed: `2026-10-03T09:15:02Z`.
  public func append(to bytes: inout [UInt8]) {
    let seconds = rawValue.flooredDivision(by: 1_000_000)
    var fraction = rawValue - seconds * 1_000_000
    let days = seconds.flooredDivision(by: 86_400)
    let inDay = Int(seconds - days * 86_400)
    CalendarDay(rawValue: Int32(days)).append(to: &bytes)
    bytes.append(84)
    bytes.appendPadded(inDay / 3_600, width: 2)
    bytes.append(58)
    bytes.appendPadded(inDay / 60 % 60, width: 2)
    bytes.append(58)
    bytes.appendPadded(inDay % 60, width: 2)
    if fraction != 0 {
      bytes.append(46)
      var divisor: Int64 = 100_000
      while fraction != 0 {
        bytes.append(48 + UInt8(fraction / divisor))
        fraction %= divisor
        divisor /= 10
      }
    }
    bytes.append(90)
  }
}

extension Timestamp: CustomStringConvertible {
  public var description: String {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// A length of time in microseconds, printed as calendar ISO 8601 without days: `PT26H3M`.
public struct Duration64: Hashable, Comparable, Sendable {
  public var rawValue: Int64

  public init(rawValue: Int64) { self.rawValue = rawValue }
  public static let zero = Duration64(rawValue: 0)
  public static func hours(_ count: Int64) -> Duration64 { Duration64(rawValue: count * 3_600_000_000) }
  public static func < (left: Duration64, right: Duration64) -> Bool { left.rawValue < right.rawValue }

  /// Reads `P1DT2H3M4.5S` and its parts; days are 24 hours. Years, months, weeks mixed with others and signs are refused.
  public init?(_ text: Text) {
    var reader = DigitReader(text)
    guard reader.take(80) else { return nil }
    var total: Int64 = 0
    var isTime = false
    var parts = 0
    var rank = 0
    while !reader.isAtEnd {
      if reader.take(84) {
        guard !isTime else { return nil }
        isTime = true
        continue
      }
      guard let whole = reader.number(limit: 1_000_000_000) else { return nil }
      var fraction: Int64 = 0
      let hasFraction = reader.take(46) || reader.take(44)
      if hasFraction {
        guard let read = reader.fraction() else { return nil }
        fraction = read
      }
      let unit: (rank: Int, seconds: Int64)
      if !isTime && reader.take(87) {
        unit = (1, 604_800)
      } else if !isTime && reader.take(68) {
        unit = (2, 86_400)
      } else if isTime && reader.take(72) {
        unit = (3, 3_600)
      } else if isTime && reader.take(77) {
        unit = (4, 60)
      } else if isTime && reader.take(83) {
        unit = (5, 1)
      } else {
        return nil
      }
      guard unit.rank > rank, !hasFraction || unit.rank == 5 else { return nil }
      rank = unit.rank
      let (product, overflow) = whole.multipliedReportingOverflow(by: unit.seconds * 1_000_000)
      guard !overflow, product < 1 << 60 else { return nil }
      total += product + fraction
      parts += 1
      guard total < 1 << 60 else { return nil }
    }
    guard parts > 0, !isTime || rank >= 3 else { return nil }
    rawValue = total
  }

  /// `PT3M20S`; `PT0S` for nothing; a fraction of a second is cut.
  public func append(to bytes: inout [UInt8]) {
    var seconds = rawValue / 1_000_000
    if seconds < 0 {
      bytes.append(45)
      seconds = -seconds
    }
    bytes.append(contentsOf: [80, 84])
    if seconds == 0 { bytes.append(contentsOf: [48, 83]) }
    for (divisor, letter) in [(3_600, 72), (60, 77), (1, 83)] as [(Int64, UInt8)] where seconds / divisor > 0 {
      bytes.appendDecimal(seconds / divisor)
      bytes.append(letter)
      seconds %= divisor
    }
  }
}

extension Duration64: CustomStringConvertible {
  public var description: String {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension Timestamp {
  /// Reads RFC 3339 from a string.
  public init?(string: String) {
    var string = string
    guard let value = string.withUTF8({ unsafe Timestamp(Text(buffer: $0)) }) else { return nil }
    self = value
  }
}
