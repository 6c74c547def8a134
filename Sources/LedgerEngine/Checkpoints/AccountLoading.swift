import EventLog
import Ledger
import Synchronization

/// Brings the accounts of a checkpoint into the state while the daemon is at work: first those that somebody waits for, then
/// the others, on all cores, since they share nothing that changes. So a start takes as long as reading what is needed at
/// once, however large the state is.
///
/// Whoever is about to look at an account or to change it waits here before, and not with the state in hand.
///
/// An account that then cannot be read is taken from a fold of the log up to the checkpoint: as slow as a start without one, and
/// the same bytes. One that is needed at once makes the checkpoint no start.
final class AccountLoading: Sendable {
  private let start: Checkpoint.Start
  private let store: CheckpointStore
  private let log: EventLog
  private let cooler: Cooler?
  private let whenFailed: @Sendable (String) -> Never
  private let order: Monitor<LoadingOrder>
  /// By account, once it was read.
  private let registers: Mutex<[FundsRegister?]>
  /// What the log says all accounts were at the checkpoint, once one could not be read.
  private let folded = Monitor<State?>(nil)
  private let threads = Monitor<[PlatformThread]>([])
  private let whenWhole = Mutex<(@Sendable () -> Void)?>(nil)
  private let whole: Atomic<Bool>
  private let damaged = Atomic(false)

  /// - Parameters:
  ///   - cooler: takes what is full out of the heap.
  ///   - whenFailed: told when the log cannot be read either.
  init(
    _ start: Checkpoint.Start, from store: CheckpointStore, of log: EventLog, cooler: Cooler?,
    whenFailed: @escaping @Sendable (String) -> Never
  ) {
    self.start = start
    self.store = store
    self.log = log
    self.cooler = cooler
    self.whenFailed = whenFailed
    let count = start.parts.accountCount
    order = Monitor(LoadingOrder(count: count))
    registers = Mutex(Array(repeating: nil, count: count))
    whole = Atomic(count == 0)
  }

  /// Whether the state has all accounts; once it has, it stays so. Costs next to nothing to ask.
  var isWhole: Bool { whole.load(ordering: .acquiring) }
  /// Whether a part of the checkpoint could not be read.
  var isDamaged: Bool { damaged.load(ordering: .acquiring) }
  /// The checkpoint.
  var head: CheckpointStore.Head { start.head }
  var absentCount: Int { isWhole ? 0 : order.withLock { $0.absentCount } }

  // MARK: Waiting

  /// Sleeps until the state has these accounts.
  func wait(for accounts: Set<Int>) {
    guard !accounts.isEmpty else { return }
    order.signal { $0.want(accounts) }
    order.wait { order in accounts.allSatisfy { order.has($0) } ? () : nil }
  }

  /// Sleeps until the state has all accounts.
  /// - Returns: false when it will not have them, since the daemon stops, or not soon, since the log is folded for one.
  func waitUntilWhole() -> Bool {
    order.wait { order in order.has(nil) ? true : order.isStopped || isDamaged ? false : nil }
  }

  /// Waits until the state has an account.
  /// - Parameter account: by its place; nil for all.
  func wait(for account: Int?) async {
    await withCheckedContinuation { continuation in
      if !order.withLock({ $0.sleep(until: account, continuation) }) { continuation.resume() }
    }
  }

  /// The register that an account had at the checkpoint.
  /// - Precondition: not behind ``stop()``.
  func register(ofAccount index: Int) -> FundsRegister {
    if let register = registers.withLock({ $0[index] }) { return register }
    guard let account = readOrFold(index, with: store.makeReader()) else { preconditionFailure("asked behind the end") }
    return account.register
  }

  // MARK: Reading

  /// The checkpoint's state, and what is behind it in the log up to `last` ready to be folded onto it: it has the accounts
  /// that this needs.
  /// - Throws: what is wrong with one that cannot be read.
  func makeReplay(to last: UInt64) throws -> Replay {
    var replay = try Replay(from: start.parts.withoutAccounts(), of: log) { [self] in register(ofAccount: $0) }
    try add(replay.absentAccounts(neededBy: log, to: last), to: &replay)
    return replay
  }

  /// The caller's is one of the threads that read.
  private func add(_ wanted: Set<Int>, to replay: inout Replay) throws {
    order.withLock { $0.want(wanted) }
    let found = Monitor<(accounts: [(Int, StateParts.Account)], failure: (any Error)?)>(([], nil))
    let work: @Sendable () -> Void = { [self] in
      do {
        try self.work(onlyWanted: true, reading: read) { accounts in found.withLock { $0.accounts += accounts } }
      } catch {
        found.withLock { $0.failure = error }
      }
    }
    let helpers = (1..<max(1, min(Processors.count, wanted.count))).map { PlatformThread(name: "accounts-\($0)", work) }
    work()
    for helper in helpers { helper.join() }
    try found.withLock { found in
      if let failure = found.failure { throw failure }
      for (index, account) in found.accounts { replay.add(account, at: index) }
    }
  }

  /// Starts the threads that add to the live state what it lacks.
  /// - Parameter whenWhole: called on one of them when it lacks nothing more.
  func run(into state: FairLock<State>, whenWhole: @escaping @Sendable () -> Void) {
    guard !isWhole else { return whenWhole() }
    self.whenWhole.withLock { $0 = whenWhole }
    let started = (0..<Processors.count).map { index in
      PlatformThread(name: "accounts-\(index)", urgency: .writing) { [self] in
        work(onlyWanted: false, reading: readOrFold) { accounts in
          state.withLock { state in
            for (index, account) in accounts { state.add(account, at: index) }
          }
        }
      }
    }
    threads.withLock { $0 = started }
  }

  /// Ends the threads, whether or not all is read. Nobody may wait for an account any more.
  func stop() {
    for continuation in order.signal({ $0.stop() }) { continuation.resume() }
    _ = takeWhenWhole()
    let running = threads.withLock { threads in
      defer { threads = [] }
      return threads
    }
    for thread in running { thread.join() }
  }

  /// Reads accounts until all are taken, or one is nil.
  private func work(
    onlyWanted: Bool, reading read: (Int, PartReader) throws -> StateParts.Account?,
    deliver: ([(Int, StateParts.Account)]) -> Void
  ) rethrows {
    let reader = store.makeReader()
    while let indexes = order.withLock({ $0.take(onlyWanted: onlyWanted) }) {
      var accounts: [(Int, StateParts.Account)] = []
      for index in indexes {
        guard var account = try read(index, reader) else { return }
        cooler?.cool(&account)
        accounts.append((index, account))
      }
      registers.withLock { registers in
        for (index, account) in accounts { registers[index] = account.register }
      }
      HeapPages.askForGrowth()
      deliver(accounts)
      let awake = order.signal { order in
        let awake = order.added(indexes)
        // Here, so that nobody who was told that all are there finds that they are not.
        if order.has(nil) { whole.store(true, ordering: .releasing) }
        return awake
      }
      if isWhole {
        folded.withLock { $0 = nil }
        takeWhenWhole()?()
      }
      for continuation in awake { continuation.resume() }
    }
  }

  private func takeWhenWhole() -> (@Sendable () -> Void)? {
    whenWhole.withLock { whenWhole in
      defer { whenWhole = nil }
      return whenWhole
    }
  }

  private func read(_ index: Int, with reader: PartReader) throws -> StateParts.Account {
    try Checkpoint.decodeAccount(
      reader.read(start.head.parts[Checkpoint.part(ofAccount: index)]), of: start.parts)
  }

  /// - Returns: nil when it could not be read, and the fold of the log was stopped.
  private func readOrFold(_ index: Int, with reader: PartReader) -> StateParts.Account? {
    do {
      return try read(index, with: reader)
    } catch {
      order.signal { _ in damaged.store(true, ordering: .releasing) }
      return foldedState()?.account(index)
    }
  }

  /// Folds the log up to the checkpoint, the first time.
  /// - Returns: nil when that was stopped.
  private func foldedState() -> State? {
    folded.withLock { folded in
      if let folded { return folded }
      var replay = Replay()
      do {
        try replay.run(log, to: start.head.sequence) { _, _ in !order.withLock { $0.isStopped } }
      } catch is Replay.Stopped {
        return nil
      } catch {
        whenFailed("the log cannot be read: \(error)")
      }
      folded = replay.state
      return replay.state
    }
  }
}
