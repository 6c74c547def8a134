internal import Glibc
internal import LMDB
internal import Synchronization

/// The append-only, verifiable log of one data folder, or of a backup file.
///
/// One thread appends; any number of threads read beside it. Sendable since the writer's state is touched by
/// ``append(_:)`` and ``candidates(identity:)`` alone, which belong to one thread, and all else is immutable or locked.
@safe
public final class EventLog: @unchecked Sendable {
  /// The data folder or backup file it was opened at.
  public let path: String
  public let isReadOnly: Bool
  let environment: Environment
  let tables: LogTables
  let reading: FrameReading
  let extract: FactsReader
  let index = RecordIndex()
  private let lock: FolderLock?
  private let writer: LogWriter?
  private let durableLast = Atomic<UInt64>(0)
  private let decoders = Mutex<[FrameDecoder]>([])

  /// Opens the log in a data folder, making a new one unless `readOnly`; `path` may also be a backup file, to read it.
  ///
  /// One process at a time may open it for writing. Opening for reading works beside a writer in another process.
  /// - Complexity: does not grow with the log, but indexes that are missing or behind catch up first.
  public static func open(
    at path: String, readOnly: Bool = false, extract: @escaping FactsReader
  ) throws(LogError) -> EventLog {
    try logErrors {
      let log = try unsafe EventLog(path: path, readOnly: readOnly, extract: extract)
      if !log.isReadOnly { try log.catchUpIndex() }
      return log
    }
  }

  private init(path: String, readOnly: Bool, extract: @escaping FactsReader) throws {
    var options = Environment.Options()
    options.isBackupFile = LogFolder.isFile(path)
    options.readOnly = readOnly || options.isBackupFile
    let folder = options.isBackupFile ? path : path + "/log"
    let isWriter = !options.readOnly
    if isWriter {
      try LogFolder.make(path)
    } else if FileSystem.size(of: folder) == nil {
      throw LogError.noLog(path: path)
    }
    lock = isWriter ? try FolderLock(folder: folder) : nil
    environment = try Environment(path: folder, options: options)
    tables = isWriter ? try LogTables.openForWriting(environment) : try LogTables.openForReading(environment)
    writer = isWriter ? LogWriter(environment, tables) : nil
    reading = FrameReading(environment, tables)
    self.path = path
    isReadOnly = options.readOnly
    unsafe self.extract = extract
    if let writer {
      try FileSystem.syncFolder(folder)
      try writer.load()
      durableLast.store(writer.lastSequence, ordering: .releasing)
    }
  }

  /// The last sequence that is on disk; 0 when the log is empty.
  public var lastSequence: UInt64 {
    if isReadOnly { return (try? storedLastSequence()) ?? 0 }
    return durableLast.load(ordering: .acquiring)
  }

  /// Adds a batch; on return all of it is on disk, on error nothing of it is. Call it on one thread only.
  ///
  /// After an error whose `leavesLogUsable` is false the log must not be used any more: the caller stops.
  public func append(_ batch: borrowing LogBatch) throws(LogError) {
    guard let writer else { throw .readOnly(path: path) }
    if batch.isEmpty { return }
    let first = writer.lastSequence + 1
    do {
      try writer.append(batch)
    } catch {
      guard let full = diskFull(error, batch.byteCount) else { throw LogError(error) }
      try logErrors { try writer.load() }
      throw full
    }
    index.add(batch, first: first)
    durableLast.store(writer.lastSequence, ordering: .releasing)
  }

  /// LMDB says `EIO` for a write that was cut short, so the disk itself is asked.
  private func diskFull(_ error: any Error, _ byteCount: Int) -> LogError? {
    guard let error = error as? LMDBError else { return nil }
    let free = FileSystem.freeBytes(at: environment.dataFile) ?? .max
    let isFull =
      switch error.code {
      case ENOSPC, EDQUOT: true
      case EIO: free < max(4 << 20, 2 * byteCount)
      default: false
      }
    return isFull ? .diskFull(path: path, freeBytes: free) : nil
  }

  /// Sequences of records that may have this identity, ascending; reading the record tells. For the writer's thread.
  public func candidates(identity: Fingerprint) -> [UInt64] { index.candidates(identity: identity) }

  /// Sequences of records that may be about this subject, ascending; reading the records tells. For any thread.
  public func candidates(subject: Fingerprint) throws(LogError) -> [UInt64] {
    if isReadOnly { throw .readOnly(path: path) }
    return index.candidates(subject: subject)
  }

  // MARK: Pool of decoders

  func withDecoder<R: ~Copyable, E: Error>(_ body: (FrameDecoder) throws(E) -> R) throws(E) -> R {
    let decoder = decoders.withLock { $0.popLast() } ?? FrameDecoder()
    defer {
      decoders.withLock { idle in
        if idle.count < 8 { idle.append(decoder) }
      }
    }
    return try body(decoder)
  }
}

/// The files of a data folder that are the log's.
enum LogFolder {
  static func isFile(_ path: String) -> Bool {
    var answer = stat()
    return unsafe stat(path, &answer) == 0 && answer.st_mode & S_IFMT == S_IFREG
  }

  /// Makes `path/log` if it is not there, durably.
  static func make(_ path: String) throws(LMDBError) {
    for folder in [path, path + "/log"] {
      if unsafe mkdir(folder, 0o750) == 0 {
        try FileSystem.syncFolder(folder + "/..")
      } else if errno != EEXIST {
        throw LMDBError(operation: "mkdir", code: errno, path: folder)
      }
    }
  }
}
