public import LMDB

/// Why the log refused or failed.
public enum LogError: Error, Sendable, CustomStringConvertible {
  /// No room: the log is unchanged and takes appends again when there is.
  case diskFull(path: String, freeBytes: Int)
  /// The log was opened for reading, or does not offer this on what was opened.
  case readOnly(path: String)
  case notFound(sequence: UInt64, last: UInt64)
  /// There is no log at this path.
  case noLog(path: String)
  /// The folder or file has another format than this program knows.
  case unknownFormat(path: String, found: String)
  /// Something in the file is not as it was written.
  case damaged(path: String, place: String, reason: String)
  /// The folder or file where something new should go is taken.
  case occupied(path: String)
  /// LMDB or the system failed. After a failed append the log must not be used again: what was written is unknown.
  case storage(LMDBError)
  /// A record could not be read back by the caller's own reader.
  case unreadable(sequence: UInt64, reason: String)

  /// A word for programs.
  public var code: String {
    switch self {
    case .diskFull: "disk_full"
    case .readOnly: "read_only"
    case .notFound: "not_found"
    case .noLog: "no_log"
    case .unknownFormat: "unknown_format"
    case .damaged: "damaged"
    case .occupied: "occupied"
    case .storage: "storage"
    case .unreadable: "unreadable_record"
    }
  }

  /// What happened, with its values.
  public var message: String {
    switch self {
    case .diskFull(let path, let free): "the disk is full: \(free) bytes are free at \(path)"
    case .readOnly(let path): "the log is open for reading only: \(path)"
    case .notFound(let sequence, let last): "there is no record \(sequence): the log ends at \(last)"
    case .noLog(let path): "there is no log at \(path)"
    case .unknownFormat(let path, let found): "the log at \(path) has \(found), which this version does not read"
    case .damaged(let path, let place, let reason): "\(path) is damaged at \(place): \(reason)"
    case .occupied(let path): "\(path) exists and is not empty"
    case .storage(let error): "\(error.message): \(error.path)"
    case .unreadable(let sequence, let reason): "record \(sequence) cannot be understood: \(reason)"
    }
  }

  /// What to do next.
  public var remedy: String {
    switch self {
    case .diskFull: "Make room; the log takes appends again by itself."
    case .readOnly: "Ask the daemon that writes it."
    case .notFound: "Ask for a sequence from 1 to the last."
    case .noLog: "Check the path: the folder given to waybilld with --data, or a file written by `waybill backup`."
    case .unknownFormat: "Use the version of Waybill that wrote it; its release notes say how to upgrade."
    case .damaged: "Stop the daemon, keep the file, and restore the newest backup with `waybill restore`."
    case .occupied: "Choose a path that does not exist yet, or an empty folder."
    case .storage(let error): error.remedy
    case .unreadable: "Use the version of Waybill that wrote it."
    }
  }

  public var description: String { "\(message). \(remedy)" }

  /// Whether the caller may go on using the log after a failed append.
  public var leavesLogUsable: Bool {
    switch self {
    case .diskFull, .readOnly, .notFound: true
    default: false
    }
  }
}

/// Runs what may fail for many reasons, and throws them all as a `LogError`.
@inline(__always)
func logErrors<R: ~Copyable>(_ body: () throws -> R) throws(LogError) -> R {
  do {
    return try body()
  } catch {
    throw LogError(error)
  }
}

extension LogError {
  init(_ error: any Error) {
    switch error {
    case let error as LogError: self = error
    case let error as LMDBError: self = .storage(error)
    default: self = .unreadable(sequence: 0, reason: "\(error)")
    }
  }
}
