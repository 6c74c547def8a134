import Ledger

/// Takes what rests in the state of a replay out of the heap while it is folded.
struct ReplayCooling {
  private let cooler: Cooler
  private var resting = RestingChunks()
  private var dueAt: UInt64

  init(_ cooler: Cooler, after sequence: SequenceNumber) {
    self.cooler = cooler
    dueAt = sequence.rawValue + cooler.policy.eventCount
  }

  /// Looks at the state if it is time to.
  mutating func look(at state: inout State) {
    guard state.sequence.rawValue >= dueAt else { return }
    dueAt = state.sequence.rawValue + cooler.policy.eventCount
    cooler.look(at: &state, &resting)
  }
}
