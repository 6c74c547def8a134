internal import LMDB

/// Reads parts of checkpoints, in memory that is used again. For one thread.
public final class PartReader {
  private let environment: Environment
  private let tables: CheckpointTables
  private let decompressor = Decompressor()
  private var bytes: [UInt8] = []

  init(_ environment: Environment, _ tables: CheckpointTables) {
    self.environment = environment
    self.tables = tables
  }

  /// The bytes of a part. Their memory is used for the next part, unless somebody still has them then.
  public func read(_ part: CheckpointStore.Part) throws(LogError) -> [UInt8] {
    try logErrors {
      bytes.removeAll(keepingCapacity: true)
      let transaction = try ReadTransaction(environment)
      guard let list = try tables.list(ofPart: part.number, transaction) else {
        throw LogError.damaged(
          path: environment.dataFile, place: "part \(part.number)",
          reason: "the list of its pieces is missing or altered")
      }
      bytes.reserveCapacity(list.pieces.reduce(0) { $0 + $1.byteCount })
      var cursor = try transaction.cursor(tables.pieces)
      for piece in list.pieces { try read(piece, of: part, &cursor) }
      return bytes
    }
  }

  private func read(_ piece: PieceList.Piece, of part: CheckpointStore.Part, _ cursor: inout Cursor) throws {
    guard try cursor.move(.exactly(piece.number)) != nil else {
      throw LogError.damaged(
        path: environment.dataFile, place: "part \(part.number)", reason: "piece \(piece.number) is missing")
    }
    let start = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: piece.byteCount))
    try unsafe bytes.withUnsafeMutableBytes { target in
      try unsafe cursor.withValue { value in
        try unsafe decompressor.expand(piece, value, into: UnsafeMutableRawBufferPointer(rebasing: target[start...]))
      }
    }
  }
}

extension Decompressor {
  /// Fills `target` with a piece's bytes.
  func expand(
    _ piece: PieceList.Piece, _ value: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) throws(FrameDamage) {
    guard value.count >= 8, unsafe loadWord(value, 0, UInt64.self) == piece.number else {
      throw FrameDamage(reason: "a piece is not the one that its key says")
    }
    try unsafe decompress(UnsafeRawBufferPointer(rebasing: value[8...]), into: target)
  }
}
