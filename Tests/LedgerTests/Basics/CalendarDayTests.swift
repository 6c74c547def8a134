import JSONTape
import Testing

@testable import Ledger

struct CalendarDayTests {
  @Test(
    arguments: [
      ("1970-01-01", 0, 3), ("1969-12-31", -1, 2), ("2026-10-03", 20_729, 5), ("2000-02-29", 11_016, 1),
      ("2024-02-29", 19_782, 3), ("2024-03-01", 19_783, 4), ("2100-03-01", 47_541, 0), ("9999-12-31", 2_932_896, 4),
      ("0000-03-01", -719_468, 2), ("0000-01-01", -719_528, 5),
    ] as [(StaticString, Int32, Int)])
  func `a day is counted from 1970 and Monday is 0`(text: StaticString, value: Int32, weekday: Int) {
    let day = CalendarDay(Text(text))
    #expect(day?.rawValue == value)
    #expect(day?.weekday == weekday)
    #expect(day?.description == Text(text).string)
  }

  @Test(
    arguments: [
      "", "2026-10", "2026-10-3", "2026-10-32", "2026-00-10", "2026-13-01", "2026-02-29", "1900-02-29", "2026-04-31",
      "2026-10-00", "2026/10/03", "20261003", "2026-10-03 ", "-2026-10-03", "2026-1o-03",
    ] as [StaticString])
  func `what is no day of the calendar is refused`(text: StaticString) {
    #expect(CalendarDay(Text(text)) == nil)
  }

  @Test func `each day follows the one before, for 400 years`() {
    var day = CalendarDay(rawValue: -719_468)
    var previous = day.components
    for _ in 0..<146_097 {
      day = day.advanced(days: 1)
      let next = day.components
      let isNextDay = next.day == previous.day + 1 && next.month == previous.month && next.year == previous.year
      let isNextMonth =
        next.day == 1 && previous.day == CalendarDay.dayCount(year: previous.year, month: previous.month)
      guard isNextDay || isNextMonth, CalendarDay(year: next.year, month: next.month, day: next.day) == day else {
        Issue.record("\(next) follows \(previous)")
        return
      }
      previous = next
    }
    #expect(previous == (400, 3, 1))
  }

  @Test(arguments: [
    ("2026-10", "2026-10-01", "2026-11"), ("2026-12", "2026-12-01", "2027-01"), ("1999-01", "1999-01-01", "1999-02"),
  ])
  func `a month knows its first day and the next`(text: String, firstDay: String, next: String) {
    var text = text
    let month = text.withUTF8 { unsafe CalendarMonth(Text(buffer: $0)) }
    #expect(month?.description == text)
    #expect(month?.firstDay.description == firstDay)
    #expect(month?.firstDay.month == month)
    #expect(month?.next.description == next)
    #expect(month?.firstDay.advanced(days: -1).month.next == month)
  }

  @Test(arguments: ["", "2026", "2026-13", "2026-00", "2026-1", "2026-10-01", "202610"] as [StaticString])
  func `what is no month is refused`(text: StaticString) {
    #expect(CalendarMonth(Text(text)) == nil)
  }
}
