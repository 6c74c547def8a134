import LedgerEngine
import NIOCore

/// An event loop's counter at the engine: hands in what its connections brought in one turn of the loop in one go, and
/// takes back what is on disk and folded in one go, so that threads wake each other once for many requests.
final class AppendDesk: AppendClient, @unchecked Sendable {  // `waiting` is touched on the loop only
  private let loop: any EventLoop
  private let daemon: Daemon
  private var waiting: [Submission] = []

  init(_ loop: any EventLoop, daemon: Daemon) {
    self.loop = loop
    self.daemon = daemon
  }

  /// Hands a checked request to the engine when the loop has read from all sockets that are ready.
  func submit(_ submission: Submission, to engine: Engine) {
    waiting.append(submission)
    if waiting.count == 1 { loop.execute { [self] in handIn(to: engine) } }
  }

  private func handIn(to engine: Engine) {
    if waiting.count == 1, engine.writeAtOnce(waiting[0]) { return deliver([waiting.removeLast()], by: engine) }
    let refused = engine.submit(waiting)
    waiting.removeAll(keepingCapacity: true)
    if !refused.isEmpty { deliver(refused, by: engine) }
  }

  /// Does something on the loop after a while.
  func schedule(in time: TimeAmount, _ body: @escaping @Sendable () -> Void) -> Scheduled<Void> {
    loop.scheduleTask(in: time, body)
  }

  func answered(_ submissions: [Submission]) {
    loop.execute { [self] in
      guard let engine = try? daemon.engine() else { preconditionFailure("an answer without an engine") }
      deliver(submissions, by: engine)
    }
  }

  func accepted(_ submission: Submission) {
    loop.execute { [self] in
      guard let engine = try? daemon.engine() else { preconditionFailure("room without an engine") }
      intake(of: submission).accepted(submission, by: engine)
    }
  }

  private func deliver(_ submissions: [Submission], by engine: Engine) {
    for submission in submissions {
      intake(of: submission).answered(submission, by: engine)
    }
  }

  private func intake(of submission: Submission) -> EventIntake {
    guard let intake = submission.owner as? EventIntake else { preconditionFailure("a request of nobody") }
    return intake
  }
}

/// The desks of a group's event loops.
struct AppendDesks: Sendable {
  private let desks: [ObjectIdentifier: AppendDesk]

  init(_ group: any EventLoopGroup, daemon: Daemon) {
    var desks: [ObjectIdentifier: AppendDesk] = [:]
    for loop in group.makeIterator() { desks[ObjectIdentifier(loop)] = AppendDesk(loop, daemon: daemon) }
    self.desks = desks
  }

  subscript(loop: any EventLoop) -> AppendDesk {
    guard let desk = desks[ObjectIdentifier(loop)] else { preconditionFailure("an event loop of another group") }
    return desk
  }
}
