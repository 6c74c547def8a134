/// Tells the business time between any two instants of a range: all stretches that count, with the sum before each.
struct BusinessClock: Sendable {
  private struct Stretch {
    var opensAt: Int64
    var closesAt: Int64
    /// Business time of the range before `opensAt`.
    var before: Int64
  }

  private var stretches: [Stretch] = []
  private let range: ClosedRange<Timestamp>

  /// - Parameter zone: the zone of a version's name, the account's own for none.
  /// - Complexity: O(days of the range).
  init(_ hours: BusinessHours, over range: ClosedRange<Timestamp>, zone: (NameID) -> Zone) {
    self.range = range
    let versions = hours.versions
    append(from: range.lowerBound, to: min(versions.first?.from ?? range.upperBound, range.upperBound))
    for (index, version) in versions.enumerated() {
      let ends = index + 1 < versions.count ? versions[index + 1].from : range.upperBound
      append(
        version, from: max(version.from, range.lowerBound), to: min(ends, range.upperBound), zone: zone(version.zone))
    }
  }

  /// Half-open; nothing where `end` is not behind `start`.
  private mutating func append(from start: Timestamp, to end: Timestamp) {
    guard start < end else { return }
    let before = stretches.last.map { $0.before + $0.closesAt - $0.opensAt } ?? 0
    stretches.append(Stretch(opensAt: start.rawValue, closesAt: end.rawValue, before: before))
  }

  private mutating func append(_ version: BusinessHours.Version, from start: Timestamp, to end: Timestamp, zone: Zone) {
    guard start < end else { return }
    var day = zone.day(of: start)
    while zone.start(of: day) < end {
      for stretch in version.stretches(on: day) {
        let opens = zone.instant(localMicroseconds: Self.local(day, minute: stretch.opensAtMinute))
        let closes = zone.instant(localMicroseconds: Self.local(day, minute: stretch.closesAtMinute))
        append(from: max(opens, start), to: min(closes, end))
      }
      day = day.advanced(days: 1)
    }
  }

  private static func local(_ day: CalendarDay, minute: Int) -> Int64 {
    (Int64(day.rawValue) * 1_440 + Int64(minute)) * 60_000_000
  }

  /// Business time from `start` to `end`, both in the range; nothing where `end` is not behind `start`.
  /// - Complexity: O(log *n*) in the days of the range.
  func elapsed(from start: Timestamp, to end: Timestamp) -> Duration64 {
    guard start < end else { return .zero }
    precondition(range.contains(start) && range.contains(end), "\(start) to \(end) is not within \(range)")
    return Duration64(rawValue: counted(until: end.rawValue) - counted(until: start.rawValue))
  }

  private func counted(until moment: Int64) -> Int64 {
    var low = 0
    var high = stretches.count
    while low < high {
      let middle = (low + high) / 2
      if stretches[middle].opensAt <= moment { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return 0 }
    let stretch = stretches[low - 1]
    return stretch.before + min(moment, stretch.closesAt) - stretch.opensAt
  }
}
