internal import Dispatch
internal import Synchronization

/// Seals complete frames beside the writer, which seals too rather than wait. It only ever adds frames and finishes.
///
/// One frame alone is left to the writer, so that a small commit never waits for another thread to wake up. When more
/// frames wait than the helpers can be at, the writer seals one itself: its bytes are still in the processor's cache, and
/// few buffers are in use at once. Nobody ever waits for a helper that has not begun: it may be long in getting a core.
final class SealingPool: Sendable {
  /// The writer's own.
  private let sealer = Sealer()
  private let shared = SealingWork()
  private let mostHelpers: Int
  private let threads: any LogThreads

  /// - Parameters:
  ///   - mostHelpers: how many threads may seal beside the writer.
  ///   - threads: start each when there is work for it first; it ends when the pool is gone.
  init(mostHelpers: Int, _ threads: any LogThreads) {
    self.mostHelpers = mostHelpers
    self.threads = threads
  }

  deinit { shared.close() }

  /// A frame to write records into.
  func takeFrame() -> NewFrame { shared.takeFrame() }

  /// Sees to it that the frame is sealed by the time ``finish()`` returns. The frame is the pool's from here on.
  func seal(_ frame: NewFrame, into sealed: SealedFrame) {
    let (waiting, helper) = shared.add(frame, sealed, mostHelpers: mostHelpers)
    if helper == .new { threads.start("sealer", for: .sealing) { [shared, threads] in shared.help(threads) } }
    if waiting > 2 + 2 * mostHelpers { shared.sealNewest(sealer) }
  }

  /// Seals what waits, and waits for what others are at.
  func finish() {
    sealRest()
    waitForHelpers()
  }

  /// Seals what waits. Others may be at some frames still.
  func sealRest() {
    while shared.sealNewest(sealer) {}
  }

  func waitForHelpers() { shared.waitForHelpers() }
}

/// What the writer and its helpers share.
private final class SealingWork: Sendable {
  private struct Job: Sendable {
    let frame: NewFrame
    let sealed: SealedFrame
  }

  private struct Work {
    /// Complete, in no particular order.
    var jobs: [Job] = []
    /// Helpers that were started, and those of them that do not sleep.
    var helperCount = 0
    var awakeCount = 0
    /// Buffers that nobody uses.
    var frames: [NewFrame] = []
    var isClosed = false
  }

  /// Who was woken for a job.
  enum Helper { case none, sleeping, new }

  private let work = Mutex(Work())
  private let wakeUp = DispatchSemaphore(value: 0)
  /// Of the helpers, and entered under the lock under which a helper takes its job.
  private let jobsAtHand = DispatchGroup()

  func takeFrame() -> NewFrame { work.withLock { $0.frames.popLast() } ?? NewFrame() }

  /// - Returns: how many jobs wait, and whether there must be one more helper.
  func add(_ frame: NewFrame, _ sealed: SealedFrame, mostHelpers: Int) -> (waiting: Int, Helper) {
    let (waiting, helper) = work.withLock { work -> (Int, Helper) in
      work.jobs.append(Job(frame: frame, sealed: sealed))
      guard work.jobs.count > 1, work.awakeCount < mostHelpers else { return (work.jobs.count, .none) }
      work.awakeCount += 1
      if work.awakeCount <= work.helperCount { return (work.jobs.count, .sleeping) }
      work.helperCount += 1
      return (work.jobs.count, .new)
    }
    if helper == .sleeping { wakeUp.signal() }
    return (waiting, helper)
  }

  /// Seals the frame that was completed last.
  @discardableResult
  func sealNewest(_ sealer: Sealer) -> Bool {
    guard let job = work.withLock({ $0.jobs.popLast() }) else { return false }
    seal(job, sealer)
    return true
  }

  private func seal(_ job: Job, _ sealer: Sealer) {
    sealer.seal(job.frame, into: job.sealed)
    // A frame of very long records must not hold its memory for ever.
    guard job.frame.bundle.capacity <= 1 << 20 else { return }
    work.withLock { $0.frames.append(job.frame) }
  }

  func waitForHelpers() { jobsAtHand.wait() }

  func close() {
    let count = work.withLock { work in
      work.isClosed = true
      return work.helperCount
    }
    for _ in 0..<count { wakeUp.signal() }
  }

  /// A helper's life.
  func help(_ threads: any LogThreads) {
    let sealer = Sealer()
    while true {
      // None is taken before there is a processor for it: the writer may seal it sooner.
      threads.seal { giveWay in
        while let job = takeOldest() {
          seal(job, sealer)
          jobsAtHand.leave()
          giveWay()
        }
      }
      if work.withLock({ $0.isClosed }) { return }
      wakeUp.wait()
    }
  }

  /// Counts the helper as sleeping when nothing waits, under the lock under which ``add(_:_:mostHelpers:)`` counts it as
  /// awake.
  private func takeOldest() -> Job? {
    work.withLock { work in
      if work.jobs.isEmpty {
        work.awakeCount -= 1
        return nil
      }
      jobsAtHand.enter()
      return work.jobs.removeFirst()
    }
  }
}
