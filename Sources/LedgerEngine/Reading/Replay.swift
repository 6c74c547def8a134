import EventLog
import JSONTape
import Ledger
import Synchronization

/// Folds the log.
struct Replay {
  private(set) var state = State()
  private(set) var admission = Admission()
  private(set) var lastRecordedTime = Timestamp(rawValue: 0)
  /// Takes what does not change out of the heap, now and then.
  private var cooling: ReplayCooling?

  /// The fold was told to stop.
  struct Stopped: Error {}

  init() {}

  /// Folds with little in the heap. The state is then nobody else's, and lives no longer than the cooler.
  mutating func cool(with cooler: Cooler) {
    cooling = ReplayCooling(cooler, after: state.sequence)
  }

  /// Goes on from a state that was folded before, of `log`.
  /// - Parameter readRegister: says the register that an account has in `state`, whose accounts may be absent.
  init(
    from state: State, of log: EventLog, readRegister: @escaping @Sendable (_ account: Int) -> FundsRegister
  ) throws {
    self.state = state
    admission = Admission(of: state, readRegister: readRegister)
    guard state.sequence != .zero else { return }
    let parser = TapeParser()
    let record = try parser.parse(copying: log.record(state.sequence.rawValue))
    lastRecordedTime = try EventParser.parse(record, from: .log).recordedTime ?? lastRecordedTime
  }

  /// Adds an account that the state lacks.
  mutating func add(_ account: StateParts.Account, at index: Int) { state.add(account, at: index) }

  /// The accounts that the state lacks and that have to be there before ``run(_:to:threadCount:reportingEvery:progress:)``.
  func absentAccounts(neededBy log: EventLog, to last: UInt64) -> Set<Int> {
    var needed: Set<Int> = []
    let first = state.sequence.rawValue + 1
    guard last >= first else { return needed }
    guard last - first < Self.mostEventsSearched else {
      return Set((0..<state.accountCount).filter(state.isAbsent))
    }
    let ahead = ReadAhead(log, first...last, threadCount: ReadAhead.usualThreadCount)
    defer { ahead.stop() }
    // What is wrong with a frame is told when it is folded.
    ahead.forEachFrame { frame in
      unsafe frame.withEvents { unsafe state.noteAbsentAccounts(neededBy: $0, in: &needed) }
    }
    return needed
  }

  /// Of so many events it is worth finding out whose they are. More are of most accounts.
  private static let mostEventsSearched: UInt64 = 100_000

  /// Folds every record behind the state's up to `last`, admission included.
  /// - Parameters:
  ///   - threadCount: how many threads read the log ahead of the fold, which is the caller's.
  ///   - progress: told how many events of how many are folded, after so many or a little more; false stops.
  /// - Throws: ``Stopped``, and a ``LogError`` that names the place of what is damaged or cannot be understood.
  mutating func run(
    _ log: EventLog, to last: UInt64, threadCount: Int = ReadAhead.usualThreadCount,
    reportingEvery interval: UInt64 = 100_000, progress: (UInt64, UInt64) -> Bool
  ) throws {
    let first = state.sequence.rawValue + 1
    guard last >= first else { return }
    let ahead = ReadAhead(log, first...last, threadCount: threadCount)
    defer { ahead.stop() }
    var reported = state.sequence.rawValue
    try ahead.forEachFrame { frame in
      try fold(frame)
      HeapPages.askForGrowth()
      admission.forgetJournal()
      cooling?.look(at: &state)
      guard state.sequence.rawValue - reported >= interval else { return }
      reported = state.sequence.rawValue
      if !progress(reported, last) { throw Stopped() }
    }
  }

  /// Folds the events of a frame, if all of them would be admitted.
  private mutating func fold(_ frame: CheckedFrame) throws {
    let first = frame.firstSequence
    try unsafe frame.withEvents { events in
      let refused = unsafe admit(events)
      // That its account is open, which most events need and nothing else, is found by the fold.
      let unopened = unsafe state.apply(UnsafeBufferPointer(rebasing: events[..<(refused ?? events.count)])) {
        SequenceNumber(rawValue: first + UInt64($0))
      }
      guard let index = unopened ?? refused else { return }
      do throws(Refusal) {
        try unsafe admission.admit(events[index])
      } catch {
        throw LogError.unreadable(sequence: first + UInt64(index), reason: error.message)
      }
    }
    if let failure = frame.failure { throw failure }
  }

  /// - Returns: the index of the first event that is refused for another reason than its account.
  @unsafe
  private mutating func admit(_ events: UnsafeBufferPointer<Event>) -> Int? {
    for index in events.indices {
      if let recorded = unsafe events[index].recordedTime, recorded > lastRecordedTime { lastRecordedTime = recorded }
      guard unsafe !events[index].type.needsAccountOnly else { continue }
      do throws(Refusal) {
        try unsafe admission.admit(events[index])
      } catch {
        return index
      }
    }
    return nil
  }

  /// Every record up to `last` of the frames that are wanted, parsed.
  static func forEachRecord(
    of log: EventLog, from first: UInt64 = 1, to last: UInt64, wants: (FrameHeader) -> Bool,
    _ body: (UInt64, TapeValue) throws -> Void
  ) throws {
    let parser = FrameParser()
    try log.forEachFrame(from: first, to: last, wants: wants) { frame in
      var sequence = frame.header.firstSequence
      try unsafe parser.parse(frame.bundle)
      try parser.forEach { (_, value, _) throws in
        defer { sequence += 1 }
        if sequence >= first, sequence <= last { try body(sequence, value) }
      }
      return true
    }
  }

  /// The log's facts of a stretch of records, read again a frame at a time.
  @Sendable static func forEachFacts(
    of log: EventLog, _ wanted: ClosedRange<UInt64>, _ body: ([RecordFacts]) -> Void
  ) throws {
    let ahead = ReadAhead(log, wanted, threadCount: ReadAhead.usualThreadCount)
    defer { ahead.stop() }
    var memory = FingerprintMemory()
    var facts: [RecordFacts] = []
    try ahead.forEachFrame { frame in
      facts.removeAll(keepingCapacity: true)
      unsafe frame.withEvents { events in
        for index in events.indices { facts.append(unsafe events[index].facts(&memory)) }
      }
      body(facts)
      if let failure = frame.failure { throw failure }
    }
  }

  /// The log's facts of a record, read again. 64 bytes behind it may be read.
  @Sendable static func facts(of record: UnsafeRawBufferPointer) throws -> RecordFacts {
    let parser = idleParsers.withLock { $0.popLast() } ?? FactsParser()
    defer { idleParsers.withLock { $0.append(parser) } }
    return try EventParser.parse(unsafe parser.tape.parse(record), from: .log).facts
  }

  /// A parser is dear to make and quick to use.
  private static let idleParsers = Mutex<[FactsParser]>([])

  private final class FactsParser: @unchecked Sendable {  // one thread at a time has it: whoever took it
    let tape = TapeParser()
  }
}
