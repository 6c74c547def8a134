/// Requests that share a commit.
struct Group: Sendable {
  private(set) var submissions: [Submission]
  /// Whether its events take longer to write, or to fold, than another thread takes to wake up.
  let isLong: Bool
  /// The log's end once the group is on disk.
  var lastSequence: UInt64 = 0

  private static let shortCount = 64
  /// Events that take a millisecond to fold.
  private static let largeCount = 2048

  init(submissions: [Submission]) {
    self.submissions = submissions
    isLong = submissions.count > Self.shortCount || submissions.reduce(0, { $0 + $1.count }) > Self.shortCount
  }

  /// Takes off the first requests that have many events together; nil unless some are left behind them.
  mutating func takeLargePart() -> Group? {
    var (count, eventCount) = (0, 0)
    while count < submissions.count, eventCount < Self.largeCount {
      eventCount += submissions[count].count
      count += 1
    }
    guard count < submissions.count else { return nil }
    defer { submissions.removeFirst(count) }
    return Group(submissions: Array(submissions[..<count]))
  }

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
