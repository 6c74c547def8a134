internal import LMDB

/// The right edge of the hash tiles: what the next complete frame's leaf hashes are added to.
///
/// Level 0 has complete tiles only, since the unfinished frame's leaves are hashed when it is complete; the higher
/// levels' newest tiles are kept unfinished, so that neither opening nor a reader has to work them out.
@safe
final class TreeEdge {
  private let group = Buffer(capacity: LogTables.tilesPerValue * LogTables.tileByteCount)
  private var tileCount: UInt64 = 0
  /// Tiles of the newest group that are stored, and under which keys: each batch stores its own, until the group is whole.
  private var storedCount = 0
  private var storedKeys: [UInt64] = []
  private var upper: [Level] = []

  private struct Level {
    var hashes = Buffer(capacity: LogTables.tileByteCount)
    /// Complete hashes at this level since the log began.
    var count: UInt64 = 0
    var isChanged = false
  }

  static func key(level: Int, index: UInt64) -> UInt64 { UInt64(level) << 56 | index }

  /// Where the next tile's 256 leaf hashes are to be written.
  var nextTile: UnsafeMutableRawPointer {
    unsafe group.start + Int(tileCount % UInt64(LogTables.tilesPerValue)) * LogTables.tileByteCount
  }

  /// Takes in the tile written at ``nextTile`` and puts what became complete.
  func addTile(_ transaction: borrowing WriteTransaction, _ tables: LogTables) throws {
    let root = unsafe TreeHashing.root(nextTile, count: 256)
    tileCount += 1
    if tileCount.isMultiple(of: UInt64(LogTables.tilesPerValue)) { try closeGroup(transaction, tables) }
    try add(root, level: 1, transaction, tables)
  }

  /// Puts everything that has changed and is unfinished.
  func finishBatch(_ transaction: borrowing WriteTransaction, _ tables: LogTables) throws {
    try putPiece(transaction, tables)
    for level in upper.indices where upper[level].isChanged {
      try putUpper(level + 1, transaction, tables)
      upper[level].isChanged = false
    }
  }

  private func add(
    _ hash: TreeHash, level: Int, _ transaction: borrowing WriteTransaction, _ tables: LogTables
  ) throws {
    if upper.count < level { upper.append(Level()) }
    let place = Int(upper[level - 1].count % 256)
    unsafe hash.write(to: upper[level - 1].hashes.start + place * TreeHash.byteCount)
    upper[level - 1].count += 1
    upper[level - 1].isChanged = true
    if place < 255 { return }
    try putUpper(level, transaction, tables)
    upper[level - 1].isChanged = false
    try unsafe add(TreeHashing.root(upper[level - 1].hashes.start, count: 256), level: level + 1, transaction, tables)
  }

  /// Stores the tiles of this batch that do not fill a group.
  private func putPiece(_ transaction: borrowing WriteTransaction, _ tables: LogTables) throws {
    let count = Int(tileCount % UInt64(LogTables.tilesPerValue))
    if count == storedCount { return }
    let key = Self.key(level: 0, index: tileCount - UInt64(count - storedCount))
    let bytes = unsafe UnsafeRawBufferPointer(
      start: group.start + storedCount * LogTables.tileByteCount, count: (count - storedCount) * LogTables.tileByteCount
    )
    try unsafe transaction.put(tables.tiles, key, bytes)
    storedKeys.append(key)
    storedCount = count
  }

  /// Stores the group, now whole, in place of its pieces.
  private func closeGroup(_ transaction: borrowing WriteTransaction, _ tables: LogTables) throws {
    for key in storedKeys.dropFirst() { try transaction.remove(tables.tiles, key) }
    let bytes = unsafe UnsafeRawBufferPointer(
      start: group.start, count: LogTables.tilesPerValue * LogTables.tileByteCount)
    let first = Self.key(level: 0, index: tileCount - UInt64(LogTables.tilesPerValue))
    try unsafe transaction.put(tables.tiles, first, bytes)
    storedKeys.removeAll(keepingCapacity: true)
    storedCount = 0
  }

  private func putUpper(
    _ level: Int, _ transaction: borrowing WriteTransaction, _ tables: LogTables
  ) throws {
    let last = upper[level - 1].count - 1
    let bytes = unsafe UnsafeRawBufferPointer(
      start: upper[level - 1].hashes.start, count: Int(last % 256 + 1) * TreeHash.byteCount)
    try unsafe transaction.put(tables.tiles, Self.key(level: level, index: last / 256), bytes)
  }
}

extension TreeEdge {
  /// Reads the edge of a log with `frames` complete frames.
  func load(
    frames: UInt64, _ transaction: borrowing ReadTransaction, _ tables: LogTables
  ) throws {
    tileCount = frames
    upper = []
    try loadGroup(transaction, tables)
    var count = frames
    while count > 0 {
      let level = Level(count: count)
      let inTile = Int(count % 256)
      if inTile > 0 {
        let key = Self.key(level: upper.count + 1, index: count / 256)
        try unsafe read(
          key, byteCount: inTile * TreeHash.byteCount, into: level.hashes.start, transaction, tables)
      }
      upper.append(level)
      count /= 256
    }
  }

  private func loadGroup(_ transaction: borrowing ReadTransaction, _ tables: LogTables) throws {
    let count = Int(tileCount % UInt64(LogTables.tilesPerValue))
    let first = tileCount - UInt64(count)
    storedKeys.removeAll(keepingCapacity: true)
    storedCount = 0
    var cursor = try transaction.cursor(tables.tiles)
    while storedCount < count {
      let key = Self.key(level: 0, index: first + UInt64(storedCount))
      guard try cursor.move(.exactly(key)) != nil else { throw damage(key, "it is missing", transaction) }
      try unsafe cursor.withValue { value in
        let tiles = value.count / LogTables.tileByteCount
        guard tiles > 0, value.count == tiles * LogTables.tileByteCount, storedCount + tiles <= count else {
          throw damage(key, "it has \(value.count) bytes", transaction)
        }
        unsafe (group.start + storedCount * LogTables.tileByteCount).copyMemory(
          from: value.baseAddress!, byteCount: value.count)
        storedCount += tiles
      }
      storedKeys.append(key)
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
