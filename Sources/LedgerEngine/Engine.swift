public import EventLog
import Glibc
public import JSONTape
public import Ledger
import Synchronization

/// A data folder at work: one writer, and everything that reads beside it.
///
/// Requests come in through ``makeSubmission()`` and ``append(_:expectedLast:listingConflicts:)``. A request that
/// succeeded is on disk and in the state that questions are asked of.
public final class Engine: Sendable {
  public struct Options: Sendable {
    /// Bytes of requests that may be accepted and not answered. More is turned away, which also bounds how long an
    /// accepted request waits.
    public var queueByteLimit = 64 << 20
    /// Bytes of requests in one commit, unless one request is more.
    public var groupByteLimit = 8 << 20
    /// Where commits take longer, a request that comes alone waits for the writer's thread as all others do, and does not
    /// keep the thread that received it.
    public var loneCommitTime: Duration = .milliseconds(1)
    /// When the state is written, so that the next start need not fold the log from the beginning.
    public var checkpoints = CheckpointPolicy()
    /// When what does not change leaves the heap.
    public var cooling = CoolingPolicy()
    /// The time of day, for `recordedtime` and for questions about now.
    public var clock: @Sendable () -> Timestamp = { SystemClock.now }
    /// Called on a thread that nobody waits for, once it has been quiet for some seconds (``CheckpointPolicy/mostEventsWhenQuiet``) and
    /// again when much has come since: the moment to give memory back.
    public var whenQuiet: @Sendable () -> Void = {}
    /// Called when the log can no longer be trusted. It must not return to normal work: end the process.
    public var whenFailed: @Sendable (String) -> Never = { fatalError($0) }

    public init() {}
  }

  public let folder: DataFolder
  public let statistics: Statistics
  var log: EventLog { folder.log }
  let options: Options
  let folding: Folder
  let followers: Followers
  let checkpointer: Checkpointer
  let kept: KeptAccounts
  /// Brings the accounts of the checkpoint into the state; nil when the log was folded from the beginning.
  let loading: AccountLoading?
  /// Takes what does not change out of the heap; nil where there can be no file for it. The state reads from what it has.
  private let cooler: Cooler?
  /// They answer what is looked at all day, of accounts so large that it takes milliseconds.
  let lookers = ThreadPool(name: "looker", urgency: .prompt, threadCount: 2)
  let readers = ThreadPool(name: "reader", urgency: .bulk, threadCount: 2)
  /// They answer questions about the past, each of which may take seconds: so other questions, and exports, do not wait for these.
  let historians = ThreadPool(name: "historian", urgency: .bulk, threadCount: 2)
  /// They help a historian whose question needs much of the log: as many as cores, since the historian mostly waits for them.
  let helpers = ThreadPool(name: "helper", urgency: .bulk, threadCount: min(8, Processors.count))
  /// They check large requests, so that nobody else waits for it.
  private let checkers = ThreadPool(name: "checker", urgency: .bulk, threadCount: max(2, Processors.count))
  private let queue: Monitor<WriterQueue>
  private let pen: Pen
  private let idle = SubmissionPool()
  private let threads = Mutex<[PlatformThread]>([])

  /// Opens the log, begins with the newest checkpoint and folds what came behind it.
  ///
  /// Of the checkpoint's accounts those are read that this needs. The others are read afterwards, those first that somebody
  /// asks for.
  /// - Parameter progress: told how many events of how many are folded, now and then; false stops the opening.
  /// - Returns: nil when it was stopped.
  public static func open(
    _ folder: DataFolder, options: Options = Options(),
    progress: @escaping @Sendable (UInt64, UInt64) -> Bool = { _, _ in true }
  ) async throws -> Engine? {
    try await PlatformThread.run(name: "opener") {
      let checkpoints = try CheckpointStore.open(for: folder.log)
      let cooler = Cooler(for: folder, policy: options.cooling)
      do {
        var (loading, replay) = begin(folder, checkpoints, cooler, options)
        if let cooler { replay.cool(with: cooler) }
        try replay.run(folder.log, to: folder.lastSequence, progress: progress)
        return Engine(folder, replay, options, checkpoints, loading, cooler)
      } catch {
        cooler?.stop()
        if error is Replay.Stopped { return nil }
        throw error
      }
    }
  }

  /// Where the fold begins: at the newest checkpoint that has what is needed at once, or with the first event.
  private static func begin(
    _ folder: DataFolder, _ checkpoints: CheckpointStore, _ cooler: Cooler?, _ options: Options
  ) -> (AccountLoading?, Replay) {
    for start in Checkpoint.starts(in: checkpoints) {
      let loading = AccountLoading(
        start, from: checkpoints, of: folder.log, cooler: cooler, whenFailed: options.whenFailed)
      // What is wrong with a checkpoint costs time. What is wrong with the log is found again by the fold, and told.
      if let replay = try? loading.makeReplay(to: folder.lastSequence) { return (loading, replay) }
    }
    return (nil, Replay())
  }

  private init(
    _ folder: DataFolder, _ replay: Replay, _ options: Options, _ checkpoints: CheckpointStore,
    _ loading: AccountLoading?, _ cooler: Cooler?
  ) {
    self.folder = folder
    self.options = options
    statistics = Statistics(keptCount: replay.state.keptCount)
    followers = Followers(last: folder.lastSequence)
    queue = Monitor(WriterQueue(byteLimit: options.queueByteLimit, groupByteLimit: options.groupByteLimit))
    self.loading = loading
    self.cooler = cooler
    let folding = Folder(replay.state, statistics, loading, folder.threads.seats)
    self.folding = folding
    kept = KeptAccounts(checkpoints, options.checkpoints)
    checkpointer = Checkpointer(
      checkpoints, kept, loading, folded: replay.state.sequence.rawValue, policy: options.checkpoints,
      snapshot: { folding.state.withLock { $0 } }, whenQuiet: options.whenQuiet)
    pen = Pen(
      Writer(
        log: folder.log, admission: replay.admission, lastRecordedTime: replay.lastRecordedTime, statistics: statistics,
        clock: options.clock), shortTime: options.loneCommitTime)
    loading?.run(into: folding.state) { [checkpointer] in checkpointer.allAccountsRead() }
    start()
  }

  private func start() {
    threads.withLock { threads in
      threads.append(PlatformThread(name: "writer", urgency: .writing) { [self] in write() })
      threads.append(PlatformThread(name: "folder", urgency: .prompt) { [self] in folding.run { answer($0) } })
    }
    cooler?.start(performing: folding.perform)
  }

  // MARK: Appending

  /// Buffers for one request of about `byteCount` bytes; hand them back with ``recycle(_:)``.
  public func makeSubmission(for byteCount: Int = 0) -> Submission { idle.take(for: byteCount) }
  public func recycle(_ submission: Submission) {
    if submission.heldByteCount > 0 { release { $0.release(submission) } }
    idle.put(submission)
  }

  /// Does what takes long for one request, such as translating a large one, on a thread that nobody else waits for.
  public func workAside<Result: Sendable, Failure: Error>(
    _ body: @escaping @Sendable () throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    try await checkers.run(body)
  }

  /// Gives room back, and to those who wait for it.
  private func release<Result>(_ body: (inout WriterQueue) -> Result) -> Result {
    let (result, accepted) = queue.withLock { queue in (body(&queue), queue.acceptRoomless()) }
    for submission in accepted { submission.client?.accepted(submission) }
    return result
  }

  /// Appends all events of a checked request, or none.
  ///
  /// Returns when they are on disk and folded. What was there before with the same content is not appended again.
  /// - Parameter expectedLast: unless nil, new events are appended only if the log ends there.
  public func append(
    _ submission: Submission, expectedLast: UInt64? = nil, listingConflicts: Bool = false
  ) async throws(AppendFailure) -> Appended {
    submission.expectedLast = expectedLast
    submission.listsConflicts = listingConflicts
    let outcome = await withCheckedContinuation { continuation in
      submission.client = WaitingTask(continuation)
      if let refused = submit([submission]).first { continuation.resume(returning: refused.outcome) }
    }
    return try outcome.get()
  }

  /// Hands checked requests to the writer; the client of each hears when it is on disk and folded, or refused.
  /// - Returns: those that were not accepted; their `outcome` says why, and their clients hear nothing.
  public func submit(_ submissions: [Submission]) -> [Submission] {
    let refused = queue.signal { queue in
      submissions.filter { submission in
        guard let refusal = queue.add(submission) else { return false }
        submission.outcome = .failure(refusal)
        return true
      }
    }
    for submission in refused { statistics.turnedAway(submission.outcome) }
    return refused
  }

  /// Accepts a large request whose length was not announced.
  /// - Returns: whether it was accepted; it is until it is recycled. If not, `outcome` says why.
  private func accept(_ submission: Submission, announcing byteCount: Int) -> Bool {
    guard let refusal = queue.withLock({ $0.acceptInTurn(submission, byteCount) }) else { return true }
    submission.outcome = .failure(refusal)
    statistics.turnedAway(submission.outcome)
    return false
  }

  /// Accepts a large request before its body is here, or lets it wait for room, unless too many do.
  public func acceptOrWait(_ submission: Submission, announcing byteCount: Int) -> Room {
    let room = queue.withLock { $0.acceptOrWait(submission, byteCount) }
    if room == .refused { statistics.turnedAway(submission.outcome) }
    return room
  }

  /// Ends a request's wait for room; for one behind it there may be enough.
  /// - Returns: whether it still waited. If not, its client is told, or will be, that it is accepted.
  public func stopWaiting(_ submission: Submission) -> Bool { release { $0.stopWaiting(submission) } }

  /// What a request that waited too long is told.
  public func turnAway(_ submission: Submission) {
    submission.outcome = .failure(.busy)
    statistics.turnedAway(submission.outcome)
  }

  /// Buffers for the body of a request that was accepted without any; its room is theirs now, and it is recycled.
  public func makeSubmission(for byteCount: Int, inPlaceOf accepted: Submission) -> Submission {
    let submission = makeSubmission(for: byteCount)
    (submission.heldByteCount, accepted.heldByteCount) = (accepted.heldByteCount, 0)
    recycle(accepted)
    return submission
  }

  /// Checks a large request on another thread and hands it to the writer; its client hears what became of both.
  /// - Returns: whether it was accepted, if it was not before. If not, `outcome` says why, and the client hears nothing.
  public func submit(_ submission: Submission, checking format: EventBatchParser.Format) -> Bool {
    guard submission.heldByteCount > 0 || accept(submission, announcing: submission.byteCount) else { return false }
    checkers.add { [self] in
      let seat = Seat(.checking, of: folder.threads.seats)
      do throws(Refusal) {
        try seat.during { () throws(Refusal) in try submission.check(format, giveWay: seat.giveWay) }
        if submit([submission]).isEmpty { return }
      } catch {
        submission.outcome = .failure(.refused(error))
      }
      submission.client?.answered([submission])
    }
    return true
  }

  /// Writes and folds a short request on the caller's thread where requests come one by one: it waits for no other thread then.
  /// - Returns: whether it did, and the request's `outcome` is decided; its client is not told. If not, it is to be submitted.
  public func writeAtOnce(_ submission: Submission) -> Bool {
    let group = Group(submissions: [submission])
    guard !group.isLong, loading?.isWhole ?? true else { return false }
    let folded = pen.takeIfFree { pen -> Group? in
      guard pen.isForAnybody, folding.backlog == 0, queue.withLock({ $0.acceptAlone(submission) }) else { return nil }
      return write(group, with: &pen)
    }
    guard let folded = folded ?? nil else { return false }
    finish(folded)
    return true
  }

  private func write() {
    var requestCount = 0
    while let count = writeNextGroup(after: requestCount) { requestCount = count }
    // The queue is closed, so nobody else writes now.
    folding.close()
  }

  /// - Returns: how many requests it had; nil when the queue is closed and empty.
  private func writeNextGroup(after requestCount: Int) -> Int? {
    waitForRequests(after: requestCount)
    let written = pen.take { pen -> (count: Int, folded: Group?)? in
      guard let group = queue.withLock({ $0.take() }) else { return nil }
      return (group.submissions.count, write(group, with: &pen))
    }
    if let folded = written?.folded { answer(folded) }
    return written?.count
  }

  /// Writes a group in one commit and folds it, or has it folded behind others.
  /// - Returns: the group when it is folded, and to be answered.
  private func write(_ group: consuming Group, with pen: inout Pen.Held) -> Group? {
    do {
      if group.isLong {
        try folder.threads.writer.during { try pen.write(&group) }
      } else {
        try pen.write(&group)
      }
    } catch {
      options.whenFailed("the log cannot be written: \(error)")
    }
    // Only who has the pen adds groups; so with none there, the other thread sleeps.
    if folding.foldAtOnce(group) { return group }
    folding.add(group)
    return nil
  }

  /// Waits until there is a request, or the queue is closed.
  private func waitForRequests(after requestCount: Int) {
    // A client that waits for each answer is back sooner than a sleeping thread is awake.
    if requestCount > 0 { giveWay(most: Self.idleYieldLimit) { $0 == 0 } }
    queue.wait { $0.count > 0 || $0.isClosed ? () : nil }
    // Whoever was just answered is about to send its next request. The first of them must not get a commit for itself
    // while the others wait for the one behind it; so the threads that bring them may go first, a few times.
    giveWay(most: Self.yieldLimit) { $0 < requestCount / 2 }
  }

  private static let yieldLimit = 32
  /// About a tenth of a millisecond where nobody else wants the processor.
  private static let idleYieldLimit = 200

  /// Lets other threads go first as long as so many requests wait, but not for ever.
  private func giveWay(most limit: Int, while condition: (Int) -> Bool) {
    for _ in 0..<limit {
      guard queue.withLock({ !$0.isClosed && condition($0.count) }) else { return }
      sched_yield()
    }
  }

  private func answer(_ group: Group) {
    finish(group)
    group.tellClients()
  }

  /// Takes note of a group that is folded.
  private func finish(_ group: Group) {
    release { $0.release(group) }
    followers.publish(group.lastSequence)
    checkpointer.reached(group.lastSequence)
    cooler?.reached(group.lastSequence)
    statistics.answered(group.submissions)
  }

  /// Takes no more requests, finishes those it has, and ends its threads.
  public func close() async {
    followers.close()
    let running = threads.withLock { threads in
      defer { threads = [] }
      return threads
    }
    try? await PlatformThread.run(name: "closer") {
      [lookers, readers, historians, helpers, checkers, checkpointer, loading, cooler, queue] in
      // While the state is folded into: it asks for it.
      cooler?.stop()
      checkers.close()
      queue.signal { $0.close() }
      for thread in running { thread.join() }
      lookers.close()
      readers.close()
      historians.close()
      helpers.close()
      checkpointer.close()
      loading?.stop()
    }
    log.close()
  }

  // MARK: Looking

  public var logUsage: (usedBytes: Int, mapBytes: Int) { (log.usage.usedBytes, log.usage.mapBytes) }
  public var accountCount: Int { folding.state.withLock { $0.accountCount } }
  /// Accounts of the checkpoint that are not read yet. Who asks for one waits until it is.
  public var absentAccountCount: Int { loading?.absentCount ?? 0 }
  /// Delivered messages of all accounts that have no price; nil until all accounts are read.
  public func countUnrated() async -> Int? {
    guard loading?.isWhole ?? true else { return nil }
    // Of a copy: a look at every account takes longer than the state may be held for.
    return await lookers.run { [state = folding.state] in
      let snapshot = state.withLock { $0 }
      return snapshot.unratedCount
    }
  }
  /// Whether there is a file for what has not changed for long. Without it all of the state stays in the heap.
  public var hasColdFile: Bool { cooler != nil }
  /// Bytes of the state that lie in that file.
  public var coldByteCount: Int { cooler?.byteCount ?? 0 }
  /// The event of the checkpoint that the state was read from; 0 when the log was folded from the beginning.
  public var startedFrom: UInt64 { loading?.head.sequence ?? 0 }

  /// How the reading of the checkpoint's accounts ended.
  public enum AccountsRead: Sendable {
    case all
    /// A part of the checkpoint was damaged; what it should have said was folded from the log.
    case allOfLog
    /// The daemon was stopped before.
    case some
  }

  /// Waits until the reading of accounts has ended.
  public func waitForAccounts() async -> AccountsRead {
    guard let loading else { return .all }
    await loading.wait(for: nil)
    return loading.isWhole ? loading.isDamaged ? .allOfLog : .all : .some
  }

  /// Waits until the state has an account, or all for nil. It has them soon after the start, and then always.
  func waitForAccount(named name: String?) async throws(AppendFailure) {
    guard let loading, !loading.isWhole else { return }
    guard let name else {
      await loading.wait(for: nil)
      if !loading.isWhole { throw .closing }
      return
    }
    let isAbsent = { (state: inout State) in
      state.index(ofAccount: name).flatMap { state.isAbsent(account: $0) ? $0 : nil }
    }
    guard let index = folding.state.withLock(isAbsent) else { return }
    await loading.wait(for: index)
    if folding.state.withLock(isAbsent) != nil { throw .closing }
  }

  /// The last event that is on disk and folded.
  public var lastSequence: UInt64 { followers.last }
  /// The event up to which the newest checkpoint goes; 0 without one.
  public var checkpointSequence: UInt64 { checkpointer.written }
  /// Why the newest checkpoint could not be written; nil when it could. The daemon needs none: the next start is slower.
  public var checkpointFailure: LogError? { checkpointer.lastFailure }
  /// Accepted requests that wait for the writer.
  public var queueCount: Int { queue.withLock { $0.count } }
  /// Requests that wait for room in the queue.
  public var roomlessCount: Int { queue.withLock { $0.roomlessCount } }
  public var acceptedByteCount: Int { queue.withLock { $0.acceptedByteCount } }
  /// Commits that are not folded yet.
  public var foldBacklog: Int { folding.backlog }

  public enum Wake: Sendable {
    case more, nothing, stopping
  }

  /// Waits until the log ends behind `sequence`, for a while.
  public func waitForEvents(after sequence: UInt64, atMost duration: Duration) async -> Wake {
    await withTaskGroup(of: Wake.self) { [followers] group in
      group.addTask {
        guard let last = await followers.wait(after: sequence) else { return .stopping }
        return last > sequence ? .more : .nothing
      }
      group.addTask {
        try? await Task.sleep(for: duration)
        return .nothing
      }
      defer { group.cancelAll() }
      return await group.next() ?? .nothing
    }
  }

  /// Ends all waiting in ``waitForEvents(after:atMost:)``.
  public func stopFollowers() { followers.close() }
}
