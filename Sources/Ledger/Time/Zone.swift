/// A time zone as the log knows it: the transitions of its `zone.resolved` event.
///
/// Before the first transition the first offset holds, after the last one the last (RULES.md 47).
public struct Zone: Hashable, Sendable {
  public struct Transition: Hashable, Sendable {
    public var at: Timestamp
    /// Seconds east of UTC from `at` on.
    public var offsetSeconds: Int32

    public init(at: Timestamp, offsetSeconds: Int32) {
      self.at = at
      self.offsetSeconds = offsetSeconds
    }
  }

  /// Strictly rising in `at`; never empty.
  public private(set) var transitions: [Transition]

  public init?(transitions: [Transition]) {
    guard !transitions.isEmpty, zip(transitions, transitions.dropFirst()).allSatisfy({ $0.at < $1.at }) else {
      return nil
    }
    self.transitions = transitions
  }

  public static let utc = Zone(transitions: [Transition(at: Timestamp(rawValue: 0), offsetSeconds: 0)])!

  /// Seconds east of UTC at `moment`.
  /// - Complexity: O(log *n*) in the number of transitions.
  public func offsetSeconds(at moment: Timestamp) -> Int32 {
    let next = transitions.indices.partitionPoint { transitions[$0].at > moment }
    return transitions[max(next - 1, 0)].offsetSeconds
  }

  /// Microseconds on the wall clock since 1970-01-01T00:00:00 local.
  func localMicroseconds(at moment: Timestamp) -> Int64 {
    moment.rawValue + Int64(offsetSeconds(at: moment)) * 1_000_000
  }

  public func day(of moment: Timestamp) -> CalendarDay {
    CalendarDay(rawValue: Int32(localMicroseconds(at: moment).flooredDivision(by: 86_400_000_000)))
  }

  public func month(of moment: Timestamp) -> CalendarMonth { day(of: moment).month }

  /// The first instant of `day`: an ambiguous midnight is the first one, a missing one the first instant that exists
  /// (RULES.md 1).
  public func start(of day: CalendarDay) -> Timestamp {
    instant(localMicroseconds: Int64(day.rawValue) * 86_400_000_000)
  }

  /// The first instant whose wall clock reads `local` or, where that reading is skipped, the first instant behind the gap.
  public func instant(localMicroseconds local: Int64) -> Timestamp {
    var previous = transitions[0].offsetSeconds
    var start = Int64.min
    for (index, transition) in transitions.enumerated() {
      if index > 0 {
        let candidate = local - Int64(previous) * 1_000_000
        if candidate < start { return Timestamp(rawValue: start) }
        if candidate < transition.at.rawValue { return Timestamp(rawValue: candidate) }
        start = transition.at.rawValue
      }
      previous = transition.offsetSeconds
    }
    return Timestamp(rawValue: max(local - Int64(previous) * 1_000_000, start))
  }
}
