import Synchronization

/// Buffers that wait for their next request: many small ones, large ones up to a sum, none very large, so that one rush
/// does not keep its memory for ever.
final class SubmissionPool: Sendable {
  private struct Idle {
    var small: [Submission] = []
    var large: [Submission] = []
    /// Of the longest requests the large ones ever held.
    var largeByteCount = 0

    mutating func takeLarge() -> Submission? {
      guard let submission = large.popLast() else { return nil }
      largeByteCount -= submission.largestByteCount
      return submission
    }
  }

  private static let smallByteCount = 64 << 10
  private static let largestByteCount = 8 << 20
  private static let largeByteLimit = 32 << 20
  private let idle = Mutex(Idle())

  func take(for byteCount: Int) -> Submission {
    idle.withLock { idle in
      byteCount > Self.smallByteCount ? idle.takeLarge() ?? idle.small.popLast() : idle.small.popLast()
    } ?? Submission()
  }

  func put(_ submission: Submission) {
    let byteCount = submission.largestByteCount
    guard byteCount <= Self.largestByteCount else { return }
    submission.removeAll()
    idle.withLock { idle in
      if byteCount <= Self.smallByteCount {
        if idle.small.count < 256 { idle.small.append(submission) }
      } else if idle.largeByteCount + byteCount <= Self.largeByteLimit {
        idle.largeByteCount += byteCount
        idle.large.append(submission)
      }
    }
  }
}
