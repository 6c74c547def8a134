/// What became of a large request that asked for room in the writer's queue before its body was here.
public enum Room: Sendable {
  /// It was accepted; it is until it is recycled.
  case given
  /// It waits. Its client is told when it is accepted.
  case awaited
  /// Its `outcome` says why.
  case refused
}

/// Checked requests that wait for the writer, within a bound.
struct WriterQueue: Sendable {
  let byteLimit: Int
  /// As much as one commit takes, unless one request alone is more.
  let groupByteLimit: Int
  private var waiting: [Submission] = []
  private var waitingByteCount = 0
  /// Each may have brought as much as a megabyte of its body with its head, and of large requests more than these would
  /// wait too long anyway.
  private static let mostRoomless = 64
  /// Requests that wait for room, the one that has waited longest first, each with its bytes to come.
  private var roomless: [(submission: Submission, byteCount: Int)] = []
  /// Everything that was accepted and is not answered yet.
  private(set) var acceptedByteCount = 0
  private(set) var isClosed = false

  init(byteLimit: Int, groupByteLimit: Int) {
    self.byteLimit = byteLimit
    self.groupByteLimit = groupByteLimit
  }

  var count: Int { waiting.count }
  var roomlessCount: Int { roomless.count }

  /// What a request is held against the limit with: its bytes, and what a short one costs beside them.
  private static func cost(of byteCount: Int) -> Int { byteCount + 1024 }

  /// Counts a request of so many bytes against the limit, perhaps before they are here; until it is released.
  /// - Returns: why the request cannot wait here, if it cannot.
  mutating func accept(_ submission: Submission, _ byteCount: Int) -> AppendFailure? {
    precondition(submission.heldByteCount == 0, "a request is accepted twice")
    if isClosed { return .closing }
    let cost = Self.cost(of: byteCount)
    guard acceptedByteCount == 0 || acceptedByteCount + cost <= byteLimit else { return .busy }
    acceptedByteCount += cost
    submission.heldByteCount = cost
    return nil
  }

  /// As ``accept(_:_:)``, behind those that wait for room.
  mutating func acceptInTurn(_ submission: Submission, _ byteCount: Int) -> AppendFailure? {
    isClosed || roomless.isEmpty ? accept(submission, byteCount) : .busy
  }

  /// As ``acceptInTurn(_:_:)``, or lets the request wait until ``acceptRoomless()`` has room for it.
  mutating func acceptOrWait(_ submission: Submission, _ byteCount: Int) -> Room {
    guard let refusal = acceptInTurn(submission, byteCount) else { return .given }
    guard refusal == .busy, roomless.count < Self.mostRoomless else {
      submission.outcome = .failure(refusal)
      return .refused
    }
    roomless.append((submission, byteCount))
    return .awaited
  }

  /// - Returns: whether the request still waited for room; now it does not.
  mutating func stopWaiting(_ submission: Submission) -> Bool {
    guard let index = roomless.firstIndex(where: { $0.submission === submission }) else { return false }
    roomless.remove(at: index)
    return true
  }

  /// Accepts, in their order, those that waited for room and have it now.
  mutating func acceptRoomless() -> [Submission] {
    if roomless.isEmpty { return [] }
    let count = roomless.prefix { accept($0.submission, $0.byteCount) == nil }.count
    defer { roomless.removeFirst(count) }
    return roomless[..<count].map(\.submission)
  }

  /// - Returns: why the request cannot wait here, if it cannot.
  mutating func add(_ submission: Submission) -> AppendFailure? {
    if isClosed { return .closing }
    if submission.heldByteCount == 0, let refusal = accept(submission, submission.byteCount) { return refusal }
    waitingByteCount += Self.cost(of: submission.byteCount)
    waiting.append(submission)
    return nil
  }

  /// Accepts a request that does not go through the queue, unless others wait here.
  /// - Returns: whether it did.
  mutating func acceptAlone(_ submission: Submission) -> Bool {
    waiting.isEmpty && roomless.isEmpty && submission.heldByteCount == 0
      && accept(submission, submission.byteCount) == nil
  }

  /// The next group, or nil when nobody waits.
  mutating func take() -> Group? {
    guard !waiting.isEmpty else { return nil }
    if waitingByteCount <= groupByteLimit {
      defer {
        waiting.removeAll(keepingCapacity: true)
        waitingByteCount = 0
      }
      return Group(submissions: waiting)
    }
    var byteCount = 0
    let count = waiting.prefix { submission in
      guard byteCount == 0 || byteCount + submission.byteCount <= groupByteLimit else { return false }
      byteCount += Self.cost(of: submission.byteCount)
      return true
    }.count
    let group = Group(submissions: Array(waiting[..<count]))
    waiting.removeFirst(count)
    waitingByteCount -= byteCount
    return group
  }

  mutating func release(_ group: Group) {
    for submission in group.submissions { release(submission) }
  }

  mutating func release(_ submission: Submission) {
    acceptedByteCount -= submission.heldByteCount
    submission.heldByteCount = 0
  }

  mutating func close() { isClosed = true }
}
