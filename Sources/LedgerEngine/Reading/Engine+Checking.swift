public import EventLog
import Ledger

/// What ``Engine/verify(progress:)`` found.
public struct VerificationReport: Sendable {
  public var log: VerifyReport
  /// Of a state folded from zero, and of the live one at the same event; nil when the log itself is not sound.
  public var digest: String?
  public var daemonDigest: String?

  /// What is wrong, in a sentence; nil when all is well.
  public var problem: String? {
    if let problem = log.problems.first { return problem.description }
    guard digest == daemonDigest else {
      return
        "the fold from zero has digest \(digest ?? "none"), the daemon has \(daemonDigest ?? "none"): stop it, remove checkpoints/ from the data folder, start it, and report this"
    }
    return nil
  }
}

extension Engine {
  /// Copies the log into a new file while everything goes on, and checks the copy.
  public func backUp(to path: String) async throws -> VerifyReport {
    let log = log
    return try await PlatformThread.run(name: "backup", urgency: .bulk) { try log.backup(to: path) }
  }

  /// Checks every block and the tree, folds from zero, and compares with the live state.
  public func verify(progress: @escaping @Sendable (_ done: UInt64, _ of: UInt64) -> Void) async throws
    -> VerificationReport
  {
    try await waitForAccount(named: nil)
    let log = log
    let state = folding.state
    return try await PlatformThread.run(name: "verify", urgency: .bulk) {
      var report = VerificationReport(log: try log.verify { done, total in progress(done / 2, total) })
      guard report.log.isSound else { return report }
      let (live, last) = state.withLock { ($0, $0.sequence.rawValue) }
      report.daemonDigest = live.digest
      var replay = Replay()
      // One thread beside the fold, so that appends keep a core.
      try replay.run(log, to: last, threadCount: 1) { done, total in
        progress(total / 2 + done / 2, total)
        return true
      }
      report.digest = replay.state.digest
      return report
    }
  }
}
