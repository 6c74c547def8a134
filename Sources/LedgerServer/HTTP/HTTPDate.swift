import Glibc
import Ledger
import Synchronization

/// The `Date` field, formatted once a second.
final class HTTPDate: Sendable {
  private let cached = Mutex<(second: Int, text: String)>((0, ""))

  func now() -> String {
    let second = time(nil)
    return cached.withLock { cached in
      if cached.second != second { cached = (second, Self.text(second)) }
      return cached.text
    }
  }

  static var current: String { text(time(nil)) }

  /// IMF-fixdate of RFC 9110.
  static func text(_ second: Int) -> String {
    let day = CalendarDay(rawValue: Int32(second / 86_400))
    let (year, month, dayOfMonth) = day.components
    let weekday = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][day.weekday]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let inDay = second % 86_400
    return "\(weekday), \(two(dayOfMonth)) \(months[month - 1]) \(year) "
      + "\(two(inDay / 3600)):\(two(inDay / 60 % 60)):\(two(inDay % 60)) GMT"
  }
}
