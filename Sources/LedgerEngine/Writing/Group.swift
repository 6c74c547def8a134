/// Requests that share a commit.
struct Group: Sendable {
  var submissions: [Submission]
  /// Bytes received with them; held against the queue's limit until they are answered.
  var byteCount: Int
  /// The log's end once the group is on disk.
  var lastSequence: UInt64 = 0
}

/// Checked requests that wait for the writer, within a bound.
struct WriterQueue: Sendable {
  let byteLimit: Int
  /// As much as one commit takes, unless one request alone is more.
  let groupByteLimit: Int
  private var waiting: [Submission] = []
  private var waitingByteCount = 0
  /// Everything that was accepted and is not answered yet.
  private(set) var acceptedByteCount = 0
  private(set) var isClosed = false

  init(byteLimit: Int, groupByteLimit: Int) {
    self.byteLimit = byteLimit
    self.groupByteLimit = groupByteLimit
  }

  var count: Int { waiting.count }

  /// - Returns: why the request cannot wait here, if it cannot.
  mutating func add(_ submission: Submission) -> AppendFailure? {
    if isClosed { return .closing }
    let cost = submission.byteCount + 1024
    guard acceptedByteCount == 0 || acceptedByteCount + cost <= byteLimit else { return .busy }
    acceptedByteCount += cost
    waitingByteCount += cost
    waiting.append(submission)
    return nil
  }

  /// The next group, or nil when nobody waits.
  mutating func take() -> Group? {
    guard !waiting.isEmpty else { return nil }
    if waitingByteCount <= groupByteLimit {
      defer {
        waiting.removeAll(keepingCapacity: true)
        waitingByteCount = 0
      }
      return Group(submissions: waiting, byteCount: waitingByteCount)
    }
    var byteCount = 0
    let count = waiting.prefix { submission in
      guard byteCount == 0 || byteCount + submission.byteCount <= groupByteLimit else { return false }
      byteCount += submission.byteCount + 1024
      return true
    }.count
    let group = Group(submissions: Array(waiting[..<count]), byteCount: byteCount)
    waiting.removeFirst(count)
    waitingByteCount -= byteCount
    return group
  }

  mutating func release(_ group: Group) { acceptedByteCount -= group.byteCount }
  mutating func close() { isClosed = true }
}
