internal import Dispatch
internal import Synchronization

/// Seals complete frames beside the writer, which seals too rather than wait. It only ever adds frames and finishes.
///
/// One frame alone is left to the writer, so that a small commit never waits for another thread to wake up. When more
/// frames wait than the helpers can be at, the writer seals one itself: its bytes are still in the processor's cache, and
/// few buffers are in use at once.
final class SealingPool: Sendable {
  private struct Job: Sendable {
    let frame: NewFrame
    let sealed: SealedFrame
  }

  private struct Work {
    /// Complete, in no particular order.
    var jobs: [Job] = []
    var helperCount = 0
    /// Buffers and sealers that nobody uses.
    var frames: [NewFrame] = []
    var sealers: [Sealer] = []
  }

  private let work = Mutex(Work())
  private let helpers = DispatchQueue(label: "waybill.log.seal", qos: .userInitiated, attributes: .concurrent)
  private let running = DispatchGroup()
  /// The writer's own.
  private let sealer = Sealer()
  private let mostHelpers: Int

  /// - Parameter mostHelpers: how many threads may seal beside the writer.
  init(mostHelpers: Int) { self.mostHelpers = mostHelpers }

  /// A frame to write records into.
  func takeFrame() -> NewFrame { work.withLock { $0.frames.popLast() } ?? NewFrame() }

  /// Sees to it that the frame is sealed by the time ``finish()`` returns. The frame is the pool's from here on.
  func seal(_ frame: NewFrame, into sealed: SealedFrame) {
    let (isHelperNeeded, waiting) = work.withLock { work in
      work.jobs.append(Job(frame: frame, sealed: sealed))
      let isHelperNeeded = work.jobs.count > 1 && work.helperCount < mostHelpers
      if isHelperNeeded { work.helperCount += 1 }
      return (isHelperNeeded, work.jobs.count)
    }
    if isHelperNeeded { helpers.async(group: running) { [self] in help() } }
    if waiting > 2 + 2 * mostHelpers { sealOne() }
  }

  /// Seals what waits, and waits for what others are at.
  func finish() {
    while sealOne() {}
    running.wait()
  }

  @discardableResult
  private func sealOne() -> Bool {
    guard let job = work.withLock({ $0.jobs.popLast() }) else { return false }
    finish(job, sealer)
    return true
  }

  private func finish(_ job: Job, _ sealer: Sealer) {
    sealer.seal(job.frame, into: job.sealed)
    // A frame of very long records must not hold its memory for ever.
    guard job.frame.bundle.capacity <= 1 << 20 else { return }
    work.withLock { $0.frames.append(job.frame) }
  }

  private func help() {
    let sealer = work.withLock { $0.sealers.popLast() } ?? Sealer()
    while let job = nextForHelper(sealer) { finish(job, sealer) }
  }

  /// Ends the helper when nothing waits, under the lock that ``seal(_:into:)`` counts helpers under.
  private func nextForHelper(_ sealer: Sealer) -> Job? {
    work.withLock { work in
      if !work.jobs.isEmpty { return work.jobs.removeFirst() }
      work.helperCount -= 1
      work.sealers.append(sealer)
      return nil
    }
  }
}
