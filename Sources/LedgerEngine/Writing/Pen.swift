import Synchronization

/// The writer, lent to one thread at a time: to its own for each group of requests, and to one that has received a request
/// where requests come one by one.
///
/// Who hands a lone request to the writer's thread waits for that thread to wake up, and then for its own to, a tenth of the
/// time that the commit takes. Who writes it himself does nothing else meanwhile; so that is done when lately nobody
/// shared a commit and commits were short.
final class Pen: Sendable {
  /// So many lone requests in a row, and the next one will be alone too.
  static let loneGroups = 16

  struct Held {
    private let writer: Writer
    private let shortTime: Duration
    /// Groups in a row that were one short request, written in a short time.
    private var loneCount = 0

    fileprivate init(_ writer: Writer, _ shortTime: Duration) {
      self.writer = writer
      self.shortTime = shortTime
    }

    /// Whether who brings a short request may write it himself.
    var isForAnybody: Bool { loneCount >= Pen.loneGroups }

    /// As ``Writer/write(_:)``.
    mutating func write(_ group: inout Group) throws {
      let start = ContinuousClock.now
      try writer.write(&group)
      let isLone = group.submissions.count == 1 && !group.isLong
      loneCount = isLone && start.duration(to: .now) <= shortTime ? loneCount + 1 : 0
    }
  }

  private let held: Mutex<Held>

  /// - Parameter shortTime: for which a thread may be kept from those who wait for it: they wait as long for a commit anyway.
  init(_ writer: sending Writer, shortTime: Duration) { held = Mutex(Held(writer, shortTime)) }

  /// Waits for the pen. Who has it hands what he wrote to the fold before he lets go: so events are folded in the log's order.
  func take<Result>(_ body: (inout sending Held) throws -> sending Result) rethrows -> sending Result {
    try held.withLock(body)
  }

  /// - Returns: nil when another thread has the pen.
  func takeIfFree<Result>(_ body: (inout sending Held) throws -> sending Result) rethrows -> sending Result? {
    try held.withLockIfAvailable(body)
  }
}
