/// The business hours of an account as they changed: each version holds from its event's time to the next one's
/// (RULES.md 29). Before the first, calendar time counts (RULES.md 45).
struct BusinessHours: Hashable, Sendable {
  struct Version: Hashable, Sendable {
    var from: Timestamp
    /// None: the account's own zone.
    var zone: NameID
    /// Seven lists, Monday first, each rising and apart; an empty one is a closed day.
    var week: [[HoursStretch]]
    /// Strictly rising; closed whatever the weekday.
    var holidays: [CalendarDay]
  }

  /// Strictly rising in `from`.
  private(set) var versions: [Version] = []

  init() {}

  var isEmpty: Bool { versions.isEmpty }

  /// Of two versions of one instant the later folded holds.
  mutating func append(_ version: Version) {
    let index = versions.firstIndex { $0.from >= version.from } ?? versions.count
    if index < versions.count, versions[index].from == version.from {
      versions[index] = version
    } else {
      versions.insert(version, at: index)
    }
  }
}

extension BusinessHours {
  func encode(into encoder: inout StateEncoder) {
    encoder.write(versions) { encoder, version in
      encoder.write(version.from)
      encoder.write(version.zone)
      for day in version.week {
        encoder.write(day) { encoder, stretch in
          encoder.write(stretch.opensAtMinute)
          encoder.write(stretch.closesAtMinute)
        }
      }
      encoder.write(version.holidays) { encoder, day in encoder.write(day) }
    }
  }

  init(from decoder: inout StateDecoder, names: borrowing Names) throws(StateDecodingError) {
    for _ in 0..<(try decoder.readCount()) {
      let from = try decoder.readTimestamp()
      let zone = try decoder.readName(in: names)
      var week: [[HoursStretch]] = []
      for _ in 0..<7 { week.append(try Self.readDay(from: &decoder)) }
      let holidays = try decoder.readList { (decoder) throws(StateDecodingError) in try decoder.readDay() }
      guard zip(holidays, holidays.dropFirst()).allSatisfy({ $0 < $1 }) else {
        throw decoder.failure("unordered holidays")
      }
      append(Version(from: from, zone: zone, week: week, holidays: holidays))
    }
  }

  private static func readDay(from decoder: inout StateDecoder) throws(StateDecodingError) -> [HoursStretch] {
    var closed = 0
    return try decoder.readList { (decoder) throws(StateDecodingError) in
      let opens = try decoder.readUInt64()
      let closes = try decoder.readUInt64()
      guard closed <= opens, opens < closes, closes <= 1_440 else { throw decoder.failure("hours out of order") }
      closed = Int(closes)
      return HoursStretch(opensAtMinute: Int(opens), closesAtMinute: Int(closes))
    }
  }
}
