internal import LMDB

/// Reads hashes of the tree at one transaction's moment.
struct TreeReading {
  let log: EventLog

  /// The root over the first `size` leaves, which must be there.
  func root(size: UInt64, _ transaction: borrowing ReadTransaction) throws -> TreeHash {
    var root: TreeHash?
    let frameCount = size / UInt64(FrameHeader.recordsPerFrame)
    let rest = Int(size % UInt64(FrameHeader.recordsPerFrame))
    if rest > 0 { root = try subtree(level: 0, index: frameCount, first: 0, count: rest, transaction) }
    // The frames' roots are a row of perfect subtrees, larger ones to the left; they are folded from the right.
    var end = frameCount
    while end > 0 {
      let power = end.trailingZeroBitCount
      end -= 1 << UInt64(power)
      let left = try perfectRoot(power: power, first: end, transaction)
      root = root.map { TreeHashing.parent(left, $0) } ?? left
    }
    return root ?? .empty
  }

  /// The root over the 2^`power` frames from frame `first` on.
  private func perfectRoot(
    power: Int, first: UInt64, _ transaction: borrowing ReadTransaction
  ) throws -> TreeHash {
    let level = power / 8
    let entry = first >> UInt64(8 * level)
    return try subtree(
      level: level + 1, index: entry / 256, first: Int(entry % 256), count: 1 << (power % 8), transaction)
  }

  /// The root over hashes `first ..< first + count` of a tile.
  private func subtree(
    level: Int, index: UInt64, first: Int, count: Int, _ transaction: borrowing ReadTransaction
  ) throws -> TreeHash {
    try unsafe withUnsafeTemporaryAllocation(byteCount: count * TreeHash.byteCount, alignment: 32) { hashes in
      let start = hashes.baseAddress!
      try unsafe read(level: level, index: index, first: first, count: count, into: start, transaction)
      return unsafe TreeHashing.root(start, count: count)
    }
  }

  /// Copies hashes `first ..< first + count` of a tile, which must be there.
  func read(
    level: Int, index: UInt64, first: Int, count: Int, into target: UnsafeMutableRawPointer,
    _ transaction: borrowing ReadTransaction
  ) throws {
    if try unsafe readStored(level: level, index: index, first: first, count: count, into: target, transaction) {
      return
    }
    guard level == 0 else { throw missing(level, index) }
    try unsafe hashFrame(index, first: first, count: count, into: target, transaction)
  }

  /// Copies hashes of a tile that is stored.
  /// - Returns: false when it is not, or not that far.
  func readStored(
    level: Int, index: UInt64, first: Int, count: Int, into target: UnsafeMutableRawPointer,
    _ transaction: borrowing ReadTransaction
  ) throws -> Bool {
    var cursor = try transaction.cursor(log.tables.tiles)
    let wanted = TreeEdge.key(level: level, index: index)
    guard let key = try cursor.move(.notAbove(wanted)), wanted - key < UInt64(LogTables.tilesPerValue) else {
      return false
    }
    let inValue = Int(wanted - key) * LogTables.tileByteCount + first * TreeHash.byteCount
    return unsafe cursor.withValue { value in
      if value.count < inValue + count * TreeHash.byteCount { return false }
      unsafe target.copyMemory(from: value.baseAddress! + inValue, byteCount: count * TreeHash.byteCount)
      return true
    }
  }

  /// A frame's leaves are not stored: they are hashed when they are asked for.
  private func hashFrame(
    _ index: UInt64, first: Int, count: Int, into target: UnsafeMutableRawPointer,
    _ transaction: borrowing ReadTransaction
  ) throws {
    let sequence = index * UInt64(FrameHeader.recordsPerFrame) + 1
    try log.decoders.withDecoder(holding: sequence + UInt64(first + count - 1)) { decoder in
      if !decoder.holds(sequence + UInt64(first + count - 1)) {
        try log.decode(sequence, transaction, decoder)
        guard decoder.holds(sequence + UInt64(first + count - 1)) else { throw missing(0, index) }
      }
      unsafe TreeHashing.leaves(
        decoder.bundle.start, offsets: decoder.recordOffsets[first..<first + count], into: target)
    }
  }

  private func missing(_ level: Int, _ index: UInt64) -> LogError {
    .damaged(
      path: log.environment.dataFile, place: "hash tile \(index) of level \(level)", reason: "it is missing")
  }
}

extension Buffer {
  /// Where each record of the entry bundle in this buffer begins.
  func addRecordOffsets(byteCount: Int, to offsets: inout [UInt32]) {
    offsets.reserveCapacity(FrameHeader.recordsPerFrame)
    var offset = 0
    while offset < byteCount {
      offsets.append(UInt32(offset))
      unsafe offset += 2 + Int(UInt16(bigEndian: start.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
    }
  }
}
