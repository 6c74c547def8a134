import Ledger
import Synchronization

/// Folds what is on disk into the live state, group by group, on its own thread, so that the next group is synced while
/// this one is folded. A client hears of its events only after they are folded: it reads what it wrote.
final class Folder: Sendable {
  /// Events under one hold of the lock: with few accounts half a microsecond each, so a question waits a tenth of a
  /// millisecond.
  private static let stretch = 256
  /// Where many accounts have to come from memory, or were copied for a checkpoint just now, an event takes much longer. So a
  /// hold also ends after this time, looked at after a few events at first, and then after more.
  private static let longestHold: Duration = .microseconds(300)
  private static let steps = 4...16
  /// They take some hundred kilobytes.
  private static let eventsBetweenReserves = 1024
  /// Groups that may wait here before the writer waits too.
  private static let groupLimit = 4

  private struct Waiting {
    var groups: [Group] = []
    var errands: [Errand] = []
    var isClosed = false
  }

  /// Something to be done with the state for another thread.
  private struct Errand {
    let work: @Sendable (inout State) -> Void
    let isDone: Monitor<Bool>
  }

  let state: FairLock<State>
  private let statistics: Statistics
  private let loading: AccountLoading?
  private let seat: Seat
  private let waiting = Monitor(Waiting())
  private let errandCount = Atomic(0)

  /// - Parameter loading: brings the accounts that `state` lacks.
  init(_ state: sending State, _ statistics: Statistics, _ loading: AccountLoading?, _ seats: Seats) {
    self.state = FairLock(state)
    self.statistics = statistics
    self.loading = loading
    seat = Seat(.folding, of: seats)
  }

  /// Groups written and not folded.
  var backlog: Int { waiting.withLock { $0.groups.count } }

  func add(_ group: Group) {
    waiting.wait { $0.groups.count < Self.groupLimit ? () : nil }
    waiting.signal { $0.groups.append(group) }
  }

  /// Folds a small group on the caller's thread, if nothing waits before it.
  /// - Returns: whether it did.
  func foldAtOnce(_ group: Group) -> Bool {
    guard !group.isLong, waiting.withLock({ $0.groups.isEmpty }) else { return false }
    fold(group)
    return true
  }

  func close() { waiting.signal { $0.isClosed = true } }

  /// Has the folding thread do a little with the state, between two holds, and waits until it has. Who is not urgent gets
  /// the state so: waiting for a processor with the state in hand, or next in turn, he would keep everybody waiting.
  /// - Precondition: before ``close()``, and not on the folding thread.
  func perform(_ work: @escaping @Sendable (inout State) -> Void) {
    let errand = Errand(work: work, isDone: Monitor(false))
    waiting.signal { waiting in
      waiting.errands.append(errand)
      errandCount.add(1, ordering: .relaxed)
    }
    errand.isDone.wait { $0 ? () : nil }
  }

  private func runErrands() {
    guard errandCount.load(ordering: .relaxed) > 0 else { return }
    let errands = waiting.withLock { waiting in
      defer { waiting.errands = [] }
      errandCount.store(0, ordering: .relaxed)
      return waiting.errands
    }
    for errand in errands {
      let start = ThreadTime.now
      state.withLock { errand.work(&$0) }
      statistics.foldHeldState(for: ThreadTime.now - start)
      errand.isDone.signal { $0 = true }
    }
  }

  /// Folds until ``close()``, then what is left, and returns.
  /// - Parameter whenFolded: is given each group, a large one in parts as each is folded: whose request comes first need not
  ///   wait for those behind it, and brings the next while they are folded.
  func run(whenFolded: (Group) -> Void) {
    while let next = next() {
      runErrands()
      guard case .group(var group) = next else { continue }
      while var part = group.takeLargePart() {
        seat.during { fold(part) }
        part.lastSequence = state.withLock { $0.sequence.rawValue }
        whenFolded(part)
      }
      if group.isLong { seat.during { fold(group) } } else { fold(group) }
      waiting.signal { $0.groups.removeFirst() }
      whenFolded(group)
    }
  }

  private enum Next {
    case group(Group)
    case errands
  }

  /// - Returns: nil when all is done.
  private func next() -> Next? {
    let next: Next?? = waiting.wait { waiting in
      if let first = waiting.groups.first { return .group(first) }
      if !waiting.errands.isEmpty { return .errands }
      return waiting.isClosed ? .some(nil) : nil
    }
    return next ?? nil
  }

  private func fold(_ group: Group) {
    defer { HeapPages.askForGrowth() }
    if let loading, !loading.isWhole {
      let needed = absentAccounts(neededBy: group)
      seat.without { loading.wait(for: needed) }
    }
    var cursor = GroupCursor(group)
    var unreserved = Self.eventsBetweenReserves
    while !cursor.isAtEnd {
      if group.isLong, unreserved >= Self.eventsBetweenReserves {
        HeapPages.keepReserve()
        unreserved = 0
      }
      // Asking the system for this time is where a thread is put aside for another. So it is not asked under the lock.
      let start = ThreadTime.now
      unreserved += state.withLock { fold(&cursor, into: &$0) }
      statistics.foldHeldState(for: ThreadTime.now - start)
      runErrands()
    }
  }

  private func absentAccounts(neededBy group: Group) -> Set<Int> {
    var needed: Set<Int> = []
    var cursor = GroupCursor(group)
    while let (submission, events) = cursor.next(atMost: Self.stretch) {
      state.withLock { submission.noteAbsentAccounts(of: $0, neededBy: events, in: &needed) }
    }
    return needed
  }

  /// - Returns: how many events it was.
  private func fold(_ cursor: inout GroupCursor, into state: inout State) -> Int {
    let end = ContinuousClock.now.advanced(by: Self.longestHold)
    var count = 0
    while count < Self.stretch,
      let (submission, events) = cursor.next(atMost: min(max(count, Self.steps.lowerBound), Self.steps.upperBound))
    {
      submission.fold(events, into: &state)
      count += events.count
      if ContinuousClock.now >= end { break }
    }
    return count
  }
}

/// Walks the events of a group in the order of their places, several of a request at a time.
struct GroupCursor {
  private let submissions: [Submission]
  private var submission = 0
  private var index = 0
  private var insertion = 0

  init(_ group: Group) { submissions = group.submissions }

  var isAtEnd: Bool { submission == submissions.count }

  /// The next events of a request, or the daemon's own that stands before them.
  mutating func next(atMost count: Int) -> (Submission, Range<Int>)? {
    while submission < submissions.count {
      let current = submissions[submission]
      guard case .success = current.outcome, index < current.count else {
        submission += 1
        index = 0
        insertion = 0
        continue
      }
      var end = min(index + count, current.count)
      if insertion < current.insertions.count {
        let inserted = current.insertions[insertion]
        if inserted.index == index {
          insertion += 1
          return (inserted.decision, 0..<1)
        }
        end = min(end, inserted.index)
      }
      defer { index = end }
      return (current, index..<end)
    }
    return nil
  }
}
