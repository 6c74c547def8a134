import EventLog
import JSONTape
import Ledger

/// The one writer: gives events their places, group by group. Used by who has the ``Pen``.
final class Writer {
  /// What every event is asked of and changes. One value, lent to whoever decides a request, so that exclusive access is
  /// checked once a request and not several times an event.
  private struct Rules {
    var admission: Admission
    var fresh = FreshIdentities()
  }

  private let log: EventLog
  private var rules: Rules
  private let statistics: Statistics
  /// Records given to the log and not committed.
  private var addedCount = 0
  /// Of the group at hand.
  private var submissions: [Submission] = []
  private var record = RecordBuilder()
  private let recordParser = TapeParser(maxDepth: 64)
  private var lastRecordedTime: Timestamp
  private let clock: @Sendable () -> Timestamp
  /// Set when a record could not be read.
  private var failure: (any Error)?
  private var keptCount = 0
  private var readersCheckedAt = Timestamp(rawValue: 0)
  private static let readerCheckInterval = Duration64(rawValue: 60_000_000)
  /// How far ahead `place` asks for what it will read.
  private static let factsAhead = 8

  init(
    log: EventLog, admission: Admission, lastRecordedTime: Timestamp, statistics: Statistics,
    clock: @escaping @Sendable () -> Timestamp
  ) {
    self.log = log
    rules = Rules(admission: admission)
    self.lastRecordedTime = lastRecordedTime
    self.statistics = statistics
    self.clock = clock
  }

  /// Decides every request of the group and writes what was admitted, in one commit. On return each submission has its
  /// outcome and what succeeded is on disk.
  /// - Throws: when the log failed in a way after which nothing it says can be trusted.
  func write(_ group: inout Group) throws {
    defer { group.lastSequence = log.lastSequence }
    let now = max(clock(), lastRecordedTime)
    lastRecordedTime = now
    if now > readersCheckedAt.advanced(by: Self.readerCheckInterval) {
      readersCheckedAt = now
      _ = try log.freeDeadReaders()
    }
    record.begin(recordedAt: now)
    addedCount = 0
    keptCount = 0
    var last = log.lastSequence
    submissions = group.submissions
    rules.fresh.removeAll(expecting: submissions.reduce(0) { $0 + $1.count })
    defer { submissions.removeAll(keepingCapacity: true) }
    for index in submissions.indices { last = decide(index, after: last, at: now) }
    if let failure { throw failure }
    guard addedCount > 0 else { return }
    do throws(LogError) {
      try commit()
      rules.admission.forgetJournal()
    } catch {
      rules.admission.rollBack(to: 0)
      guard case .diskFull = error else { throw error }
      statistics.diskFull()
      for submission in group.submissions { submission.outcome = .failure(.diskFull(error.message)) }
    }
  }

  private func commit() throws(LogError) {
    let start = ContinuousClock.now
    let byteCount = log.addedByteCount
    try log.commit()
    statistics.committed(
      events: addedCount, bytes: byteCount, kept: keptCount, in: ContinuousClock.now - start)
  }

  /// - Returns: the last sequence number given.
  private func decide(_ number: Int, after last: UInt64, at now: Timestamp) -> UInt64 {
    let submission = submissions[number]
    let freshCount = rules.fresh.count
    let mark = rules.admission.mark
    do throws(AppendFailure) {
      let end = try place(number, after: last, at: now, &rules)
      write(submission)
      submission.outcome = .success(Self.summary(of: submission))
      return end
    } catch {
      rules.admission.rollBack(to: mark)
      rules.fresh.removeLast(to: freshCount)
      submission.outcome = .failure(error)
      return last
    }
  }

  /// Gives every event a place, its own or that of the same event before it.
  private func place(
    _ number: Int, after last: UInt64, at now: Timestamp, _ rules: inout Rules
  ) throws(AppendFailure) -> UInt64 {
    let submission = submissions[number]
    let facts = submission.facts
    var places: [Submission.Place] = []
    swap(&places, &submission.places)  // as with the rules: one check of exclusive access
    defer { swap(&places, &submission.places) }
    places.reserveCapacity(facts.count)
    var last = last
    let start = last
    var conflicts: [(index: Int, first: UInt64)] = []
    // Nearly all events are new, which the index tells of many at once.
    var suspects: ArraySlice<Int> = []
    let accountOnlyBits = EventType.accountOnlyBits
    for index in facts.indices {
      if index % EventLog.candidatesAtOnce == 0 {
        suspects = log.candidates(among: facts[index...].prefix(EventLog.candidatesAtOnce))[...]
      }
      if index + Self.factsAhead < facts.count {
        rules.fresh.fetch(facts[index + Self.factsAhead].identity)
        if let account = facts[index + Self.factsAhead].group { rules.admission.fetch(Fingerprint128(account)) }
      }
      let identity = facts[index].identity
      let isSuspect = suspects.first == index
      if isSuspect { suspects.removeFirst() }
      switch known(submission, index, identity, rules.fresh, mayBeInLog: isSuspect) {
      case .same(let sequence):
        places.append(Submission.Place(sequence: sequence, isDuplicate: true))
      case .different(let sequence):
        conflicts.append((index, sequence))
        guard submission.listsConflicts else { throw Self.conflict(submission[index], conflicts) }
        places.append(Submission.Place(sequence: sequence, isDuplicate: true))
      case .new:
        // Most events are admitted by what is known of their accounts. Then nothing is read of the event, which another thread has
        // checked and this one would wait for.
        if facts[index].typeBit & accountOnlyBits != 0, let account = facts[index].group,
          rules.admission.knowsOpen(Fingerprint128(account))
        {
          last += 1
        } else {
          last = try submission.withEvent(index) { event throws(AppendFailure) in
            try admit(event, index, of: submission, after: last, at: now, &rules.admission)
          }
        }
        rules.fresh.add(
          FreshIdentities.Entry(
            identity: identity, sequence: last, submission: Int32(truncatingIfNeeded: number),
            index: Int32(truncatingIfNeeded: index)))
        places.append(Submission.Place(sequence: last, isDuplicate: false))
      }
    }
    if let conflict = conflicts.first { throw Self.conflict(submission[conflict.index], conflicts) }
    if let expected = submission.expectedLast, last > start, expected != start {
      throw .refused(
        Refusal(
          .unexpectedLast, status: 409, "the log ends at \(start), not at \(expected)",
          remedy: "read what came since and decide again"))
    }
    return last
  }

  private static func conflict(_ event: Event, _ conflicts: [(index: Int, first: UInt64)]) -> AppendFailure {
    let refusal = Refusal(
      .identityConflict, status: 409,
      "event \(event.id.string) of \(event.source.string) is in the log at \(conflicts[0].first) with other content",
      remedy: "give a new fact a new id, or send the first content again", pointer: "/id")
    return .conflict(refusal.at(index: conflicts[0].index), first: conflicts[0].first, indexes: conflicts.map(\.index))
  }

  /// Asks the rules, and places what the daemon must say before the event.
  @inline(__always)
  private func admit(
    _ event: Event, _ index: Int, of submission: Submission, after last: UInt64, at now: Timestamp,
    _ admission: inout Admission
  ) throws(AppendFailure) -> UInt64 {
    var last = last
    do throws(Refusal) {
      if let zone = admission.zoneNeeded(by: event) {
        let decision = try Submission.resolving(zone, for: event, at: now, cause: last + 2)
        try admission.admit(decision[0])
        last += 1
        decision.places = [Submission.Place(sequence: last, isDuplicate: false)]
        submission.insertions.append(Submission.Insertion(index: index, sequence: last, decision: decision))
      }
      try admission.admit(event)
    } catch {
      throw .refused(error.at(index: index))
    }
    return last + 1
  }

  private enum Known {
    case new
    case same(UInt64)
    case different(UInt64)
  }

  /// Looks for an event of this identity among those decided in this group and those in the log.
  private func known(
    _ submission: Submission, _ index: Int, _ identity: Fingerprint, _ fresh: borrowing FreshIdentities,
    mayBeInLog: Bool
  ) -> Known {
    if let entry = fresh.find(
      identity, where: { Self.isSameIdentity(submission[index], submissions[Int($0.submission)][Int($0.index)]) })
    {
      let own = submission.parser[index]
      let other = submissions[Int(entry.submission)].parser[Int(entry.index)]
      return other.bytes == own.bytes || own.value.isSame(as: other.value)
        ? .same(entry.sequence) : .different(entry.sequence)
    }
    return mayBeInLog ? known(submission, index, among: log.candidates(identity: identity)) : .new
  }

  private func known(_ submission: Submission, _ index: Int, among candidates: [UInt64]) -> Known {
    for sequence in candidates {
      do {
        let known = try compare(submission.parser[index], submission[index], with: sequence)
        if case .new = known { continue }
        return known
      } catch {
        failure = error
      }
    }
    return .new
  }

  /// `new` when the record has another identity and only the fingerprint is the same.
  private func compare(_ own: EventBatchParser.Event, _ event: Event, with sequence: UInt64) throws -> Known {
    try unsafe log.withRecord(sequence) { record in
      if unsafe RecordBuilder.isRecord(record, of: own.bytes) { return .same(sequence) }
      let value = try unsafe recordParser.parse(copying: [UInt8](record))
      guard value["id"]?.text == event.id, value["source"]?.text == event.source else { return .new }
      return own.value.isSame(as: value, leavingOut: ["sequence", "recordedtime"])
        ? .same(sequence) : .different(sequence)
    }
  }

  private static func isSameIdentity(_ left: Event, _ right: Event) -> Bool {
    left.id == right.id && left.source == right.source
  }

  // MARK: Records

  private func write(_ submission: Submission) {
    var insertions = submission.insertions[...]
    let places = submission.places
    let facts = submission.facts
    let record = record
    log.addRecords { adder in
      submission.parser.forEach { index, _, bytes in
        while let insertion = insertions.first, insertion.index == index {
          let decision = insertion.decision
          add(decision.parser[0].bytes, decision.facts[0], at: insertion.sequence, record, to: &adder)
          insertions.removeFirst()
        }
        let place = places[index]
        if !place.isDuplicate { add(bytes, facts[index], at: place.sequence, record, to: &adder) }
      }
    }
  }

  /// Builds the record in its place in the log's newest frame.
  private func add(
    _ event: Text, _ eventFacts: RecordFacts, at sequence: UInt64, _ record: RecordBuilder, to adder: inout RecordAdder
  ) {
    var facts = eventFacts
    facts.recordedTime = lastRecordedTime.rawValue
    unsafe adder.add(facts, ofAtMost: record.mostBytes(of: event)) { room in
      unsafe record.write(event, sequence: sequence, to: room)
    }
    addedCount += 1
    if facts.typeBit == EventType.whatsAppKept.bit { keptCount += 1 }
  }

  private static func summary(of submission: Submission) -> Appended {
    let duplicates = submission.places.count { $0.isDuplicate }
    return Appended(
      first: submission.places.first?.sequence, last: submission.places.last?.sequence,
      appended: submission.places.count - duplicates, duplicates: duplicates)
  }
}
