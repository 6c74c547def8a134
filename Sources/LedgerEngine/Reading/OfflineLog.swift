public import EventLog
import Ledger

/// A data folder or a backup file, read without a daemon; one that a daemon writes may be read beside it.
public struct OfflineLog: Sendable {
  private let log: EventLog

  public init(_ path: String) throws(LogError) {
    log = try unsafe EventLog.open(at: path, readOnly: true, extract: Replay.facts)
  }

  public var lastSequence: UInt64 { log.lastSequence }

  /// Checks every block and the tree, then folds from zero. Half of the progress is the one, half the other.
  /// - Returns: a report without a daemon's digest; `problem` says what is wrong, also when a record cannot be folded.
  public func verify(progress: (_ done: UInt64, _ of: UInt64) -> Void) throws(LogError) -> OfflineReport {
    var report = OfflineReport(log: try log.verify { done, total in progress(done / 2, total) })
    guard report.log.isSound else { return report }
    let last = report.log.recordCount
    var replay = Replay()
    do {
      try replay.run(log, to: last) { done, total in
        progress(total / 2 + done / 2, total)
        return true
      }
      report.digest = replay.state.digest
    } catch {
      report.foldProblem = "the records cannot be folded: \(error)"
    }
    return report
  }

  /// Makes a new data folder out of a backup file, after checking all of it.
  public static func restore(
    from file: String, to folder: String, progress: (_ done: UInt64, _ of: UInt64) -> Void
  ) throws(LogError) -> VerifyReport {
    try unsafe EventLog.restore(from: file, to: folder, extract: Replay.facts, progress: progress)
  }
}

/// What ``OfflineLog/verify(progress:)`` found.
public struct OfflineReport: Sendable {
  public var log: VerifyReport
  /// Of the state folded from zero; nil when there is none.
  public var digest: String?
  var foldProblem: String?

  /// What is wrong, in a sentence; nil when all is well.
  public var problem: String? { log.problems.first?.description ?? foldProblem }
}
