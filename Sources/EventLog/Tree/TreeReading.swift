internal import LMDB

/// Reads hashes of the tree at one transaction's moment.
struct TreeReading {
  let reading: FrameReading

  /// The root over the first `size` leaves, which must be there.
  func root(size: UInt64, _ transaction: borrowing ReadTransaction) throws -> TreeHash {
    var root: TreeHash?
    var end = size
    // The tree is a row of perfect subtrees, larger ones to the left; they are folded from the right.
    while end > 0 {
      let power = end.trailingZeroBitCount
      end -= 1 << UInt64(power)
      let subtree = try perfectRoot(power: power, first: end, transaction)
      root = root.map { TreeHashing.parent(subtree, $0) } ?? subtree
    }
    return root ?? .empty
  }

  /// The root over the 2^`power` leaves from leaf `first` on.
  private func perfectRoot(
    power: Int, first: UInt64, _ transaction: borrowing ReadTransaction
  ) throws -> TreeHash {
    let level = power / 8
    let count = 1 << (power % 8)
    let entry = first >> UInt64(8 * level)
    var hashes = [UInt8](repeating: 0, count: count * TreeHash.byteCount)
    return try unsafe hashes.withUnsafeMutableBytes { bytes in
      let start = bytes.baseAddress!
      try unsafe read(
        level: level, index: entry / 256, first: Int(entry % 256), count: count, into: start, transaction)
      return unsafe TreeHashing.root(start, count: count)
    }
  }

  /// Copies hashes `first ..< first + count` of a tile, which must be there.
  func read(
    level: Int, index: UInt64, first: Int, count: Int, into target: UnsafeMutableRawPointer,
    _ transaction: borrowing ReadTransaction
  ) throws {
    var cursor = try transaction.cursor(reading.tables.tiles)
    let wanted = TreeEdge.key(level: level, index: index)
    if let key = try cursor.move(.notAbove(wanted)), wanted - key < UInt64(LogTables.tilesPerValue) {
      let inValue = Int(wanted - key) * LogTables.tileByteCount + first * TreeHash.byteCount
      let isThere = unsafe cursor.withValue { value in
        if value.count < inValue + count * TreeHash.byteCount { return false }
        unsafe target.copyMemory(from: value.baseAddress! + inValue, byteCount: count * TreeHash.byteCount)
        return true
      }
      if isThere { return }
    }
    guard level == 0 else { throw missing(level, index) }
    try unsafe hashTail(index, first: first, count: count, into: target, transaction)
  }

  /// The unfinished frame's leaves are hashed when they are asked for.
  private func hashTail(
    _ index: UInt64, first: Int, count: Int, into target: UnsafeMutableRawPointer,
    _ transaction: borrowing ReadTransaction
  ) throws {
    let bundle = Buffer(capacity: 256 << 10)
    let sequence = index * UInt64(FrameHeader.recordsPerFrame) + 1
    var tail = try transaction.cursor(reading.tables.tail)
    guard try tail.move(.first) == sequence,
      let header = try reading.tail(of: sequence, transaction, into: bundle), header.count >= first + count
    else { throw missing(0, index) }
    let offsets = bundle.recordOffsets(byteCount: header.byteCount)
    unsafe TreeHashing.leaves(bundle.start, offsets: Array(offsets[first..<first + count]), into: target)
  }

  private func missing(_ level: Int, _ index: UInt64) -> LogError {
    .damaged(
      path: reading.environment.dataFile, place: "hash tile \(index) of level \(level)", reason: "it is missing")
  }
}

extension Buffer {
  /// Where each record of the entry bundle in this buffer begins.
  func recordOffsets(byteCount: Int) -> [UInt32] {
    var offsets: [UInt32] = []
    offsets.reserveCapacity(FrameHeader.recordsPerFrame)
    let bytes = unsafe UnsafeRawBufferPointer(start: start, count: byteCount)
    var offset = 0
    while offset < byteCount {
      offsets.append(UInt32(offset))
      unsafe offset += 2 + (Int(bytes[offset]) << 8 | Int(bytes[offset + 1]))
    }
    return offsets
  }
}
