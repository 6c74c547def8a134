internal import LMDB

/// Reads parts of checkpoints, in memory that is used again. For one thread.
public final class PartReader {
  private let environment: Environment
  private let table: Table
  private let decompressor = Decompressor()
  private var bytes: [UInt8] = []

  init(_ environment: Environment, _ table: Table) {
    self.environment = environment
    self.table = table
  }

  /// The bytes of a part. Their memory is used for the next part, unless somebody still has them then.
  public func read(_ part: CheckpointStore.Part) throws(LogError) -> [UInt8] {
    try logErrors {
      bytes.removeAll(keepingCapacity: true)
      let transaction = try ReadTransaction(environment)
      var cursor = try transaction.cursor(table)
      for piece in UInt64(0)... {
        guard try cursor.move(.exactly(part.key(piece))) != nil else { throw missing(piece, of: part) }
        let count = try unsafe cursor.withValue { value in try unsafe expand(value, of: part.key(piece)) }
        if count < CheckpointStore.pieceByteCount { break }
      }
      return bytes
    }
  }

  /// Appends the bytes of one piece; returns how many they are.
  private func expand(_ value: UnsafeRawBufferPointer, of key: UInt64) throws -> Int {
    guard value.count >= 16, unsafe loadWord(value, 0, UInt64.self) == key,
      let count = unsafe Int(exactly: loadWord(value, 8, UInt64.self)), count <= CheckpointStore.pieceByteCount
    else { throw FrameDamage(reason: "a piece is not the one that its key says") }
    let start = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: count))
    try unsafe bytes.withUnsafeMutableBytes { target in
      try unsafe decompressor.decompress(
        UnsafeRawBufferPointer(rebasing: value[16...]), into: UnsafeMutableRawBufferPointer(rebasing: target[start...]))
    }
    return count
  }

  private func missing(_ piece: UInt64, of part: CheckpointStore.Part) -> LogError {
    .damaged(path: environment.dataFile, place: "part \(part.number)", reason: "piece \(piece) is missing")
  }
}
