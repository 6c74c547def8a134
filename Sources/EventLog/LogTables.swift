internal import LMDB

/// The tables of the log's environment.
///
/// - `meta`: key 1, 16 bytes: the text `waybill\0`, u32 format version, u32 0x01020304, both as the machine has them.
///   Key 2, 16 bytes: a random name of this log. LMDB's integer keys are in the machine's byte order, so a file does not move between machines of different order.
/// - `frames`: key = the first sequence of the first frame in the value; value = complete frames, one behind the other
///   (``FrameHeader``), together at most 128 KiB if there is more than one. The newest lie in smaller values, one a batch,
///   until the next frame would not fit: then they become one.
/// - `tail`: the newest, unfinished frame in the pieces it was appended in. Key = first sequence of the piece; value = a
///   header and the bare entry bundle.
/// - `tiles`: hash tiles. Key = level << 56 | index of the first tile in the value. From level 1 on: one tile, the newest
///   of each level unfinished. Level 0, the leaf hashes of a frame, only where they cannot be made again from it: 1 to 16
///   tiles a value, and they win over those that the frame would give. Format 1 stored them all.
struct LogTables {
  let meta: Table
  let frames: Table
  let tail: Table
  let tiles: Table

  /// 1 stored the leaf hashes of every complete frame; 2 makes them again from the frame; 3 packs a frame's records. What earlier
  /// versions stored is used as it is.
  static let formatVersion: UInt32 = 3
  private static let readVersions: ClosedRange<UInt32> = 1...3
  static let formatKey: UInt64 = 1
  static let identityKey: UInt64 = 2
  static let formatByteCount = 16
  static let byteOrderMark: UInt32 = 0x0102_0304
  static let tilesPerValue = 16
  static let tileByteCount = 256 * TreeHash.byteCount
  /// Sixteen bytes are LMDB's page header short of 128 KiB, so that a value fills its pages.
  static let frameValueByteCount = (128 << 10) - 16

  /// Opens the tables of a log, and makes them when the environment is new.
  static func openForWriting(_ environment: Environment) throws -> LogTables {
    let transaction = try WriteTransaction(environment)
    let tables = try LogTables(
      meta: transaction.openTable("meta", integerKeys: true),
      frames: transaction.openTable("frames", integerKeys: true),
      tail: transaction.openTable("tail", integerKeys: true),
      tiles: transaction.openTable("tiles", integerKeys: true))
    if let format = try format(transaction.cursor(tables.meta)) {
      let version = try check(format, environment.path)
      // An older program would miss the hashes that are no longer stored, and cannot read packed frames.
      if version != formatVersion {
        try unsafe transaction.put(tables.meta, formatKey, byteCount: formatByteCount, writeFormat)
      }
    } else {
      guard try transaction.statistics(tables.frames).entries == 0 else {
        throw LogError.unknownFormat(path: environment.path, found: "no format version")
      }
      try unsafe transaction.put(tables.meta, formatKey, byteCount: formatByteCount, writeFormat)
      try unsafe transaction.put(tables.meta, identityKey, byteCount: 16) { target in
        unsafe target.storeBytes(of: UInt64.random(in: 0 ... .max), as: UInt64.self)
        unsafe target.storeBytes(of: UInt64.random(in: 0 ... .max), toByteOffset: 8, as: UInt64.self)
      }
    }
    try transaction.commit()
    return tables
  }

  /// Opens the tables of a log that is there.
  static func openForReading(_ environment: Environment) throws -> LogTables {
    func table(_ name: String) throws -> Table {
      if let table = try environment.openTable(name, integerKeys: true) { return table }
      throw LogError.unknownFormat(path: environment.path, found: "no table \(name)")
    }
    let tables = try LogTables(
      meta: table("meta"), frames: table("frames"), tail: table("tail"), tiles: table("tiles"))
    let transaction = try ReadTransaction(environment)
    try check(format(transaction.cursor(tables.meta)) ?? [], environment.path)
    return tables
  }

  /// The 16 random bytes this log was given when it was made, so that an index of another log is not taken for its own.
  func identity(_ environment: Environment) throws -> [UInt8] {
    let transaction = try ReadTransaction(environment)
    var cursor = try transaction.cursor(meta)
    guard try cursor.move(.exactly(Self.identityKey)) != nil else { return [] }
    return unsafe cursor.withValue { value in unsafe [UInt8](value) }
  }

  private static func format(_ cursor: consuming Cursor) throws -> [UInt8]? {
    if try cursor.move(.exactly(formatKey)) == nil { return nil }
    return unsafe cursor.withValue { value in unsafe [UInt8](value) }
  }

  private static func writeFormat(_ target: UnsafeMutableRawBufferPointer) {
    unsafe target.copyBytes(from: "waybill\0".utf8)
    unsafe target.storeBytes(of: formatVersion, toByteOffset: 8, as: UInt32.self)
    unsafe target.storeBytes(of: byteOrderMark, toByteOffset: 12, as: UInt32.self)
  }

  /// - Returns: the format version.
  @discardableResult
  private static func check(_ format: [UInt8], _ path: String) throws -> UInt32 {
    guard format.count == formatByteCount, format.starts(with: "waybill\0".utf8) else {
      throw LogError.unknownFormat(path: path, found: "no format version")
    }
    let version = unsafe format.withUnsafeBytes { unsafe $0.load(fromByteOffset: 8, as: UInt32.self) }
    let mark = unsafe format.withUnsafeBytes { unsafe $0.load(fromByteOffset: 12, as: UInt32.self) }
    guard mark == byteOrderMark else { throw LogError.unknownFormat(path: path, found: "the other byte order") }
    guard readVersions.contains(version) else {
      throw LogError.unknownFormat(path: path, found: "format version \(version)")
    }
    return version
  }
}
