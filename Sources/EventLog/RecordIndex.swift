internal import Synchronization

/// Finds records by identity and by subject.
final class RecordIndex: Sendable {
  private struct Tables {
    var identities: [Fingerprint: [UInt64]] = [:]
    var subjects: [Fingerprint: [UInt64]] = [:]
  }
  private let tables = Mutex(Tables())

  func add(_ batch: borrowing LogBatch, first: UInt64) {
    for (index, facts) in batch.facts.enumerated() { add(facts, first + UInt64(index)) }
  }

  func add(_ facts: RecordFacts, _ sequence: UInt64) {
    tables.withLock { tables in
      tables.identities[facts.identity, default: []].append(sequence)
      if let subject = facts.subject { tables.subjects[subject, default: []].append(sequence) }
    }
  }

  func candidates(identity: Fingerprint) -> [UInt64] {
    tables.withLock { $0.identities[identity] ?? [] }
  }

  func candidates(subject: Fingerprint) -> [UInt64] {
    tables.withLock { $0.subjects[subject] ?? [] }
  }
}

extension EventLog {
  /// Adds to the index what the log has and the index has not.
  func catchUpIndex() throws {
    try forEachFrame { frame in
      try unsafe frame.forEachRecord { sequence, record in
        do {
          index.add(try unsafe extract(record), sequence)
        } catch {
          throw LogError.unreadable(sequence: sequence, reason: "\(error)")
        }
      }
      return true
    }
  }
}
