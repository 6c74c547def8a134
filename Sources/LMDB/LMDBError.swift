internal import CLMDB
internal import Glibc

/// What LMDB or the system said when it refused, with the file it was about and what to do.
public struct LMDBError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The C function that failed, such as `mdb_put`.
  public let operation: String
  /// LMDB's code (negative) or the system's `errno` (positive).
  public let code: Int32
  public let path: String
  /// `mdb_put failed: MDB_MAP_FULL: Environment mapsize limit reached (code -30792)`
  public let message: String
  public let remedy: String

  public var description: String { "\(message): \(path). \(remedy)" }

  public init(operation: String, code: Int32, path: String, remedy: String? = nil) {
    self.operation = operation
    self.code = code
    self.path = path
    message = "\(operation) failed: \(Self.text(of: code)) (code \(code))"
    self.remedy = remedy ?? Self.remedy(for: code)
  }

  /// A refusal of our own, made before LMDB was asked.
  public init(refusing path: String, because message: String, remedy: String) {
    operation = "open"
    code = 0
    self.path = path
    self.message = message
    self.remedy = remedy
  }

  private static func text(of code: Int32) -> String {
    guard let text = unsafe mdb_strerror(code) else { return "unknown error" }
    return unsafe String(cString: text)
  }

  private static func remedy(for code: Int32) -> String {
    switch code {
    case MDB_MAP_FULL: "Restart: the map is made four times the file when it is opened."
    case MDB_READERS_FULL: "Too many readers at once: close some, or raise maxReaders."
    case MDB_CORRUPTED, MDB_PAGE_NOTFOUND, MDB_INVALID, MDB_PANIC:
      "The file is damaged: check it with `waybill verify --data`, and restore a backup."
    case MDB_VERSION_MISMATCH: "The file was written by another version of LMDB."
    case EACCES, EPERM: "Give this user permission on the folder and its files."
    case ENOENT: "Check the path."
    case ENOSPC, EDQUOT: "Make room on the disk."
    case EROFS: "The file system is read-only: mount it writable."
    default: "See the system's log for the disk's own errors."
    }
  }
}

/// Throws unless LMDB answered with success.
func check(_ code: Int32, _ operation: StaticString, _ path: @autoclosure () -> String) throws(LMDBError) {
  if code != MDB_SUCCESS { throw LMDBError(operation: operation.description, code: code, path: path()) }
}
