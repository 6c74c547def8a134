/// Tells the business time between any two instants.
///
/// Time is cut where hours or the clocks change. Within a piece the wall clock runs evenly and weeks repeat, so no
/// question depends on how long the time asked about is. A reading that occurs twice is the first one (as midnights are,
/// RULES.md 1): through the repeated hour business stays as it was just before.
struct BusinessClock: Sendable {
  private enum Rule {
    case allCounts
    case nothingCounts
    /// `offset` is wall clock minus UTC, in microseconds.
    case hours(WeeklyHours, offset: Int64)
  }

  private struct Piece {
    var startsAt: Int64
    /// Business time before `startsAt`.
    var before: Int64
    var rule: Rule
  }

  /// Rising, from before all time on.
  private var pieces = [Piece(startsAt: -1, before: 0, rule: .allCounts)]

  /// - Parameter zone: the zone of a version's name, the account's own for none.
  /// - Complexity: O(versions × transitions of their zones).
  init(_ hours: BusinessHours, zone: (NameID) -> Zone) {
    for (index, version) in hours.versions.enumerated() {
      let end = index + 1 < hours.versions.count ? hours.versions[index + 1].from : .latest
      append(WeeklyHours(version), zone(version.zone), from: version.from.rawValue, to: end.rawValue)
    }
  }

  private mutating func append(_ hours: WeeklyHours, _ zone: Zone, from start: Int64, to end: Int64) {
    append(.hours(hours, offset: zone.transitions[0].offset), from: start)
    for (earlier, later) in zip(zone.transitions, zone.transitions.dropFirst()) where later.at.rawValue < end {
      let changedAt = later.at.rawValue
      let repeatsUntil = changedAt + max(earlier.offset - later.offset, 0)
      if max(changedAt, start) < repeatsUntil {
        let isOpen = hours.isOpen(before: changedAt + earlier.offset)
        append(isOpen ? .allCounts : .nothingCounts, from: max(changedAt, start))
      }
      if repeatsUntil < end { append(.hours(hours, offset: later.offset), from: max(repeatsUntil, start)) }
    }
  }

  /// From `start` on; what was said of later time before is forgotten.
  private mutating func append(_ rule: Rule, from start: Int64) {
    while let last = pieces.last, last.startsAt >= start { pieces.removeLast() }
    pieces.append(Piece(startsAt: start, before: counted(until: start), rule: rule))
  }

  /// Nothing where `end` is not behind `start`.
  /// - Complexity: O(log *n*) in the pieces and holidays.
  func elapsed(from start: Timestamp, to end: Timestamp) -> Duration64 {
    start < end ? Duration64(rawValue: counted(until: end.rawValue) - counted(until: start.rawValue)) : .zero
  }

  /// The latest moment since which more than `span` has passed by `end`, to the microsecond; one before all time where none
  /// is.
  /// - Complexity: O(log *n*) in the microseconds since 1970, each of ``elapsed(from:to:)``.
  func latestStart(ofMoreThan span: Duration64, until end: Timestamp) -> Timestamp {
    var (early, late) = (Int64(-1), end.rawValue)
    while late - early > 1 {
      let middle = early + (late - early) / 2
      if elapsed(from: Timestamp(rawValue: middle), to: end) > span { early = middle } else { late = middle }
    }
    return Timestamp(rawValue: early)
  }

  private func counted(until moment: Int64) -> Int64 {
    let next = pieces.indices.partitionPoint { pieces[$0].startsAt > moment }
    let piece = pieces[max(next - 1, 0)]
    switch piece.rule {
    case .allCounts: return piece.before + moment - piece.startsAt
    case .nothingCounts: return piece.before
    case .hours(let hours, let offset):
      return piece.before + hours.counted(until: moment + offset) - hours.counted(until: piece.startsAt + offset)
    }
  }
}

extension Zone.Transition {
  /// Wall clock minus UTC, in microseconds.
  fileprivate var offset: Int64 { Int64(offsetSeconds) * 1_000_000 }
}
