/// Requests that share a commit.
struct Group: Sendable {
  var submissions: [Submission]
  /// Bytes received with them; held against the queue's limit until they are answered.
  var byteCount: Int
  /// The log's end once the group is on disk.
  var lastSequence: UInt64 = 0

  /// Tells every client of all its requests at once, in their order.
  func tellClients() {
    var told: [(client: any AppendClient, submissions: [Submission])] = []
    for submission in submissions {
      guard let client = submission.client else { continue }
      submission.client = nil
      if let index = told.firstIndex(where: { $0.client === client }) {
        told[index].submissions.append(submission)
      } else {
        told.append((client, [submission]))
      }
    }
    for (client, submissions) in told { client.answered(submissions) }
  }
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

  /// What a request is held against the limit with: its bytes, and what a short one costs beside them.
  private static func cost(of byteCount: Int) -> Int { byteCount + 1024 }

  /// Whether a request of so many bytes would be accepted now.
  func hasRoom(for byteCount: Int) -> Bool {
    acceptedByteCount == 0 || acceptedByteCount + Self.cost(of: byteCount) <= byteLimit
  }

  /// - Returns: why the request cannot wait here, if it cannot.
  mutating func add(_ submission: Submission) -> AppendFailure? {
    if let refusal = accept(submission) { return refusal }
    addAccepted(submission)
    return nil
  }

  /// Counts the request against the limit, before it is checked. ``addAccepted(_:)`` or ``release(_:)`` must follow.
  mutating func accept(_ submission: Submission) -> AppendFailure? {
    if isClosed { return .closing }
    guard hasRoom(for: submission.byteCount) else { return .busy }
    acceptedByteCount += Self.cost(of: submission.byteCount)
    return nil
  }

  mutating func addAccepted(_ submission: Submission) {
    waitingByteCount += Self.cost(of: submission.byteCount)
    waiting.append(submission)
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
      byteCount += Self.cost(of: submission.byteCount)
      return true
    }.count
    let group = Group(submissions: Array(waiting[..<count]), byteCount: byteCount)
    waiting.removeFirst(count)
    waitingByteCount -= byteCount
    return group
  }

  mutating func release(_ group: Group) { acceptedByteCount -= group.byteCount }
  mutating func release(_ submission: Submission) { acceptedByteCount -= Self.cost(of: submission.byteCount) }
  mutating func close() { isClosed = true }
}
