internal import CLinux
internal import Glibc

/// How soon a thread gets a processor when all of them are busy. Nobody needs a privilege for these: threads are only made
/// less urgent than the process.
public enum ThreadUrgency: Sendable {
  /// Short work that somebody waits for: answering a question, or folding, which a question may have to wait for. A short
  /// slice, so that it runs as soon as it can (Linux 6.12), at the cost of giving way sooner.
  case prompt
  /// Putting on disk what was accepted, as urgent as any thread of the process. Whoever appended waits for it, but a large group takes
  /// milliseconds, so its slice is the usual one: what is prompt goes first.
  case writing
  /// Long work beside it, such as checking large requests: never takes the processor from somebody else by waking up.
  case bulk
  /// What nobody waits for.
  case background

  private static let shortSlice: UInt64 = 100_000
  /// `SCHED_BATCH`, which Glibc's module leaves out.
  private static let batch: Int32 = 3

  /// Sets it for the calling thread, on top of the process's own nice value: nobody's wish for the whole daemon is overruled.
  /// A thread begins as the one that starts it is. Where the system does not allow a change, it goes on as it was.
  public func applyToThisThread() {
    // Of the first thread, which has the process's number and is none of ours; on Linux each thread has a value of its own.
    let own = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), UInt32(getpid()))
    switch self {
    case .prompt: _ = waybill_schedule_this_thread(SCHED_OTHER, own, Self.shortSlice)
    case .writing: _ = waybill_schedule_this_thread(SCHED_OTHER, own, 0)
    case .bulk: _ = waybill_schedule_this_thread(Self.batch, min(own + 10, 19), 0)
    case .background: _ = waybill_schedule_this_thread(Self.batch, min(own + 15, 19), 0)
    }
  }
}
