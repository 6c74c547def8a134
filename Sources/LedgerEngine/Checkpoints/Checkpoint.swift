import EventLog
import Ledger

/// How a state lies in a ``CheckpointStore``: part 0 is what no account owns, part *i* + 1 is account *i*, marked with the
/// last event that changed it, so that an account at rest is written once.
enum Checkpoint {
  /// Rises with what the state says, and when programs may have written checkpoints that are not to be trusted: those before 1
  /// could change an account in place that others were just reading.
  static let version = UInt64(State.foldVersion) + trust << 32
  private static let trust: UInt64 = 1

  /// Where an account's part lies among a checkpoint's.
  static func part(ofAccount index: Int) -> Int { index + 1 }

  /// Writes a state that has all accounts. Those that did not change since `previous` are not written again; so it must be one
  /// that was read or written by this process, whose parts are known to be whole.
  ///
  /// Each account is given up once it is written, so that the state this one was copied from need not go on copying what it
  /// changes.
  static func write(
    _ state: consuming State, to store: CheckpointStore, after previous: CheckpointStore.Head?
  ) throws(LogError) -> CheckpointStore.Head {
    let known = previous?.parts ?? []
    let (sequence, partCount) = (state.sequence.rawValue, state.accountCount + 1)
    var left = consume state
    return try store.write(sequence: sequence, version: version, partCount: partCount) { index in
      guard index > 0 else { return .bytes(shared(left), mark: sequence, like: known.first) }
      let mark = left.lastChange(ofAccount: index - 1).rawValue
      let earlier = index < known.count ? known[index] : nil
      if let earlier, earlier.mark == mark {
        left.removeAccount(index - 1)
        return .unchanged(earlier)
      }
      return .stretches(mark: mark, like: earlier) { add in
        write(account: index - 1, of: left, to: add)
        left.removeAccount(index - 1)
      }
    }
  }

  private static func shared(_ state: State) -> [UInt8] {
    var encoder = StateEncoder()
    state.encodeShared(into: &encoder)
    return encoder.bytes
  }

  /// The contacts' length in eight bytes, little-endian, the contacts, the account.
  private static func write(account index: Int, of state: State, to add: @escaping StateEncoder.Sink) {
    var contacts = StateEncoder()
    state.encodeContacts(ofAccount: index, into: &contacts)
    unsafe add(lengthBytes(contacts.bytes.count).span.bytes)
    unsafe add(contacts.bytes.span.bytes)
    var encoder = StateEncoder(handingTo: add)
    state.encodeAccount(index, into: &encoder)
    encoder.finish()
  }

  private static func lengthBytes(_ count: Int) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
  }

  // MARK: Reading

  /// A checkpoint whose accounts are still to be read.
  struct Start: Sendable {
    let head: CheckpointStore.Head
    let parts: StateParts
  }

  /// The checkpoints that can be begun with, the newest first.
  static func starts(in store: CheckpointStore) -> some Sequence<Start> {
    ((try? store.all()) ?? []).reversed().lazy
      .filter { $0.version == version }
      .compactMap { try? read($0, from: store) }
  }

  private static func read(_ head: CheckpointStore.Head, from store: CheckpointStore) throws -> Start {
    guard let first = head.parts.first else { throw StateDecodingError(byteOffset: 0, reason: "no parts") }
    var shared = StateDecoder(try store.read(first))
    let parts = try StateParts(shared: &shared)
    guard shared.isAtEnd, parts.accountCount + 1 == head.parts.count, parts.sequence.rawValue == head.sequence else {
      throw StateDecodingError(byteOffset: 0, reason: "parts of another state")
    }
    return Start(head: head, parts: parts)
  }

  /// What ``write(account:of:to:)`` wrote.
  static func decodeAccount(_ bytes: [UInt8], of parts: StateParts) throws -> StateParts.Account {
    var count: UInt64 = 0
    for byte in bytes.prefix(8).reversed() { count = count << 8 | UInt64(byte) }
    guard bytes.count >= 8, count <= UInt64(bytes.count - 8) else {
      throw StateDecodingError(byteOffset: 0, reason: "contacts longer than their part")
    }
    let end = 8 + Int(count)
    var contacts = StateDecoder(bytes, in: 8..<end)
    var account = StateDecoder(bytes, in: end..<bytes.count)
    return try parts.account(from: &account, contacts: &contacts)
  }
}
