extension EventLog {
  /// Sequences of records that may have this identity, ascending; reading the record tells. For the writer's thread.
  public func candidates(identity: Fingerprint) -> [UInt64] { index?.candidates(identity: identity) ?? [] }

  /// Sequences of records that may be about this subject, ascending; reading the records tells. For any thread.
  public func candidates(subject: Fingerprint) throws(LogError) -> [UInt64] {
    guard let index else { throw .readOnly(path: path) }
    return index.candidates(subject: subject)
  }

  /// Adds to the index what the log has and the index has not.
  func catchUpIndex(_ index: RecordIndex) throws {
    try forEachFrame(from: index.nextSequence) { frame in
      try frame.forEachRecord { sequence, record in
        if sequence < index.nextSequence { return }
        do {
          index.add(try unsafe extract(record))
        } catch {
          throw LogError.unreadable(sequence: sequence, reason: "\(error)")
        }
      }
      return true
    }
    index.refreshView()
  }
}
