/// Requests that share a commit.
struct Group: Sendable {
  let submissions: [Submission]
  /// Whether its events take longer to write, or to fold, than another thread takes to wake up.
  let isLong: Bool
  /// The log's end once the group is on disk.
  var lastSequence: UInt64 = 0

  private static let shortCount = 64

  init(submissions: [Submission]) {
    self.submissions = submissions
    isLong = submissions.count > Self.shortCount || submissions.reduce(0, { $0 + $1.count }) > Self.shortCount
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
