internal import LMDB

/// Writes the parts of one checkpoint, compressed, a transaction for every 16 MiB of them.
final class PartWriter {
  private let environment: Environment
  private let table: Table
  private let compressor = Compressor()
  private let room = Buffer(capacity: 16 + Compressor.bound(CheckpointStore.pieceByteCount))
  private static let commitByteCount = 16 << 20
  /// Keys and values that are not written yet.
  private var waiting: [(key: UInt64, value: [UInt8])] = []
  private var waitingByteCount = 0

  init(_ environment: Environment, _ table: Table) {
    self.environment = environment
    self.table = table
  }

  func write(_ bytes: [UInt8], of part: CheckpointStore.Part) throws {
    let size = CheckpointStore.pieceByteCount
    for piece in 0...(bytes.count / size) {
      let count = min(size, bytes.count - piece * size)
      unsafe bytes.withUnsafeBytes { bytes in
        unsafe add(
          UnsafeRawBufferPointer(rebasing: bytes[piece * size..<piece * size + count]), part.key(UInt64(piece)))
      }
      if waitingByteCount >= Self.commitByteCount { try commit() }
    }
  }

  private func add(_ bytes: UnsafeRawBufferPointer, _ key: UInt64) {
    unsafe room.start.storeBytes(of: key, as: UInt64.self)
    unsafe room.start.storeBytes(of: UInt64(bytes.count), toByteOffset: 8, as: UInt64.self)
    let count = unsafe compressor.compress(
      bytes, into: UnsafeMutableRawBufferPointer(start: room.start + 16, count: room.capacity - 16))
    let value = unsafe Array(UnsafeRawBufferPointer(start: room.start, count: 16 + count))
    waiting.append((key, value))
    waitingByteCount += value.count
  }

  private func commit() throws {
    let transaction = try WriteTransaction(environment)
    for (key, value) in waiting { try unsafe value.withUnsafeBytes { try unsafe transaction.put(table, key, $0) } }
    try transaction.commit()
    waiting.removeAll(keepingCapacity: true)
    waitingByteCount = 0
  }

  /// Writes what is left, then the head that makes it a checkpoint.
  func finish(_ heads: Table, _ head: CheckpointStore.Head) throws {
    try commit()
    let transaction = try WriteTransaction(environment)
    try unsafe head.value.withUnsafeBytes { try unsafe transaction.put(heads, head.sequence, $0) }
    try transaction.commit()
  }
}
