internal import LMDB

extension CheckpointStore {
  /// Parts of a checkpoint that stay when it goes, so that what they were computed from need not be folded again to tell
  /// the past.
  ///
  /// Its value in table `kept`: u64 version of the caller, u64 number and u64 mark of the shared part, then for each part u64
  /// index, u64 number, u64 mark, i64 latest event time and u64 count of events, and a checksum.
  public struct Kept: Sendable {
    public let sequence: UInt64
    /// The caller's: of how the parts are to be read.
    public let version: UInt64
    /// What the parts need beside themselves.
    public let shared: Part
    public let parts: [KeptPart]

    public init(sequence: UInt64, version: UInt64, shared: Part, parts: [KeptPart]) {
      self.sequence = sequence
      self.version = version
      self.shared = shared
      self.parts = parts
    }

    var allParts: [Part] { [shared] + parts.map(\.part) }
  }

  public struct KeptPart: Sendable, Hashable {
    /// Its place in its checkpoint.
    public let index: Int
    public let part: Part
    /// Of the events that it was computed from, in microseconds.
    public let latestEventTime: Int64
    public let eventCount: UInt64

    public init(index: Int, part: Part, latestEventTime: Int64, eventCount: UInt64) {
      self.index = index
      self.part = part
      self.latestEventTime = latestEventTime
      self.eventCount = eventCount
    }
  }

  /// What is kept, by sequence.
  public func allKept() throws(LogError) -> [Kept] { try logErrors { try readKept() } }

  func readKept() throws -> [Kept] { try unsafe values(of: tables.kept) { unsafe Kept(sequence: $0, value: $1) } }

  /// Keeps parts of a checkpoint that is there.
  public func keep(_ kept: Kept) throws(LogError) {
    try logErrors {
      let transaction = try WriteTransaction(environment)
      try unsafe kept.value.withUnsafeBytes { try unsafe transaction.put(tables.kept, kept.sequence, $0) }
      try transaction.commit()
    }
  }

  /// How many bytes are stored of a part that another one does not share.
  public func byteCount(of part: Part, notIn other: Part) throws(LogError) -> Int {
    guard part != other else { return 0 }
    return try logErrors {
      let transaction = try ReadTransaction(environment)
      let shared = Set(try tables.list(ofPart: other.number, transaction)?.pieces ?? [])
      let own = try tables.list(ofPart: part.number, transaction)?.pieces.filter { !shared.contains($0) } ?? []
      return own.reduce(0) { $0 + $1.storedByteCount }
    }
  }

  /// Keeps some parts no longer. Their bytes are removed with the next checkpoint.
  /// - Parameter parts: by the sequences of what they belong to.
  public func giveUp(_ parts: [UInt64: [KeptPart]]) throws(LogError) {
    try logErrors {
      let kept = try readKept()
      let transaction = try WriteTransaction(environment)
      for kept in kept {
        guard let unwanted = parts[kept.sequence] else { continue }
        let left = kept.parts.filter { !unwanted.contains($0) }
        if left.isEmpty {
          try transaction.remove(tables.kept, kept.sequence)
        } else {
          let rest = Kept(sequence: kept.sequence, version: kept.version, shared: kept.shared, parts: left)
          try unsafe rest.value.withUnsafeBytes { try unsafe transaction.put(tables.kept, kept.sequence, $0) }
        }
      }
      try transaction.commit()
    }
  }

  /// Removes what is kept and not wanted any more.
  public func removeKept(where isUnwanted: (Kept) -> Bool) throws(LogError) {
    try logErrors { try removeAllBut(heads: readAll(), kept: readKept().filter { !isUnwanted($0) }) }
  }
}

extension CheckpointStore.Kept {
  private static let headWords = 3
  private static let partWords = 5

  /// - Returns: nil when the value is not as it was written.
  init?(sequence: UInt64, value: UnsafeRawBufferPointer) {
    guard let words = unsafe CheckedWords.read(value, key: sequence), words.count >= Self.headWords,
      (words.count - Self.headWords) % Self.partWords == 0
    else { return nil }
    self.sequence = sequence
    version = words[0]
    shared = CheckpointStore.Part(number: words[1], mark: words[2])
    parts = stride(from: Self.headWords, to: words.count, by: Self.partWords).map { place in
      CheckpointStore.KeptPart(
        index: Int(truncatingIfNeeded: words[place]),
        part: CheckpointStore.Part(number: words[place + 1], mark: words[place + 2]),
        latestEventTime: Int64(bitPattern: words[place + 3]), eventCount: words[place + 4])
    }
  }

  var value: [UInt8] {
    var words = [version, shared.number, shared.mark]
    for part in parts {
      words += [
        UInt64(part.index), part.part.number, part.part.mark, UInt64(bitPattern: part.latestEventTime), part.eventCount,
      ]
    }
    return CheckedWords.value(words, key: sequence)
  }
}
