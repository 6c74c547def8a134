internal import Glibc
internal import Synchronization

/// Which file or folder a path means. LMDB must not open one environment twice in a process: closing either would
/// drop the locks of both.
struct FileIdentity: Hashable {
  private let device: UInt
  private let inode: UInt
  private static let open = Mutex<Set<FileIdentity>>([])

  /// Notes that this process has `path` open.
  static func claim(_ path: String) throws(LMDBError) -> FileIdentity {
    var answer = stat()
    guard unsafe stat(path, &answer) == 0 else { throw LMDBError(operation: "stat", code: errno, path: path) }
    let identity = FileIdentity(device: answer.st_dev, inode: answer.st_ino)
    guard open.withLock({ $0.insert(identity).inserted }) else {
      throw LMDBError(
        refusing: path, because: "this process has these data open already",
        remedy: "Use the one that is open, or close it first.")
    }
    return identity
  }

  func release() {
    _ = Self.open.withLock { $0.remove(self) }
  }
}
