internal import CLMDB
internal import Glibc
internal import Synchronization

/// One LMDB environment, opened once per process.
///
/// Sendable since LMDB with `MDB_NOTLS` lets any thread read, the pool of readers stands behind a lock, and a write
/// transaction is `~Copyable` and must stay on its thread.
@safe
public final class Environment: @unchecked Sendable {
  public enum Durability: Sendable {
    /// A commit is on disk when it returns.
    case full
    /// A power loss may take the last commit back, never more, and damages nothing. For what can be rebuilt.
    case lastCommitMayBeLost
  }

  public struct Options: Sendable {
    public var readOnly = false
    public var durability = Durability.full
    /// `path` is the data file itself, which nobody writes: a backup. Implies `readOnly`, takes no lock.
    public var isBackupFile = false
    public var maxTables: UInt32 = 16
    public var maxReaders: UInt32 = 512
    /// The least size of the map; the file stays as small as its content.
    public var leastMapSize = 64 << 30
    /// Accept a network file system, where LMDB's locks and memory map cannot be trusted.
    public var allowsNetworkFileSystem = false

    public init() {}
  }

  /// The folder, or the backup file.
  public let path: String
  /// The file that holds the data.
  public let dataFile: String
  public let options: Options
  let handle: OpaquePointer
  private let identity: FileIdentity
  private let idleReaders = Mutex<[IdleReader]>([])

  /// Opens the environment in folder `path`, which must exist, or the backup file `path`.
  public init(path: String, options: Options) throws(LMDBError) {
    var options = options
    if options.isBackupFile { options.readOnly = true }
    let dataFile = options.isBackupFile ? path : path + "/data.mdb"
    if !options.allowsNetworkFileSystem { try FileSystem.refuseNetwork(path) }
    try DataFile.check(dataFile)
    identity = try FileIdentity.claim(path)
    do {
      unsafe handle = try Self.open(path, dataFile, options)
    } catch {
      identity.release()
      throw error
    }
    self.path = path
    self.dataFile = dataFile
    self.options = options
  }

  deinit {
    idleReaders.withLock { idle in
      for reader in idle { unsafe mdb_txn_abort(reader.handle) }
    }
    unsafe mdb_env_close(handle)
    identity.release()
  }

  private static func open(
    _ path: String, _ dataFile: String, _ options: Options
  ) throws(LMDBError) -> OpaquePointer {
    var created: OpaquePointer?
    try unsafe check(mdb_env_create(&created), "mdb_env_create", path)
    let handle = unsafe created!
    do {
      let mapSize = max(options.leastMapSize, 4 * (FileSystem.size(of: dataFile) ?? 0))
      try unsafe check(mdb_env_set_mapsize(handle, mapSize), "mdb_env_set_mapsize", path)
      try unsafe check(mdb_env_set_maxdbs(handle, options.maxTables), "mdb_env_set_maxdbs", path)
      try unsafe check(mdb_env_set_maxreaders(handle, options.maxReaders), "mdb_env_set_maxreaders", path)
      try unsafe check(mdb_env_open(handle, path, flags(options), 0o640), "mdb_env_open", path)
      var dead: Int32 = 0
      if !options.isBackupFile { unsafe _ = mdb_reader_check(handle, &dead) }
    } catch {
      unsafe mdb_env_close(handle)
      throw error
    }
    return unsafe handle
  }

  private static func flags(_ options: Options) -> UInt32 {
    var flags = UInt32(MDB_NOTLS)
    if options.readOnly { flags |= UInt32(MDB_RDONLY) }
    if options.isBackupFile { flags |= UInt32(MDB_NOSUBDIR | MDB_NOLOCK) }
    if options.durability == .lastCommitMayBeLost { flags |= UInt32(MDB_NOMETASYNC) }
    return flags
  }

  /// Frees the slots of readers whose process died, so that they no longer keep old pages; returns how many.
  @discardableResult
  public func freeDeadReaders() throws(LMDBError) -> Int {
    var dead: Int32 = 0
    try unsafe check(mdb_reader_check(handle, &dead), "mdb_reader_check", path)
    return Int(dead)
  }

  /// Bytes of the file in use by the newest commit, and of the map.
  public var usage: (usedBytes: Int, mapBytes: Int, readers: Int) {
    var info = unsafe MDB_envinfo()
    var statistics = MDB_stat()
    unsafe mdb_env_info(handle, &info)
    unsafe mdb_env_stat(handle, &statistics)
    return unsafe ((info.me_last_pgno + 1) * Int(statistics.ms_psize), info.me_mapsize, Int(info.me_numreaders))
  }

  /// Writes a consistent copy of the newest commit into an open file while readers and the writer go on.
  public func copy(toDescriptor descriptor: Int32) throws(LMDBError) {
    try unsafe check(mdb_env_copyfd2(handle, descriptor, 0), "mdb_env_copyfd2", path)
  }

  // MARK: Pool of read transactions

  func takeReader() throws(LMDBError) -> OpaquePointer {
    if let reader = unsafe idleReaders.withLock({ idle in idle.popLast() }).map({ unsafe $0.handle }) {
      let code = unsafe mdb_txn_renew(reader)
      if code == MDB_SUCCESS { return unsafe reader }
      unsafe mdb_txn_abort(reader)
      throw LMDBError(operation: "mdb_txn_renew", code: code, path: path)
    }
    var reader: OpaquePointer?
    try unsafe check(mdb_txn_begin(handle, nil, UInt32(MDB_RDONLY), &reader), "mdb_txn_begin", path)
    return unsafe reader!
  }

  func giveBack(reader: OpaquePointer) {
    unsafe mdb_txn_reset(reader)
    let idleReader = unsafe IdleReader(handle: reader)
    let kept = idleReaders.withLock { idle in
      if idle.count >= 32 { return false }
      idle.append(idleReader)
      return true
    }
    if !kept { unsafe mdb_txn_abort(reader) }
  }
}

/// A read transaction that was reset and belongs to nobody; what is in the pool is used by no thread.
@safe
private struct IdleReader: @unchecked Sendable {
  let handle: OpaquePointer
}
