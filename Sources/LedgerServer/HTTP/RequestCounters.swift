import Synchronization

/// How many requests each route answered with which status.
final class RequestCounters: Sendable {
  struct Key: Hashable {
    /// A route's path; nil where there was none.
    var route: String?
    var method: String
    var status: Int
  }

  private let counts = Mutex<[Key: UInt64]>([:])
  /// Requests that appended, of which there are most.
  private let appended = Atomic<UInt64>(0)

  func countAppended() { appended.wrappingAdd(1, ordering: .relaxed) }
  func countAppend(status: Int) { count(route: EventIntake.path, method: "POST", status: status) }

  func count(route: String?, method: String, status: Int) {
    counts.withLock { $0[Key(route: route, method: route == nil ? "" : method, status: status), default: 0] += 1 }
  }

  /// Sorted, so that two readings of the same counts are the same text.
  func sorted() -> [(key: Key, count: UInt64)] {
    var all = counts.withLock { $0 }
    let appended = appended.load(ordering: .relaxed)
    if appended > 0 { all[Key(route: EventIntake.path, method: "POST", status: 200), default: 0] += appended }
    return
      all
      .sorted {
        ($0.key.route ?? "", $0.key.method, $0.key.status) < ($1.key.route ?? "", $1.key.method, $1.key.status)
      }
      .map { ($0.key, $0.value) }
  }
}
