internal import Glibc
internal import LMDB
internal import Synchronization

/// What can be made again from the log, kept so that it need not be: values that a caller computed from the log up to a
/// sequence, in parts. It lies in `checkpoints/` of the data folder, an LMDB environment of its own, and may be removed at
/// any time while nobody has it open. It belongs to one log, and is emptied when it meets another.
///
/// Tables, with keys in the machine's byte order; a checksum is XXH64, seed 0, of what stands before it in the value, XOR
/// the key times 0x9E3779B97F4A7C15:
///
/// - `meta`: key 1, 24 bytes: u64 format version, then the 16 random bytes of the log.
/// - `heads`: key = sequence; value: u64 version of the caller, for each part u64 number, u64 mark, and a checksum.
/// - `kept`: key = sequence; value: see ``Kept``.
/// - `parts`: key = number of the part; value: for each of its pieces u64 number, u64 XXH64 of its bytes, u64 their count,
///   and a checksum.
/// - `pieces`: key = number of the piece; value: u64 key, and a zstd frame with checksum.
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

  static let formatVersion: UInt64 = 2
  private static let formatKey: UInt64 = 1

  let environment: Environment
  let tables: CheckpointTables
  /// Of parts and pieces.
  private let nextNumber = Mutex<UInt64>(1)
  /// Whether there may be pieces that no checkpoint names, of one that failed.
  private let isUntidy = Mutex(false)

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

  /// - Parameter mostByteCount: more than this is refused, as by a full disk, unless a quarter of it is there already; nil for as
  ///   many as there is room for.
  init(_ path: String, _ log: EventLog, mostByteCount: Int? = nil) throws {
    if unsafe mkdir(path, 0o750) != 0, errno != EEXIST {
      throw LMDBError(operation: "mkdir", code: errno, path: path)
    }
    var options = Environment.Options()
    options.durability = .lastCommitMayBeLost
    if let mostByteCount { options.leastMapSize = mostByteCount }
    environment = try Environment(path: path, options: options)
    let transaction = try WriteTransaction(environment)
    tables = try CheckpointTables(transaction)
    try claim(transaction, for: log.tables.identity(log.environment))
    try transaction.commit()
    try nextNumber.withLock { $0 = try highestNumber() + 1 }
    try removeAllBut(
      heads: readAll().filter { $0.sequence <= log.lastSequence },
      kept: readKept().filter { $0.sequence <= log.lastSequence })
  }

  private static func remove(_ path: String) throws {
    for name in try LogFolder.names(in: path) ?? [] where unsafe unlink(path + "/" + name) != 0 {
      throw LMDBError(operation: "unlink", code: errno, path: path + "/" + name)
    }
  }

  /// Empties the store unless it is of this log and format.
  private func claim(_ transaction: borrowing WriteTransaction, for identity: [UInt8]) throws {
    let own = unsafe withUnsafeBytes(of: Self.formatVersion) { unsafe Array($0) } + identity
    var cursor = try transaction.cursor(tables.meta)
    if try cursor.move(.exactly(Self.formatKey)) != nil, unsafe cursor.withValue({ unsafe $0.elementsEqual(own) }) {
      return
    }
    for table in tables.all { try transaction.removeAll(table) }
    try unsafe own.withUnsafeBytes { try unsafe transaction.put(tables.meta, Self.formatKey, $0) }
  }

  // MARK: Reading

  /// The checkpoints there are, by sequence.
  public func all() throws(LogError) -> [Head] { try logErrors { try readAll() } }

  func readAll() throws -> [Head] {
    try unsafe values(of: tables.heads) { unsafe Head(sequence: $0, value: $1) }
  }

  /// What `read` makes of a table's keys and values, where it can.
  func values<Value>(of table: Table, _ read: (UInt64, UnsafeRawBufferPointer) -> Value?) throws -> [Value] {
    let transaction = try ReadTransaction(environment)
    var cursor = try transaction.cursor(table)
    var found: [Value] = []
    var move = Cursor.Move.first
    while let key = try cursor.move(move) {
      if let value = unsafe cursor.withValue({ unsafe read(key, $0) }) { found.append(value) }
      move = .next
    }
    return found
  }

  /// The bytes of a part.
  public func read(_ part: Part) throws(LogError) -> [UInt8] { try makeReader().read(part) }

  /// Reads parts one after the other. For one thread; each that reads has its own.
  public func makeReader() -> PartReader { PartReader(environment, tables) }

  // MARK: Writing

  /// Writes one checkpoint, in place of one of the same sequence. `produce` is asked for each part in order: an earlier part
  /// that is still true, or new bytes.
  ///
  /// Bytes are written while it goes on, in transactions of 16 MiB, so memory holds that and a stretch of a part; the head comes last.
  /// What was written of one that fails is removed, at once or, when the disk has no room for that either, before the next one, which
  /// is written in its place.
  @discardableResult
  public func write(
    sequence: UInt64, version: UInt64, partCount: Int, _ produce: (_ index: Int) throws -> NewPart
  ) throws(LogError) -> Head {
    try logErrors {
      try tidyUp()
      do {
        return try writeParts(sequence: sequence, version: version, partCount: partCount, produce)
      } catch {
        isUntidy.withLock { $0 = true }
        try? tidyUp()
        throw error
      }
    }
  }

  private func writeParts(
    sequence: UInt64, version: UInt64, partCount: Int, _ produce: (_ index: Int) throws -> NewPart
  ) throws -> Head {
    let writing = PartWriter(environment, tables, takeNumber: takeNumber)
    var listed: [Part] = []
    listed.reserveCapacity(partCount)
    for index in 0..<partCount {
      switch try produce(index) {
      case .unchanged(let part): listed.append(part)
      case .stretches(let mark, let previous, let produce):
        let part = Part(number: takeNumber(), mark: mark)
        try writing.write(part, like: previous, produce)
        listed.append(part)
      }
    }
    let head = Head(sequence: sequence, version: version, parts: listed)
    try writing.finish(head)
    return head
  }

  /// Removes what a checkpoint that failed has left.
  private func tidyUp() throws {
    guard isUntidy.withLock({ $0 }) else { return }
    try removeAllBut(heads: readAll(), kept: readKept())
    isUntidy.withLock { $0 = false }
  }

  public enum NewPart {
    case unchanged(Part)
    /// - Parameters:
    ///   - like: an earlier part that has much of the same; what is the same is not written again.
    ///   - produce: hands the bytes to `add`, one stretch after the other; each is lent to it.
    case stretches(
      mark: UInt64, like: Part?, _ produce: (_ add: @escaping (_ stretch: RawSpan) -> Void) -> Void)

    /// All bytes in one stretch.
    public static func bytes(_ bytes: [UInt8], mark: UInt64, like previous: Part?) -> NewPart {
      .stretches(mark: mark, like: previous) { add in unsafe add(bytes.span.bytes) }
    }
  }

  private func highestNumber() throws -> UInt64 {
    let transaction = try ReadTransaction(environment)
    var parts = try transaction.cursor(tables.parts)
    var pieces = try transaction.cursor(tables.pieces)
    return max(try parts.move(.last) ?? 0, try pieces.move(.last) ?? 0)
  }

  private func takeNumber() -> UInt64 {
    nextNumber.withLock { next in
      defer { next += 1 }
      return next
    }
  }

  /// Removes checkpoints, and the parts that only they had.
  public func removeAll(where isUnwanted: (Head) -> Bool) throws(LogError) {
    try logErrors { try removeAllBut(heads: readAll().filter { !isUnwanted($0) }, kept: readKept()) }
  }

  /// Keeps these, the parts that they name and the pieces of those.
  func removeAllBut(heads: [Head], kept: [Kept]) throws {
    let parts = Set(heads.flatMap { $0.parts.map(\.number) } + kept.flatMap { $0.allParts.map(\.number) })
    let lists = try unsafe values(of: tables.parts) { number, value in
      unsafe parts.contains(number) ? PieceList(ofPart: number, value: value) : nil
    }
    let unwanted = [
      (tables.heads, try keys(of: tables.heads, but: Set(heads.map(\.sequence)))),
      (tables.kept, try keys(of: tables.kept, but: Set(kept.map(\.sequence)))),
      (tables.parts, try keys(of: tables.parts, but: parts)),
      (tables.pieces, try keys(of: tables.pieces, but: Set(lists.flatMap { $0.pieces.map(\.number) }))),
    ]
    guard unwanted.contains(where: { !$0.1.isEmpty }) else { return }
    let transaction = try WriteTransaction(environment)
    for (table, keys) in unwanted { for key in keys { try transaction.remove(table, key) } }
    try transaction.commit()
  }

  private func keys(of table: Table, but wanted: Set<UInt64>) throws -> [UInt64] {
    try unsafe values(of: table) { key, _ in wanted.contains(key) ? nil : key }
  }

  /// Bytes of the file that are in use or will be used again.
  public var usedByteCount: Int { environment.usage.usedBytes }
}

extension CheckpointStore.Head {
  /// - Returns: nil when the value is not as it was written.
  init?(sequence: UInt64, value: UnsafeRawBufferPointer) {
    guard let words = unsafe CheckedWords.read(value, key: sequence), words.count % 2 == 1 else { return nil }
    self.sequence = sequence
    version = words[0]
    parts = stride(from: 1, to: words.count, by: 2).map { place in
      CheckpointStore.Part(number: words[place], mark: words[place + 1])
    }
  }

  var value: [UInt8] { CheckedWords.value([version] + parts.flatMap { [$0.number, $0.mark] }, key: sequence) }
}
