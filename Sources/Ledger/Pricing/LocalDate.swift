/// A day of an account's zone, and its month.
struct LocalDate: Hashable, Sendable {
  var day: CalendarDay
  var month: CalendarMonth
}

/// Tells the local date of instants. Most follow each other within one day: it remembers from when to when that lasts.
struct LocalDates: Sendable {
  private var from = Int64.max
  private var to = Int64.min
  private(set) var last = LocalDate(day: CalendarDay(rawValue: 0), month: CalendarMonth(rawValue: 0))

  /// Whether `moment` lies in ``last``.
  @inline(__always)
  func covers(_ moment: Timestamp) -> Bool { from <= moment.rawValue && moment.rawValue < to }

  @inline(never)
  mutating func find(_ moment: Timestamp, in zone: Zone) -> LocalDate {
    let stretch = zone.stretch(around: moment)
    let offset = Int64(stretch.offsetSeconds) * 1_000_000
    let day = CalendarDay(rawValue: Int32((moment.rawValue + offset).flooredDivision(by: 86_400_000_000)))
    let midnight = Int64(day.rawValue) * 86_400_000_000 - offset
    last = LocalDate(day: day, month: day.month)
    from = max(midnight, stretch.from)
    to = min(midnight + 86_400_000_000, stretch.to)
    return last
  }
}

extension Zone {
  /// The offset at `moment`, and from when to when it holds: the first one's before all transitions too.
  fileprivate func stretch(around moment: Timestamp) -> (offsetSeconds: Int32, from: Int64, to: Int64) {
    let next = max(transitions.firstIndex { $0.at > moment } ?? transitions.count, 1)
    return (
      transitions[next - 1].offsetSeconds, next == 1 ? .min : transitions[next - 1].at.rawValue,
      next == transitions.count ? .max : transitions[next].at.rawValue
    )
  }
}

extension AccountState {
  @inline(__always)
  mutating func date(of moment: Timestamp) -> LocalDate {
    dates.covers(moment) ? dates.last : dates.find(moment, in: zone)
  }
}
