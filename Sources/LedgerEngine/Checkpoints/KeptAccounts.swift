import EventLog
import Ledger
import Synchronization

/// Accounts as they were at earlier checkpoints, from which questions about the past are answered, so that such a question
/// costs what came between and not the account's life.
///
/// The part of every checkpoint is kept of an account that has enough new events. When the next checkpoint comes it shows
/// what that costs: what the two do not share is stored for the past alone. If this is too much for the events between, the
/// older one is given up.
final class KeptAccounts: Sendable {
  /// An account at a moment.
  private struct Start {
    let sequence: UInt64
    let shared: CheckpointStore.Part
    let kept: CheckpointStore.KeptPart
  }

  let store: CheckpointStore
  private let policy: CheckpointPolicy
  /// By account, in the order of sequences.
  private let starts: Mutex<[Int: [Start]]>

  /// Takes note of what the store keeps. What another version of the fold left is removed.
  init(_ store: CheckpointStore, _ policy: CheckpointPolicy) {
    self.store = store
    self.policy = policy
    starts = Mutex([:])
    // Without it the past is folded from the first event: slower, and as right.
    try? store.removeKept { $0.version != Checkpoint.version }
    for kept in (try? store.allKept()) ?? [] { note(kept) }
  }

  private func note(_ kept: CheckpointStore.Kept) {
    starts.withLock { starts in
      for part in kept.parts {
        starts[part.index, default: []].append(Start(sequence: kept.sequence, shared: kept.shared, kept: part))
      }
    }
  }

  // MARK: Keeping

  /// Keeps of a new checkpoint what is worth it, and gives up what proved too dear.
  /// - Parameter facts: of the events of each account.
  func keep(
    _ head: CheckpointStore.Head, _ facts: [(latestTime: Timestamp, count: UInt64)]
  ) throws(LogError) {
    try giveUpWhatIsTooDear(beside: head)
    let parts = facts.enumerated().compactMap { account, facts in
      part(ofAccount: account, head.parts[Checkpoint.part(ofAccount: account)], facts)
    }
    guard !parts.isEmpty else { return }
    let kept = CheckpointStore.Kept(
      sequence: head.sequence, version: Checkpoint.version, shared: head.parts[0], parts: parts)
    try store.keep(kept)
    note(kept)
  }

  /// What is to be kept of an account; nil when not enough is new.
  private func part(
    ofAccount account: Int, _ part: CheckpointStore.Part, _ facts: (latestTime: Timestamp, count: UInt64)
  ) -> CheckpointStore.KeptPart? {
    let known = starts.withLock { $0[account]?.last?.kept.eventCount } ?? 0
    guard facts.count >= known + policy.leastEventsKept else { return nil }
    return CheckpointStore.KeptPart(
      index: account, part: part, latestEventTime: facts.latestTime.rawValue, eventCount: facts.count)
  }

  /// Removes the latest starts of accounts where the bytes that are stored for it alone are too many for the events it spares.
  private func giveUpWhatIsTooDear(beside head: CheckpointStore.Head) throws(LogError) {
    var given: [UInt64: [CheckpointStore.KeptPart]] = [:]
    for (account, known) in starts.withLock({ $0 }) {
      guard let latest = known.last else { continue }
      let own = try store.byteCount(of: latest.kept.part, notIn: head.parts[Checkpoint.part(ofAccount: account)])
      let spared = latest.kept.eventCount - (known.dropLast().last?.kept.eventCount ?? 0)
      guard UInt64(own) > spared * policy.mostBytesKept else { continue }
      _ = starts.withLock { $0[account]?.removeLast() }
      given[latest.sequence, default: []].append(latest.kept)
    }
    if !given.isEmpty { try store.giveUp(given) }
  }

  // MARK: Reading

  /// The question's account as it was kept last before the question's moment, alone in a state; nil when it was not, or what
  /// was kept cannot be read.
  func state(ofAccount account: Int, before question: Question) -> State? {
    guard let name = question.account else { return nil }
    let start = starts.withLock { starts in
      starts[account]?.last { start in
        start.sequence <= question.at?.rawValue ?? .max
          && start.kept.latestEventTime <= question.asOf?.rawValue ?? .max
      }
    }
    return start.flatMap { try? read($0, named: name) }
  }

  private func read(_ start: Start, named name: String) throws -> State {
    let reader = store.makeReader()
    var shared = StateDecoder(try reader.read(start.shared))
    let parts = try StateParts(shared: &shared)
    guard shared.isAtEnd, parts.sequence.rawValue == start.sequence else {
      throw StateDecodingError(byteOffset: 0, reason: "parts of another state")
    }
    return parts.alone(try Checkpoint.decodeAccount(try reader.read(start.kept.part), of: parts), named: name)
  }
}
