import EventLog

/// Finds the records of some frames that may name an account, with the help of other threads that are ahead of the one that
/// folds them in order.
///
/// A question about the past of one account among thousands reads thousands of frames for a record or two of each, and
/// decompressing a frame takes many times as long as folding them. What no helper has begun when it is wanted, whoever
/// wants it reads: so it goes on with helpers that are busy, and without any.
final class SievedFrames: Sendable {
  /// The records of a few frames that passed the sieve.
  struct Records: Sendable {
    /// One after the other, with room behind them for a parser that reads ahead.
    private var bytes: [UInt8] = []
    private var ends: [(sequence: UInt64, end: Int)] = []

    fileprivate mutating func append(_ sequence: UInt64, _ record: UnsafeRawBufferPointer) {
      unsafe bytes.append(contentsOf: record)
      ends.append((sequence, bytes.count))
    }

    fileprivate mutating func finish() { bytes.append(contentsOf: repeatElement(0, count: 64)) }

    /// Calls `body` with each record in order, behind which 64 more bytes may be read.
    @safe
    func forEach(_ body: (UInt64, UnsafeRawBufferPointer) throws -> Void) rethrows {
      try unsafe bytes.withUnsafeBytes { bytes in
        var start = 0
        for (sequence, end) in ends {
          try unsafe body(sequence, UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
          start = end
        }
      }
    }
  }

  private struct Progress {
    /// The first job that nobody has taken, and the first that was not given away.
    var next = 0
    var wanted = 0
    var ready: [Int: Result<Records, any Error>] = [:]
    var isStopped = false
  }

  /// Frames that a thread reads at a time.
  private static let framesOfJob = 8

  private let log: EventLog
  private let frames: [UInt64]
  private let wants: @Sendable (FrameHeader) -> Bool
  private let sieve: @Sendable (FrameHeader) -> RecordSieve
  private let jobCount: Int
  /// Jobs that may be done before they are wanted: what bounds memory.
  private let mostAhead: Int
  private let progress = Monitor(Progress())

  /// - Parameters:
  ///   - frames: their numbers, ascending.
  ///   - helpers: lend a hand; nil for none.
  ///   - wants: whether a frame is to be decompressed.
  ///   - sieve: which of its records pass.
  init(
    _ log: EventLog, _ frames: [UInt64], helpers: ThreadPool?, wants: @escaping @Sendable (FrameHeader) -> Bool,
    sieve: @escaping @Sendable (FrameHeader) -> RecordSieve
  ) {
    self.log = log
    self.frames = frames
    self.wants = wants
    self.sieve = sieve
    jobCount = (frames.count + Self.framesOfJob - 1) / Self.framesOfJob
    let helperCount = helpers?.threadCount ?? 0
    mostAhead = 2 * helperCount + 1
    for _ in 0..<max(0, min(helperCount, jobCount - 1)) { helpers?.add { [self] in help() } }
  }

  /// Calls `body` with the records of all frames in order. To be called once.
  /// - Throws: what reading a frame threw, in its turn, or `body`.
  @safe
  func forEachRecord(_ body: (UInt64, UnsafeRawBufferPointer) throws -> Void) throws {
    defer { progress.signal { $0.isStopped = true } }
    for job in 0..<jobCount {
      try records(of: job).forEach(body)
      progress.signal { $0.wanted = job + 1 }
    }
  }

  private func records(of job: Int) throws -> Records {
    let found: Result<Records, any Error>? = progress.wait { (progress) -> Result<Records, any Error>?? in
      if let ready = progress.ready.removeValue(forKey: job) { return .some(ready) }
      guard progress.next == job else { return nil }
      progress.next += 1
      return .some(nil)
    }
    return try found?.get() ?? read(job)
  }

  private func help() {
    while let job = take() {
      let result = Result { try read(job) }
      progress.signal { $0.ready[job] = result }
    }
  }

  private func take() -> Int? {
    let taken: Int?? = progress.wait { progress in
      if progress.isStopped || progress.next == jobCount { return .some(nil) }
      guard progress.next < progress.wanted + mostAhead else { return nil }
      defer { progress.next += 1 }
      return .some(progress.next)
    }
    return taken ?? nil
  }

  private func read(_ job: Int) throws -> Records {
    let start = job * Self.framesOfJob
    var records = Records()
    try log.forEachFrame(
      numbered: Array(frames[start..<min(start + Self.framesOfJob, frames.count)]), wants: wants
    ) { frame in
      try sieve(frame.header).forEachRecord(of: frame) { unsafe records.append($0, $1) }
      return true
    }
    records.finish()
    return records
  }
}
