internal import LMDB

/// The right edge of the hash tiles from level 1 on: what the next complete frame's hash is added to.
///
/// Leaf hashes, level 0, are not stored: they are made again from their frame when they are asked for. The newest tile
/// of each level is kept unfinished, so that neither opening nor a reader has to work it out.
final class TreeEdge {
  private var levels: [Level] = []

  private struct Level {
    var hashes = Buffer(capacity: LogTables.tileByteCount)
    /// Complete hashes at this level since the log began.
    var count: UInt64 = 0
    var isChanged = false
  }

  static func key(level: Int, index: UInt64) -> UInt64 { UInt64(level) << 56 | index }

  /// Takes in the root over the leaves of the next frame, and puts the tiles that it completes.
  func add(
    _ root: TreeHash, _ transaction: borrowing WriteTransaction, _ tables: LogTables
  ) throws {
    try add(root, level: 1, transaction, tables)
  }

  /// Puts everything that has changed and is unfinished.
  func finishBatch(_ transaction: borrowing WriteTransaction, _ tables: LogTables) throws {
    for index in levels.indices where levels[index].isChanged { try put(index, transaction, tables) }
  }

  private func add(
    _ hash: TreeHash, level: Int, _ transaction: borrowing WriteTransaction, _ tables: LogTables
  ) throws {
    if levels.count < level { levels.append(Level()) }
    let place = Int(levels[level - 1].count % 256)
    unsafe hash.write(to: levels[level - 1].hashes.start + place * TreeHash.byteCount)
    levels[level - 1].count += 1
    levels[level - 1].isChanged = true
    if place < 255 { return }
    try put(level - 1, transaction, tables)
    try unsafe add(TreeHashing.root(levels[level - 1].hashes.start, count: 256), level: level + 1, transaction, tables)
  }

  private func put(_ index: Int, _ transaction: borrowing WriteTransaction, _ tables: LogTables) throws {
    let last = levels[index].count - 1
    let bytes = unsafe UnsafeRawBufferPointer(
      start: levels[index].hashes.start, count: Int(last % 256 + 1) * TreeHash.byteCount)
    try unsafe transaction.put(tables.tiles, Self.key(level: index + 1, index: last / 256), bytes)
    levels[index].isChanged = false
  }
}

extension TreeEdge {
  /// Reads the edge of a log with `frames` complete frames.
  func load(
    frames: UInt64, _ transaction: borrowing ReadTransaction, _ tables: LogTables
  ) throws {
    levels = []
    var count = frames
    while count > 0 {
      let level = Level(count: count)
      let inTile = Int(count % 256)
      if inTile > 0 {
        let key = Self.key(level: levels.count + 1, index: count / 256)
        try unsafe read(
          key, byteCount: inTile * TreeHash.byteCount, into: level.hashes.start, transaction, tables)
      }
      levels.append(level)
      count /= 256
    }
  }

  private func damage(_ key: UInt64, _ reason: String, _ transaction: borrowing ReadTransaction) -> LogError {
    .damaged(
      path: transaction.environment.dataFile, place: "hash tile \(key & ((1 << 56) - 1)) of level \(key >> 56)",
      reason: reason)
  }

  private func read(
    _ key: UInt64, byteCount: Int, into target: UnsafeMutableRawPointer,
    _ transaction: borrowing ReadTransaction, _ tables: LogTables
  ) throws {
    var cursor = try transaction.cursor(tables.tiles)
    guard try cursor.move(.exactly(key)) != nil else { throw damage(key, "it is missing", transaction) }
    try unsafe cursor.withValue { value in
      guard value.count == byteCount else {
        throw damage(key, "it has \(value.count) bytes and not \(byteCount)", transaction)
      }
      unsafe target.copyMemory(from: value.baseAddress!, byteCount: byteCount)
    }
  }
}
