import EventLog
import Ledger
import Synchronization

/// When a checkpoint is due.
public struct CheckpointPolicy: Sendable {
  /// Events since the last checkpoint before one is due under load: this many, and this part of the log.
  public var leastEvents: UInt64 = 1_000_000
  public var partOfLog: UInt64 = 4
  /// Without new events for so long, a checkpoint may be written.
  public var idleTime: Duration = .seconds(5)
  /// When idle and when the daemon stops, fewer new events than this are left to the next start: it folds them in an
  /// instant.
  public var leastEventsAtRest: UInt64 = 50_000
  /// With fewer new events than this in ``idleTime`` it is quiet: what is freed then may be given back to the system.
  public var mostEventsWhenQuiet: UInt64 = 1_000
  /// As many new events are not left without a checkpoint for longer than this, however steadily they come,
  public var longestTime: Duration = .seconds(900)
  /// unless it took the last one more than this part of the time to be written.
  public var partOfTime = 20
  /// New events of an account before its part of a checkpoint is kept for questions about the past.
  public var leastEventsKept: UInt64 = 10_000
  /// What may be stored of it for such questions alone, in bytes for each of its events: a quarter of what the log takes.
  public var mostBytesKept: UInt64 = 16

  public init() {}

  /// Whether a checkpoint is worth its while though the log has not grown by much.
  /// - Parameters:
  ///   - new: events since the last one.
  ///   - isIdle: none has come for ``idleTime``.
  ///   - age: since a checkpoint was written last.
  ///   - cost: how long that took.
  func isWorthWriting(new: UInt64, isIdle: Bool, age: Duration, cost: Duration) -> Bool {
    new >= leastEventsAtRest && (isIdle || age >= max(longestTime, cost * partOfTime))
  }
}

/// Keeps checkpoints of the state up to date, on a thread of its own with low priority. The state is copied under its lock
/// in an instant, since it is a value whose storage is shared until it changes; it is written while the fold goes on.
///
/// A checkpoint is due when the log has grown by a quarter, so that all checkpoints together cost a few times the state's
/// size; and, once enough is new that folding it again would be felt, every quarter of an hour, when nothing has come for some seconds and
/// when the daemon stops.
final class Checkpointer: Sendable {
  private struct Progress {
    /// The newest checkpoint that this process has read or written.
    var newest: CheckpointStore.Head?
    var isClosed = false
  }

  private let store: CheckpointStore
  private let kept: KeptAccounts
  private let loading: AccountLoading?
  private let policy: CheckpointPolicy
  private let snapshot: @Sendable () -> State
  private let whenQuiet: @Sendable () -> Void
  private let folded: Atomic<UInt64>
  private let dueAt: Atomic<UInt64>
  private let progress: Monitor<Progress>
  private let thread = Mutex<PlatformThread?>(nil)
  private let failure = Mutex<LogError?>(nil)

  /// - Parameters:
  ///   - kept: is told of each checkpoint.
  ///   - loading: of the checkpoint that the state is read from.
  ///   - snapshot: copies the live state.
  ///   - whenQuiet: called on the checkpoints' thread the first time little has come for some seconds, and then whenever that is so
  ///     and much has come since it was called last; behind a checkpoint that is due at the same time.
  init(
    _ store: CheckpointStore, _ kept: KeptAccounts, _ loading: AccountLoading?, folded: UInt64,
    policy: CheckpointPolicy,
    snapshot: @escaping @Sendable () -> State, whenQuiet: @escaping @Sendable () -> Void
  ) {
    self.store = store
    self.kept = kept
    self.loading = loading
    self.policy = policy
    self.snapshot = snapshot
    self.whenQuiet = whenQuiet
    self.folded = Atomic(folded)
    dueAt = Atomic(0)
    progress = Monitor(Progress(newest: loading?.head))
    planNext(after: loading?.head.sequence ?? 0)
    thread.withLock { $0 = PlatformThread(name: "checkpoints", urgency: .background) { [self] in run() } }
  }

  /// Why the newest checkpoint could not be written; nil when it could. It is not needed, so the daemon goes on.
  var lastFailure: LogError? { failure.withLock { $0 } }
  /// The event up to which the newest checkpoint goes; 0 without one.
  var written: UInt64 { newest?.sequence ?? 0 }
  private var newest: CheckpointStore.Head? { progress.withLock { $0.newest } }

  /// Tells that the state has reached `sequence`. Costs a few instructions unless a checkpoint falls due.
  func reached(_ sequence: UInt64) {
    folded.store(sequence, ordering: .relaxed)
    if sequence >= dueAt.load(ordering: .relaxed) {
      dueAt.store(.max, ordering: .relaxed)
      progress.signal { _ in }
    }
  }

  /// Tells that the state has all accounts, without which no checkpoint is written. If that which they were read from is
  /// damaged, one is due however little is new.
  func allAccountsRead() {
    if loading?.isDamaged == true { dueAt.store(.max, ordering: .relaxed) }
    progress.signal { _ in }
  }

  private var hasAllAccounts: Bool { loading?.isWhole ?? true }

  /// Writes a last checkpoint if it is worth it, and ends the thread.
  func close() {
    progress.signal { $0.isClosed = true }
    thread.join()
  }

  private func planNext(after written: UInt64) {
    dueAt.store(written + max(policy.leastEvents, written / policy.partOfLog), ordering: .relaxed)
  }

  private func run() {
    var seen = folded.load(ordering: .relaxed)
    var quietAt: UInt64?
    var (tried, cost) = (ContinuousClock.now, Duration.zero)
    while true {
      let isClosed = progress.wait(atMost: policy.idleTime) { progress in
        progress.isClosed ? true : hasAllAccounts && dueAt.load(ordering: .relaxed) == .max ? false : nil
      }
      let last = folded.load(ordering: .relaxed)
      let new = last - min(last, written)
      if isClosed == true {
        if new >= policy.leastEventsAtRest || loading?.isDamaged == true { write() }
        return
      }
      let isIdle = isClosed == nil && last == seen
      let isQuiet = isClosed == nil && last - seen < policy.mostEventsWhenQuiet
      seen = last
      let start = ContinuousClock.now
      if isClosed == false
        || hasAllAccounts && policy.isWorthWriting(new: new, isIdle: isIdle, age: tried.duration(to: start), cost: cost)
      {
        write()
        tried = .now
        cost = start.duration(to: tried)
      }
      if isQuiet, hasAllAccounts, quietAt.map({ last - $0 >= policy.leastEventsAtRest }) ?? true {
        quietAt = last
        whenQuiet()
      }
    }
  }

  private func write() {
    if let loading {
      // A checkpoint has all accounts; and until they are read, what they are read from must stay. Only when the daemon stops
      // some may be missing.
      guard loading.waitUntilWhole() else { return }
      // What is damaged must not be named again for not having changed.
      if loading.isDamaged {
        progress.withLock { if $0.newest?.parts.first == loading.head.parts.first { $0.newest = nil } }
      }
    }
    let state = snapshot()
    let sequence = state.sequence.rawValue
    do {
      if sequence > written {
        let facts = (0..<state.accountCount).map(state.eventFacts)
        let head = try Checkpoint.write(consume state, to: store, after: newest)
        progress.withLock { $0.newest = head }
        try kept.keep(head, facts)
        try store.removeAll { $0.sequence < sequence }
      }
      failure.withLock { $0 = nil }
      planNext(after: sequence)
    } catch {
      // A full disk, most often. Try again when as much has come once more.
      failure.withLock { $0 = error }
      planNext(after: folded.load(ordering: .relaxed))
    }
  }
}
