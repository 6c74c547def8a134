import EventLog
import JSONTape
public import Ledger

extension Engine {
  /// Answers from one moment's state: the live one, or for a question about the past a fold of what was known then.
  public func answer(_ question: Question) async throws -> [UInt8] {
    let now = options.clock()
    guard question.isAboutNow else {
      let (state, log, kept, helpers) = (folding.state, log, kept, helpers)
      return try await historians.run {
        let account = question.account.flatMap { name in state.withLock { $0.index(ofAccount: name) } }
        let start = account.flatMap { kept.state(ofAccount: $0, before: question) }
        return try Self.answer(question, from: log, start ?? State(), now: now, helpers)
      }
    }
    try await waitForAccount(named: question.account)
    let brief = try folding.state.withLock { (state) throws(Refusal) in
      state.isBrief(question, now: now) ? try state.answer(question, now: now) : nil
    }
    if let brief, brief.holes.isEmpty { return brief.filled { _ in [] } }
    let (state, log) = (folding.state, log)
    return try await (question.subject.isLookedAtAllDay ? lookers : readers).run {
      // A copy shares everything with the state that goes on being folded.
      let snapshot = state.withLock { $0 }
      let events = try Self.events(of: question, in: log).filter { $0.sequence <= snapshot.sequence }
      return try Self.fill(try snapshot.answer(question, now: now, events: events), from: log)
    }
  }

  /// Answers about the past.
  /// - Parameter start: see ``Past/init(of:from:)``.
  static func answer(
    _ question: Question, from log: EventLog, _ start: State, now: Timestamp, _ helpers: ThreadPool? = nil
  ) throws -> [UInt8] {
    var past = Past(of: question, from: start)
    try past.read(log, helpers: helpers)
    let events = if case .explain = question.subject { try events(of: question, in: log) } else { [RelatedEvent]() }
    return try fill(try past.state.answer(question, now: question.asOf ?? now, events: events), from: log)
  }

  /// Puts message ids, which the state does not keep, in their places.
  private static func fill(_ answer: Answer, from log: EventLog) throws -> [UInt8] {
    let parser = TapeParser()
    return try answer.filled { (sequence: SequenceNumber) throws in
      let record = try parser.parse(copying: log.record(sequence.rawValue))
      guard let message = record["data"]?["message"]?.text else { return [] }
      return unsafe Array(message.bytes)
    }
  }

  /// The events of the message that an explanation is asked of, up to the question's moment.
  private static func events(of question: Question, in log: EventLog) throws -> [RelatedEvent] {
    guard case .explain(let message) = question.subject, let account = question.account else { return [] }
    let last = question.at?.rawValue ?? .max
    let frames = try log.frames(subject: Fingerprint(account: account, message: message), upTo: last)
    let records = RecordSieve(containing: message)
    let parser = TapeParser()
    var found: [RelatedEvent] = []
    try log.forEachFrame(numbered: frames) { frame in
      try records.forEachRecord(of: frame) { sequence, bytes in
        guard sequence <= last else { return }
        let event = try EventParser.parse(unsafe parser.parse(bytes), from: .log)
        guard event.subject?.equals(account) == true, event.data.message?.equals(message) == true,
          question.asOf.map({ event.time <= $0 }) ?? true
        else { return }
        found.append(
          RelatedEvent(sequence: SequenceNumber(rawValue: sequence), type: event.type, time: event.time))
      }
      return true
    }
    return found
  }

  /// The account that a business number or else a WABA belongs to.
  public func account(number: String?, waba: String?) -> String? {
    folding.state.withLock { $0.account(number: number, waba: waba) }
  }

  /// Events on disk that are not folded yet.
  public var foldLag: UInt64 { log.lastSequence - min(log.lastSequence, lastSequence) }
}

extension Question.Subject {
  /// Whether people and dashboards look at it again and again, and wait for it.
  fileprivate var isLookedAtAllDay: Bool {
    switch self {
    case .account, .balance, .workload, .allowances, .conversations: true
    default: false
    }
  }
}

extension Question {
  var isAboutNow: Bool { at == nil && asOf == nil }
}
