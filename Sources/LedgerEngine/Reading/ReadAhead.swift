import EventLog

/// Reads a stretch of the log on threads of its own, a few frames ahead of whoever folds it: decompressing, parsing and
/// checking need no order, folding does.
///
/// There are as many of them as cores, and they give way to the fold, which alone cannot be shared.
///
/// A thread takes the next frame together with the memory for it. So the frame that the fold waits for is always in work
/// or ready, and memory is bounded.
final class ReadAhead: Sendable {
  private struct Progress {
    /// The first sequence of the next frame that nobody has taken.
    var next: UInt64
    var idle: [CheckedFrame]
    /// By the first sequence of their frames.
    var ready: [UInt64: CheckedFrame] = [:]
    var isStopped = false
  }

  private static var step: UInt64 { UInt64(FrameHeader.recordsPerFrame) }

  private let wanted: ClosedRange<UInt64>
  private let firstFrame: UInt64
  private let progress: Monitor<Progress>
  private let threads: Monitor<[PlatformThread]>

  /// As many threads as cores: the fold sleeps while they are behind.
  static let usualThreadCount = min(8, Processors.count)

  init(_ log: EventLog, _ wanted: ClosedRange<UInt64>, threadCount: Int) {
    self.wanted = wanted
    firstFrame = (wanted.lowerBound - 1) / Self.step * Self.step + 1
    progress = Monitor(Progress(next: firstFrame, idle: (0..<2 * threadCount + 2).map { _ in CheckedFrame(log) }))
    threads = Monitor([])
    let started = (0..<threadCount).map { index in
      PlatformThread(name: "ahead-\(index)", urgency: .bulk) { [self] in work() }
    }
    threads.withLock { $0 = started }
  }

  /// Calls `body` with each frame in order.
  func forEachFrame(_ body: (CheckedFrame) throws -> Void) rethrows {
    for first in stride(from: firstFrame, through: wanted.upperBound, by: Int(Self.step)) {
      let frame = progress.wait { $0.ready.removeValue(forKey: first) }
      try body(frame)
      progress.signal { $0.idle.append(frame) }
    }
  }

  /// Ends the threads.
  func stop() {
    progress.signal { $0.isStopped = true }
    let running = threads.withLock { threads in
      defer { threads = [] }
      return threads
    }
    for thread in running { thread.join() }
  }

  private func work() {
    while let (frame, first) = take() {
      frame.read(holding: first, of: wanted)
      progress.signal { $0.ready[first] = frame }
    }
  }

  private func take() -> (CheckedFrame, UInt64)? {
    let taken: (CheckedFrame, UInt64)?? = progress.wait { progress in
      if progress.isStopped || progress.next > wanted.upperBound { return .some(nil) }
      guard let frame = progress.idle.popLast() else { return nil }
      defer { progress.next += Self.step }
      return .some((frame, progress.next))
    }
    return taken ?? nil
  }
}
