/// Somebody who hands requests to the engine and hears what became of them, such as an event loop for its connections.
public protocol AppendClient: AnyObject, Sendable {
  /// Requests whose `outcome` is decided: all of a commit for this client in one call, or of a large commit's part. Called on a
  /// thread of the engine, which must not wait here.
  func answered(_ submissions: [Submission])

  /// A request that waited for room has it. Called on any thread, which must not wait here.
  func accepted(_ submission: Submission)
}

/// A task that waits for its one request.
final class WaitingTask: AppendClient {
  private let continuation: CheckedContinuation<Result<Appended, AppendFailure>, Never>

  init(_ continuation: CheckedContinuation<Result<Appended, AppendFailure>, Never>) { self.continuation = continuation }

  func answered(_ submissions: [Submission]) {
    for submission in submissions { continuation.resume(returning: submission.outcome) }
  }

  func accepted(_ submission: Submission) { preconditionFailure("a task does not wait for room") }
}
