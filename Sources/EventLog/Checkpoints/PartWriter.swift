internal import Glibc
internal import LMDB

/// Writes the parts of one checkpoint, cut into pieces and compressed, a transaction for every 16 MiB of them. A piece that the
/// part had before is not written again.
final class PartWriter {
  private let environment: Environment
  private let tables: CheckpointTables
  private let takeNumber: () -> UInt64
  private let compressor = Compressor()
  private let decompressor = Decompressor()
  private let room = Buffer(capacity: 8 + Compressor.bound(PieceCutter.most))
  private let earlier = Buffer(capacity: PieceCutter.most)
  private static let commitByteCount = 16 << 20
  /// What is not written yet.
  private var waiting: [(table: Table, key: UInt64, value: [UInt8])] = []
  private var waitingByteCount = 0

  init(_ environment: Environment, _ tables: CheckpointTables, takeNumber: @escaping () -> UInt64) {
    self.environment = environment
    self.tables = tables
    self.takeNumber = takeNumber
  }

  /// - Parameter previous: an earlier part with much the same bytes.
  func write(_ bytes: [UInt8], of part: CheckpointStore.Part, like previous: CheckpointStore.Part?) throws {
    let known = try previous.map { try pieces(of: $0) } ?? [:]
    var list = PieceList()
    try unsafe bytes.withUnsafeBytes { bytes in
      for range in unsafe PieceCutter.pieces(of: bytes) {
        let content = unsafe UnsafeRawBufferPointer(rebasing: bytes[range])
        let hash = unsafe XXH64.hash(content)
        if let piece = known[hash], try unsafe isSame(piece, content) {
          list.pieces.append(piece)
        } else {
          list.pieces.append(unsafe add(content, hash))
        }
        if waitingByteCount >= Self.commitByteCount { try commit() }
      }
    }
    add(list.value(ofPart: part.number), at: part.number, of: tables.parts)
  }

  /// The pieces of a part by their hashes; none where it cannot be read.
  private func pieces(of part: CheckpointStore.Part) throws -> [UInt64: PieceList.Piece] {
    let list = try tables.list(ofPart: part.number, ReadTransaction(environment)) ?? PieceList()
    return Dictionary(list.pieces.map { ($0.hash, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Whether a piece that is stored has these bytes; one that cannot be read has not.
  private func isSame(_ piece: PieceList.Piece, _ content: UnsafeRawBufferPointer) throws -> Bool {
    guard piece.byteCount == content.count else { return false }
    let transaction = try ReadTransaction(environment)
    var cursor = try transaction.cursor(tables.pieces)
    guard try cursor.move(.exactly(piece.number)) != nil else { return false }
    let target = unsafe UnsafeMutableRawBufferPointer(start: earlier.start, count: piece.byteCount)
    do {
      try unsafe cursor.withValue { try unsafe decompressor.expand(piece, $0, into: target) }
    } catch {
      return false
    }
    return unsafe memcmp(earlier.start, content.baseAddress!, content.count) == 0
  }

  private func add(_ content: UnsafeRawBufferPointer, _ hash: UInt64) -> PieceList.Piece {
    let number = takeNumber()
    unsafe room.start.storeBytes(of: number, as: UInt64.self)
    let count = unsafe compressor.compress(
      content, into: UnsafeMutableRawBufferPointer(start: room.start + 8, count: room.capacity - 8))
    add(unsafe Array(UnsafeRawBufferPointer(start: room.start, count: 8 + count)), at: number, of: tables.pieces)
    return PieceList.Piece(number: number, hash: hash, byteCount: content.count, storedByteCount: 8 + count)
  }

  private func add(_ value: [UInt8], at key: UInt64, of table: Table) {
    waiting.append((table, key, value))
    waitingByteCount += value.count
  }

  private func commit() throws {
    let transaction = try WriteTransaction(environment)
    for (table, key, value) in waiting {
      try unsafe value.withUnsafeBytes { try unsafe transaction.put(table, key, $0) }
    }
    try transaction.commit()
    waiting.removeAll(keepingCapacity: true)
    waitingByteCount = 0
  }

  /// Writes what is left, then the head that makes it a checkpoint.
  func finish(_ head: CheckpointStore.Head) throws {
    try commit()
    let transaction = try WriteTransaction(environment)
    try unsafe head.value.withUnsafeBytes { try unsafe transaction.put(tables.heads, head.sequence, $0) }
    try transaction.commit()
  }
}
