internal import Glibc
internal import LMDB
internal import Synchronization

/// What can be made again from the log, kept so that it need not be: values that a caller computed from the log up to a
/// sequence, in parts. It lies in `checkpoints/` of the data folder, an LMDB environment of its own, and may be removed at
/// any time while nobody has it open. It belongs to one log, and is emptied when it meets another.
///
/// Tables, with keys in the machine's byte order:
///
/// - `meta`: key 1, 24 bytes: u64 format version, then the 16 random bytes of the log.
/// - `heads`: key = sequence; value: u64 version of the caller, for each part u64 number, u64 mark, and a checksum
///   (XXH64, seed 0, of what stands before it; XOR the key times 0x9E3779B97F4A7C15).
/// - `parts`: key = part number << 20 | index of the piece; value: u64 key, u64 length of the piece, and its zstd frame with
///   checksum. A part whose length is a multiple of ``pieceByteCount`` ends with an empty piece.
///
/// Sendable: LMDB has one writer at a time and any number of readers; the numbers to give are behind a lock.
public final class CheckpointStore: Sendable {
  /// A value of a checkpoint. One that did not change is shared by several checkpoints.
  public struct Part: Hashable, Sendable {
    /// Its name in the store.
    public let number: UInt64
    /// The caller's: what tells whether it is still true.
    public let mark: UInt64
  }

  /// A checkpoint: which parts make up the whole at a sequence.
  public struct Head: Sendable {
    public let sequence: UInt64
    /// The caller's: of how the parts are to be read.
    public let version: UInt64
    public let parts: [Part]
  }

  static let formatVersion: UInt64 = 1
  static let pieceByteCount = 1 << 20
  private static let formatKey: UInt64 = 1

  private let environment: Environment
  private let meta: Table
  private let heads: Table
  private let parts: Table
  private let nextNumber = Mutex<UInt64>(1)

  /// Opens the checkpoints of a log, or makes a place for them.
  ///
  /// What belongs to another log, to another format or to records that the log does not have is removed, and so is a store
  /// that cannot be read: nothing is lost with it.
  public static func open(for log: EventLog) throws(LogError) -> CheckpointStore {
    try logErrors {
      let path = log.path + "/checkpoints"
      do {
        return try CheckpointStore(path, log)
      } catch {
        try remove(path)
        return try CheckpointStore(path, log)
      }
    }
  }

  private init(_ path: String, _ log: EventLog) throws {
    if unsafe mkdir(path, 0o750) != 0, errno != EEXIST {
      throw LMDBError(operation: "mkdir", code: errno, path: path)
    }
    var options = Environment.Options()
    options.durability = .lastCommitMayBeLost
    environment = try Environment(path: path, options: options)
    let transaction = try WriteTransaction(environment)
    meta = try transaction.openTable("meta", integerKeys: true)
    heads = try transaction.openTable("heads", integerKeys: true)
    parts = try transaction.openTable("parts", integerKeys: true)
    try claim(transaction, for: log.tables.identity(log.environment))
    try transaction.commit()
    try removeWhatIsNotWanted { $0.sequence <= log.lastSequence }
  }

  private static func remove(_ path: String) throws {
    for name in try LogFolder.names(in: path) ?? [] where unsafe unlink(path + "/" + name) != 0 {
      throw LMDBError(operation: "unlink", code: errno, path: path + "/" + name)
    }
  }

  /// Empties the store unless it is of this log and format.
  private func claim(_ transaction: borrowing WriteTransaction, for identity: [UInt8]) throws {
    let own = unsafe withUnsafeBytes(of: Self.formatVersion) { unsafe Array($0) } + identity
    var cursor = try transaction.cursor(meta)
    if try cursor.move(.exactly(Self.formatKey)) != nil, unsafe cursor.withValue({ unsafe $0.elementsEqual(own) }) {
      return
    }
    for table in [meta, heads, parts] { try transaction.removeAll(table) }
    try unsafe own.withUnsafeBytes { try unsafe transaction.put(meta, Self.formatKey, $0) }
  }

  // MARK: Reading

  /// The checkpoints there are, by sequence.
  public func all() throws(LogError) -> [Head] {
    try logErrors {
      let transaction = try ReadTransaction(environment)
      var cursor = try transaction.cursor(heads)
      var found: [Head] = []
      var move = Cursor.Move.first
      while let sequence = try cursor.move(move) {
        if let head = unsafe cursor.withValue({ unsafe Head(sequence: sequence, value: $0) }) { found.append(head) }
        move = .next
      }
      return found
    }
  }

  /// The bytes of a part.
  public func read(_ part: Part) throws(LogError) -> [UInt8] { try makeReader().read(part) }

  /// Reads parts one after the other. For one thread; each that reads has its own.
  public func makeReader() -> PartReader { PartReader(environment, parts) }

  // MARK: Writing

  /// Writes one checkpoint, in place of one of the same sequence. `produce` is asked for each part in order: an earlier part that is still true, or new bytes.
  ///
  /// Bytes are written while it goes on, in transactions of 16 MiB, so memory holds one part; the head comes last.
  @discardableResult
  public func write(
    sequence: UInt64, version: UInt64, partCount: Int, _ produce: (_ index: Int) throws -> NewPart
  ) throws(LogError) -> Head {
    try logErrors {
      let writing = PartWriter(environment, parts)
      var listed: [Part] = []
      listed.reserveCapacity(partCount)
      for index in 0..<partCount {
        switch try produce(index) {
        case .unchanged(let part): listed.append(part)
        case .bytes(let bytes, let mark):
          let part = Part(number: takeNumber(), mark: mark)
          try writing.write(bytes, of: part)
          listed.append(part)
        }
      }
      let head = Head(sequence: sequence, version: version, parts: listed)
      try writing.finish(heads, head)
      return head
    }
  }

  public enum NewPart {
    case unchanged(Part)
    case bytes([UInt8], mark: UInt64)
  }

  private func takeNumber() -> UInt64 {
    nextNumber.withLock { next in
      defer { next += 1 }
      return next
    }
  }

  /// Removes checkpoints, and the parts that only they had.
  public func removeAll(where isUnwanted: (Head) -> Bool) throws(LogError) {
    try logErrors { try removeWhatIsNotWanted { !isUnwanted($0) } }
  }

  /// Keeps the heads that are wanted and can be read, and the parts that they name.
  private func removeWhatIsNotWanted(_ isWanted: (Head) -> Bool) throws {
    let kept = try all().filter(isWanted)
    let sequences = Set(kept.map(\.sequence))
    let numbers = Set(kept.flatMap { $0.parts.map(\.number) })
    let headKeys = try keys(of: heads)
    let partKeys = try keys(of: parts)
    let highest = partKeys.last.map { $0 >> Part.pieceBits } ?? 0
    nextNumber.withLock { $0 = max($0, highest + 1) }
    let unwantedHeads = headKeys.filter { !sequences.contains($0) }
    let unwantedParts = partKeys.filter { !numbers.contains($0 >> Part.pieceBits) }
    guard !unwantedHeads.isEmpty || !unwantedParts.isEmpty else { return }
    let transaction = try WriteTransaction(environment)
    for key in unwantedHeads { try transaction.remove(heads, key) }
    for key in unwantedParts { try transaction.remove(parts, key) }
    try transaction.commit()
  }

  private func keys(of table: Table) throws -> [UInt64] {
    let transaction = try ReadTransaction(environment)
    var cursor = try transaction.cursor(table)
    var keys: [UInt64] = []
    var move = Cursor.Move.first
    while let key = try cursor.move(move) {
      keys.append(key)
      move = .next
    }
    return keys
  }

  /// Bytes of the file that are in use or will be used again.
  public var usedByteCount: Int { environment.usage.usedBytes }
}

extension CheckpointStore.Part {
  static let pieceBits: UInt64 = 20
  func key(_ piece: UInt64) -> UInt64 { number << Self.pieceBits | piece }
}

extension CheckpointStore.Head {
  /// - Returns: nil when the value is not as it was written.
  init?(sequence: UInt64, value: UnsafeRawBufferPointer) {
    let end = value.count - 8
    guard end >= 8, end % 16 == 8,
      unsafe loadWord(value, end, UInt64.self)
        == Self.checksum(
          sequence, UnsafeRawBufferPointer(rebasing: value[..<end]))
    else { return nil }
    self.sequence = sequence
    version = unsafe loadWord(value, 0, UInt64.self)
    parts = stride(from: 8, to: end, by: 16).map { offset in
      unsafe CheckpointStore.Part(
        number: loadWord(value, offset, UInt64.self), mark: loadWord(value, offset + 8, UInt64.self))
    }
  }

  var value: [UInt8] {
    var words = [version]
    for part in parts { words += [part.number, part.mark] }
    unsafe words.append(words.withUnsafeBytes { unsafe Self.checksum(sequence, $0) })
    return unsafe words.withUnsafeBytes { unsafe Array($0) }
  }

  private static func checksum(_ sequence: UInt64, _ value: UnsafeRawBufferPointer) -> UInt64 {
    unsafe XXH64.hash(value) ^ sequence &* 0x9E37_79B9_7F4A_7C15
  }
}
