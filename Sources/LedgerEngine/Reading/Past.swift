import EventLog
import JSONTape
import Ledger

/// The state that a question about the past is asked of: a fold of what was known then and may matter to the answer.
///
/// These are global events, and those of the question's account, or of all accounts if it names none. RULES.md 3: `as_of`
/// leaves out an account's later events by their own time, and no global ones.
///
/// The fold begins where the account was kept at an earlier moment, if there is such a one that knows nothing later than the
/// question's moment; else with the first event.
struct Past {
  private(set) var state: State
  private let account: String?
  private let asOf: Timestamp?
  private let at: UInt64

  /// - Parameter start: a state of the question's account alone.
  init(of question: Question, from start: State = State()) {
    state = start
    account = question.account
    asOf = question.asOf
    at = question.at?.rawValue ?? .max
  }

  /// Reads the frames that the index names for the question's account, or all.
  /// - Parameter helpers: find and decompress frames too.
  mutating func read(_ log: EventLog, helpers: ThreadPool?) throws {
    let last = min(log.lastSequence, at)
    guard last > state.sequence.rawValue else { return }
    if let account {
      try read(log, account, to: last, helpers)
    } else {
      try readAll(log)
    }
  }

  /// Reads every record, and takes what matters.
  mutating func readAll(_ log: EventLog) throws {
    let last = min(log.lastSequence, at)
    guard last > 0 else { return }
    try Replay.forEachRecord(of: log, to: last, wants: { _ in true }) { sequence, record in
      try apply(record, at: sequence)
    }
    state.pass(to: SequenceNumber(rawValue: last))
  }

  private mutating func read(_ log: EventLog, _ account: String, to last: UInt64, _ helpers: ThreadPool?) throws {
    let known = state.sequence.rawValue
    let frames = Self.union(
      try log.frames(group: Fingerprint(account: account), upTo: last),
      try log.frames(group: .allAccounts, upTo: last)
    ).drop { ($0 + 1) * UInt64(FrameHeader.recordsPerFrame) <= known }
    let parser = TapeParser()
    try Self.forEachRecord(of: log, Array(frames), account, asOf, helpers) { sequence, bytes in
      if sequence > known, sequence <= last { try apply(unsafe parser.parse(bytes), at: sequence) }
    }
    state.pass(to: SequenceNumber(rawValue: last))
  }

  /// The records of the frames that may be the account's or of no account, and no frames of later events alone.
  @safe
  private static func forEachRecord(
    of log: EventLog, _ frames: [UInt64], _ account: String, _ asOf: Timestamp?, _ helpers: ThreadPool?,
    _ body: (UInt64, UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let ofAccount = RecordSieve(containing: account)
    let sieve = { @Sendable (frame: FrameHeader) in frame.isOfAccounts ? ofAccount : RecordSieve() }
    let mayMatter = { @Sendable (frame: FrameHeader) in
      asOf.map { frame.earliestEventTime <= $0.rawValue } ?? true || !frame.isOfAccounts
    }
    try SievedFrames(log, frames, helpers: helpers, wants: mayMatter, sieve: sieve).forEachRecord(body)
  }

  private mutating func apply(_ record: TapeValue, at sequence: UInt64) throws {
    if let subject = record["subject"]?.text {
      if let account, !subject.equals(account) { return }
      if let asOf {
        guard let time = record["time"]?.text.flatMap({ Timestamp($0) }), time <= asOf else { return }
      }
    }
    state.apply(try EventParser.parse(record, from: .log), at: SequenceNumber(rawValue: sequence))
  }

  /// The numbers of both lists, ascending as they are.
  private static func union(_ left: [UInt64], _ right: [UInt64]) -> [UInt64] {
    var union: [UInt64] = []
    union.reserveCapacity(left.count + right.count)
    var (left, right) = (left[...], right[...])
    while let first = left.first, let other = right.first {
      union.append(min(first, other))
      if first <= other { left.removeFirst() }
      if other <= first { right.removeFirst() }
    }
    return union + left + right
  }
}

extension FrameHeader {
  /// Whether each of its events is of an account.
  fileprivate var isOfAccounts: Bool { typeBits & EventType.globalBits == 0 }
}
