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

  // Of the part at hand.
  /// The earlier part's pieces by their hashes.
  private var known: [UInt64: PieceList.Piece] = [:]
  private var list = PieceList()
  /// What is not cut yet: a piece's end is known when as much is there as the longest has.
  private var uncut: [UInt8] = []
  /// So much at a time, since what is left, less than the longest piece, moves to the front.
  private static let cutByteCount = 1 << 20
  private var failure: (any Error)?

  init(_ environment: Environment, _ tables: CheckpointTables, takeNumber: @escaping () -> UInt64) {
    self.environment = environment
    self.tables = tables
    self.takeNumber = takeNumber
  }

  /// Writes what `produce` hands over, stretch by stretch.
  /// - Parameter previous: an earlier part with much the same bytes.
  func write(
    _ part: CheckpointStore.Part, like previous: CheckpointStore.Part?,
    _ produce: (_ add: @escaping (_ stretch: RawSpan) -> Void) -> Void
  ) throws {
    known = try previous.map { try pieces(of: $0) } ?? [:]
    list = PieceList()
    uncut.removeAll(keepingCapacity: true)
    produce { [self] stretch in take(stretch) }
    if let failure { throw failure }
    try cut(isEnd: true)
    add(list.value(ofPart: part.number), at: part.number, of: tables.parts)
  }

  /// Nothing more once something went wrong: who hands over the bytes cannot be told.
  private func take(_ stretch: RawSpan) {
    guard failure == nil else { return }
    do {
      try unsafe stretch.withUnsafeBytes { stretch in
        var rest = unsafe stretch[...]
        while unsafe !rest.isEmpty {
          let room = Self.cutByteCount - uncut.count
          unsafe uncut.append(contentsOf: rest.prefix(room))
          unsafe rest = rest.dropFirst(room)
          if uncut.count == Self.cutByteCount { try cut(isEnd: false) }
        }
      }
    } catch {
      failure = error
    }
  }

  /// Writes the pieces whose end is known.
  private func cut(isEnd: Bool) throws {
    let count = try unsafe uncut.withUnsafeBytes { bytes in
      var rest = unsafe bytes[...]
      while unsafe rest.count >= (isEnd ? 1 : PieceCutter.most) {
        let length = unsafe PieceCutter.length(UnsafeRawBufferPointer(rebasing: rest))
        let content = unsafe UnsafeRawBufferPointer(rebasing: rest.prefix(length))
        let hash = unsafe XXH64.hash(content)
        if let piece = known[hash], try unsafe isSame(piece, content) {
          list.pieces.append(piece)
        } else {
          list.pieces.append(unsafe add(content, hash))
        }
        if waitingByteCount >= Self.commitByteCount { try commit() }
        unsafe rest = rest.dropFirst(length)
      }
      return unsafe rest.startIndex
    }
    uncut.removeFirst(count)
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
