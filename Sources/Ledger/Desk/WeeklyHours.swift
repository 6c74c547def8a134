/// One version of business hours on a wall clock that runs evenly. Local times are microseconds since Thursday
/// 1970-01-01T00:00.
struct WeeklyHours: Sendable {
  private static let day: Int64 = 86_400_000_000

  /// By weekday, Monday first; from midnight.
  private let stretches: [[(opensAt: Int64, closesAt: Int64)]]
  /// Open time of the week before each weekday, and of all of it.
  private let beforeDay: [Int64]
  /// Rising, each with what the ones before it would have been open.
  private let holidays: [(day: CalendarDay, before: Int64)]
  private let holidaysTotal: Int64

  init(_ version: BusinessHours.Version) {
    stretches = version.week.map { day in
      day.map { (Int64($0.opensAtMinute) * 60_000_000, Int64($0.closesAtMinute) * 60_000_000) }
    }
    let lengths = stretches.map { day in day.reduce(0) { $0 + $1.closesAt - $1.opensAt } }
    beforeDay = lengths.reduce(into: [0]) { sums, length in sums.append(sums[sums.count - 1] + length) }
    var total: Int64 = 0
    holidays = version.holidays.map { day in
      defer { total += lengths[day.weekday] }
      return (day, total)
    }
    holidaysTotal = total
  }

  /// Open time from a fixed beginning to `local`; only differences mean something.
  func counted(until local: Int64) -> Int64 {
    let day = CalendarDay(rawValue: Int32(local.flooredDivision(by: Self.day)))
    let ofDay = local - Int64(day.rawValue) * Self.day
    let weeks = (Int64(day.rawValue) + 3).flooredDivision(by: 7)
    let today = stretches[day.weekday].reduce(0) { $0 + max(0, min(ofDay, $1.closesAt) - $1.opensAt) }
    let (lost, isHoliday) = holidaysLost(before: day)
    return weeks * beforeDay[7] + beforeDay[day.weekday] - lost + (isHoliday ? 0 : today)
  }

  /// Whether the last moment before `local` counts.
  func isOpen(before local: Int64) -> Bool { counted(until: local) > counted(until: local - 1) }

  private func holidaysLost(before day: CalendarDay) -> (lost: Int64, isHoliday: Bool) {
    let next = holidays.indices.partitionPoint { holidays[$0].day >= day }
    guard next < holidays.count else { return (holidaysTotal, false) }
    return (holidays[next].before, holidays[next].day == day)
  }
}
