/// Tells the business time between any two instants: an instant counts when the wall clock then reads inside a stretch of
/// the hours in force.
///
/// Time is cut where hours or the clocks change. Within a piece the wall clock runs evenly and weeks repeat, so no
/// question depends on how long the time asked about is.
struct BusinessClock: Sendable {
  private struct Piece {
    var startsAt: Int64
    /// Business time before `startsAt`.
    var before: Int64
    /// Wall clock minus UTC, in microseconds.
    var offset: Int64
    /// Nil before the first hours: all of it counts.
    var hours: WeeklyHours?
  }

  /// From the beginning of time on, rising.
  private var pieces = [Piece(startsAt: 0, before: 0, offset: 0, hours: nil)]

  /// - Parameter zone: the zone of a version's name, the account's own for none.
  /// - Complexity: O(versions × transitions of their zones).
  init(_ hours: BusinessHours, zone: (NameID) -> Zone) {
    for (index, version) in hours.versions.enumerated() {
      let ends = index + 1 < hours.versions.count ? hours.versions[index + 1].from : .latest
      let (zone, weekly) = (zone(version.zone), WeeklyHours(version))
      append(weekly, from: version.from, offsetSeconds: zone.offsetSeconds(at: version.from))
      for transition in zone.transitions where version.from < transition.at && transition.at < ends {
        append(weekly, from: transition.at, offsetSeconds: transition.offsetSeconds)
      }
    }
  }

  private mutating func append(_ hours: WeeklyHours, from start: Timestamp, offsetSeconds: Int32) {
    let before = counted(until: start.rawValue)
    pieces.append(
      Piece(startsAt: start.rawValue, before: before, offset: Int64(offsetSeconds) * 1_000_000, hours: hours))
  }

  /// Nothing where `end` is not behind `start`.
  /// - Complexity: O(log *n*) in the pieces and holidays.
  func elapsed(from start: Timestamp, to end: Timestamp) -> Duration64 {
    start < end
      ? Duration64(rawValue: counted(until: end.rawValue) - counted(until: start.rawValue)) : .zero
  }

  private func counted(until moment: Int64) -> Int64 {
    var low = 0
    var high = pieces.count
    while low < high {
      let middle = (low + high) / 2
      if pieces[middle].startsAt <= moment { low = middle + 1 } else { high = middle }
    }
    let piece = pieces[max(low - 1, 0)]
    guard let hours = piece.hours else { return piece.before + moment - piece.startsAt }
    return piece.before + hours.counted(until: moment + piece.offset)
      - hours.counted(until: piece.startsAt + piece.offset)
  }
}
