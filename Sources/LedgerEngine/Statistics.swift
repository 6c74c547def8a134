import Synchronization

/// What the engine has done since it was opened.
public final class Statistics: Sendable {
  public struct Snapshot: Sendable {
    public var eventsAppended: UInt64 = 0
    public var bytesAppended: UInt64 = 0
    public var groupsCommitted: UInt64 = 0
    public var duplicates: UInt64 = 0
    public var requestsRefused: UInt64 = 0
    public var requestsBusy: UInt64 = 0
    public var diskFullFailures: UInt64 = 0
    /// Webhooks kept without effect, of the whole log.
    public var keptCount: UInt64 = 0
    /// What commits took, disk flush included.
    public var commits = DurationHistogram(bounds: [
      0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1,
    ])
    /// Processor time of the fold while it held the state.
    public var foldHolds = DurationHistogram(bounds: [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.1])
  }

  private let values: Mutex<Snapshot>

  init(keptCount: UInt64) {
    var snapshot = Snapshot()
    snapshot.keptCount = keptCount
    values = Mutex(snapshot)
  }

  public var snapshot: Snapshot { values.withLock { $0 } }

  func committed(events: Int, bytes: Int, kept: Int, in duration: Duration) {
    values.withLock { values in
      values.eventsAppended += UInt64(events)
      values.bytesAppended += UInt64(bytes)
      values.keptCount += UInt64(kept)
      values.groupsCommitted += 1
      values.commits.add(duration)
    }
  }

  func answered(_ submissions: [Submission]) {
    values.withLock { values in
      for submission in submissions {
        switch submission.outcome {
        case .success(let appended): values.duplicates += UInt64(appended.duplicates)
        case .failure: values.requestsRefused += 1
        }
      }
    }
  }

  /// Counts a request that was not accepted.
  func turnedAway(_ outcome: Result<Appended, AppendFailure>) {
    guard case .failure(.busy) = outcome else { return }
    values.withLock { $0.requestsBusy += 1 }
  }

  /// The fold let go of the state after so much of the processor's time.
  func foldHeldState(for duration: Duration) { values.withLock { $0.foldHolds.add(duration) } }

  func diskFull() { values.withLock { $0.diskFullFailures += 1 } }
}
