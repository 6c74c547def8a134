public import EventLog
import Glibc

/// A data folder that belongs to this process until the last reference to it is gone. Its log is open and not folded yet.
public final class DataFolder: Sendable {
  public let path: String
  let log: EventLog
  let threads: EngineThreads

  /// Makes the folder if it is not there, readable for its owner and group alone, and locks it.
  /// - Throws: when another process writes in it, when it cannot be written, and when its log is damaged or of another format.
  public convenience init(_ path: String) throws(LogError) { try self.init(path, .ofProcess) }

  /// - Parameter seats: of those who write, fold and check here.
  init(_ path: String, _ seats: Seats) throws(LogError) {
    self.path = path
    threads = EngineThreads(seats)
    log = try unsafe EventLog.open(
      at: path, readOnly: false, threads: threads, extract: Replay.facts, readStretch: Replay.forEachFacts)
  }

  public var lastSequence: UInt64 { log.lastSequence }

  /// Bytes that may still be written to the folder's file system.
  public var freeByteCount: UInt64 {
    var status = statvfs()
    guard unsafe statvfs(path, &status) == 0 else { return 0 }
    return UInt64(status.f_bavail) * UInt64(status.f_frsize)
  }
}
