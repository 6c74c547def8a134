internal import Glibc
internal import LMDB
internal import Synchronization

/// The append-only, verifiable log of one data folder, or of a backup file.
///
/// One thread appends; any number of threads read beside it. Sendable since the writer's state is touched by
/// ``append(_:)``, ``add(_:ofAtMost:_:)``, ``commit()`` and
/// ``candidates(identity:)`` alone, which belong to one thread, and all else is immutable or locked.
@safe
public final class EventLog: @unchecked Sendable {
  /// The data folder or backup file it was opened at.
  public let path: String
  public let isReadOnly: Bool
  let environment: Environment
  let tables: LogTables
  let reading: FrameReading
  let extract: FactsReader
  let index: RecordIndex?
  private let lock: FolderLock?
  private let writer: LogWriter?
  /// Why nothing more can be appended.
  private var failure: LogError?
  private let durableLast = Atomic<UInt64>(0)
  /// With the frames that were read last.
  let decoders = DecoderPool()

  /// Opens the log in a data folder, making a new one unless `readOnly`; `path` may also be a backup file, to read it.
  ///
  /// One process at a time may open it for writing. Opening for reading works beside a writer in another process.
  /// - Parameters:
  ///   - recordsPerIndexRun: how many records' index entries are kept in memory, and are read from the log again
  ///     after a crash.
  ///   - threads: seal frames and write the index beside the one that appends; nil for such as the whole process shares.
  ///   - readStretch: reads what the index has missed; nil reads it with `extract`, one record after the other.
  /// - Complexity: does not grow with the log, but an index that is missing or behind catches up first.
  @safe
  public static func open(
    at path: String, readOnly: Bool = false, recordsPerIndexRun: Int = 1 << 18, threads: (any LogThreads)? = nil,
    extract: @escaping FactsReader, readStretch: StretchReader? = nil
  ) throws(LogError) -> EventLog {
    try logErrors {
      var options = Environment.Options()
      options.isBackupFile = LogFolder.isFile(path)
      options.readOnly = readOnly || options.isBackupFile
      return try unsafe EventLog(
        path: path, options, recordsPerRun: recordsPerIndexRun, threads ?? SharedThreads(), extract: extract,
        readStretch: readStretch)
    }
  }

  init(
    path: String, _ options: Environment.Options, recordsPerRun: Int,
    _ threads: any LogThreads = SharedThreads(), extract: @escaping FactsReader,
    readStretch: StretchReader? = nil
  ) throws {
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
    writer = isWriter ? LogWriter(environment, tables, threads) : nil
    reading = FrameReading(environment, tables)
    self.path = path
    isReadOnly = options.readOnly
    unsafe self.extract = extract
    guard let writer else {
      index = nil
      try durableLast.store(storedLastSequence(), ordering: .releasing)
      return
    }
    try FileSystem.syncFolder(folder)
    try writer.load()
    durableLast.store(writer.lastSequence, ordering: .releasing)
    let indexFolder = try IndexFolder(
      path: path + "/index", logIdentity: tables.identity(environment), recordsPerRun: recordsPerRun)
    let index = try RecordIndex(indexFolder, logLast: writer.lastSequence, threads)
    self.index = index
    try catchUpIndex(index, readStretch)
  }

  deinit { index?.stop() }

  /// The last sequence that is on disk; 0 when the log is empty.
  public var lastSequence: UInt64 {
    // Another process may have written more; if that cannot be seen now, reading will say why.
    if isReadOnly, let last = try? storedLastSequence() { return last }
    return durableLast.load(ordering: .acquiring)
  }

  /// Adds a batch and commits it; on return all of it is on disk, on error nothing of it is. For one thread at a time.
  public func append(_ batch: borrowing LogBatch) throws(LogError) {
    guard let writer else { throw .readOnly(path: path) }
    if let failure { throw failure }
    writer.addRecords { adder in
      unsafe batch.forEach { record, facts in
        unsafe adder.add(facts, ofAtMost: record.count) { room in
          unsafe room.copyMemory(from: record.baseAddress!, byteCount: record.count)
          return record.count
        }
      }
    }
    try commit()
  }

  /// Lets `body` add records, which are in the log after ``commit()``. For whoever writes, one thread at a time.
  /// - Precondition: the log is open for writing.
  public func addRecords(_ body: (inout RecordAdder) -> Void) {
    guard let writer else { preconditionFailure("\(path) is open for reading only") }
    writer.addRecords(body)
  }

  /// Bytes of the records added and not committed.
  public var addedByteCount: Int { writer?.addedByteCount ?? 0 }

  /// Makes what was added durable; on return all of it is on disk, on error nothing of it is. For whoever writes, one thread at a time.
  ///
  /// After an error whose `leavesLogUsable` is false nothing more can be appended: what is on disk is known only when
  /// the log is opened again, so the caller stops.
  public func commit() throws(LogError) {
    guard let writer else { throw .readOnly(path: path) }
    if let failure { throw failure }
    if writer.facts.isEmpty { return }
    let byteCount = writer.addedByteCount
    do {
      // The index must be able to keep up: its failures are the disk's.
      try index?.requireRoom()
      try writer.commit(whenDurable: { index?.add($0) })
    } catch {
      throw recover(LogError(error), byteCount, writer)
    }
    durableLast.store(writer.lastSequence, ordering: .releasing)
  }

  /// Makes the writer what the disk is; if that does not do, the log stays failed.
  private func recover(_ error: LogError, _ byteCount: Int, _ writer: LogWriter) -> LogError {
    guard let full = diskFull(error, byteCount) else {
      failure = error
      return error
    }
    do {
      try writer.load()
      return full
    } catch {
      failure = LogError(error)
      return LogError(error)
    }
  }

  /// LMDB says `EIO` for a write that was cut short, so the disk itself is asked.
  func diskFull(_ error: LogError, _ byteCount: Int) -> LogError? {
    guard case .storage(let error) = error else { return nil }
    let free = FileSystem.freeBytes(at: environment.dataFile) ?? .max
    let isFull =
      switch error.code {
      case ENOSPC, EDQUOT: true
      case EIO: free < max(4 << 20, 2 * byteCount)
      default: false
      }
    return isFull ? .diskFull(path: path, freeBytes: free) : nil
  }

  /// Writes the newest index entries, so that the next opening is quick, and waits for background work. The log must not
  /// be appended to afterwards. Without it nothing is lost.
  public func close() { index?.close() }

  /// How much room the log takes and has. The map is made larger when the log is opened; alarm at 70 %.
  public var usage: LogUsage {
    let (used, map, readers) = environment.usage
    return LogUsage(
      usedBytes: used, mapBytes: map, freeDiskBytes: FileSystem.freeBytes(at: environment.dataFile), readers: readers)
  }

  /// Frees the places of readers in other processes that died, so that they no longer keep old pages. Call it each minute.
  @discardableResult
  public func freeDeadReaders() throws(LogError) -> Int {
    try logErrors { try environment.freeDeadReaders() }
  }
}

/// Room of a log.
public struct LogUsage: Sendable, Hashable {
  /// Bytes of the file that are in use or will be used again.
  public let usedBytes: Int
  /// The most bytes the file can have until the log is opened again.
  public let mapBytes: Int
  /// Bytes free on the disk; nil when the system does not say.
  public let freeDiskBytes: Int?
  /// Places of readers taken, in all processes.
  public let readers: Int
}
