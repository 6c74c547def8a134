import Glibc
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

  /// IMF-fixdate of RFC 9110.
  static func text(_ second: Int) -> String {
    var second = second
    var parts = tm()
    _ = unsafe gmtime_r(&second, &parts)
    let weekday = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][Int(parts.tm_wday)]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(weekday), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1900) "
      + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
  }
}
