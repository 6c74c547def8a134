extension EventLog {
  /// Sequences of records that may have this identity, ascending; reading the record tells. For whoever writes.
  public func candidates(identity: Fingerprint) -> [UInt64] { index?.candidates(identity: identity) ?? [] }

  /// Indexes of those among `facts` whose identity may be in the log, ascending; nearly always none. For the writer's
  /// thread: some nanoseconds for each and run of the index. Best asked for ``candidatesAtOnce``.
  public func candidates(among facts: ArraySlice<RecordFacts>) -> [Int] {
    var indexes: [Int] = []
    index?.appendCandidates(among: facts, to: &indexes)
    return indexes
  }

  /// As many facts as are looked up side by side and are still in the processor's cache behind it.
  public static var candidatesAtOnce: Int { 256 }

  /// Numbers of the frames that may hold records about this subject, ascending; reading them tells. For any thread.
  public func frames(subject: Fingerprint, upTo last: UInt64 = .max) throws(LogError) -> [UInt64] {
    try frames(.subject, subject, last)
  }

  /// Numbers of the frames that may hold records of this group, ascending; reading them tells. For any thread.
  /// - Complexity: a few nanoseconds for each frame found.
  public func frames(group: Fingerprint, upTo last: UInt64 = .max) throws(LogError) -> [UInt64] {
    try frames(.group, group, last)
  }

  private func frames(_ kind: IndexKind, _ fingerprint: Fingerprint, _ last: UInt64) throws(LogError) -> [UInt64] {
    guard let index else { throw .readOnly(path: path) }
    return last == 0 ? [] : index.frames(kind, fingerprint, upTo: Self.frameNumber(of: last))
  }

  /// Frame *i* holds records 256 *i* + 1 to 256 *i* + 256.
  @inline(__always)
  static func frameNumber(of sequence: UInt64) -> UInt64 { (sequence - 1) / UInt64(FrameHeader.recordsPerFrame) }

  /// Adds to the index what the log has and the index has not.
  func catchUpIndex(_ index: RecordIndex, _ readStretch: StretchReader?) throws {
    let (first, last) = (index.nextSequence, lastSequence)
    guard first <= last else { return }
    try (readStretch ?? Self.readOneByOne)(self, first...last) { index.add($0) }
  }

  @Sendable private static func readOneByOne(
    of log: EventLog, _ wanted: ClosedRange<UInt64>, _ body: ([RecordFacts]) -> Void
  ) throws {
    var facts: [RecordFacts] = []
    try log.forEachFrame(from: wanted.lowerBound, to: wanted.upperBound) { frame in
      facts.removeAll(keepingCapacity: true)
      try frame.forEachRecord { sequence, record in
        guard wanted.contains(sequence) else { return }
        do {
          facts.append(try unsafe log.extract(record))
        } catch {
          throw LogError.unreadable(sequence: sequence, reason: "\(error)")
        }
      }
      body(facts)
      return true
    }
  }
}
