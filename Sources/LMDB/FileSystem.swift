internal import CLMDB
internal import Glibc

/// What the system says about a file or the disk it is on.
public enum FileSystem {
  /// Bytes an unprivileged user may still write where `path` is; nil when the system does not say.
  public static func freeBytes(at path: String) -> Int? {
    var answer = statvfs()
    guard unsafe statvfs(path, &answer) == 0 else { return nil }
    return Int(clamping: UInt64(answer.f_bavail) * UInt64(answer.f_frsize))
  }

  /// The size of a file, or nil when there is none.
  public static func size(of path: String) -> Int? {
    var answer = stat()
    guard unsafe stat(path, &answer) == 0 else { return nil }
    return answer.st_size
  }

  /// Makes a folder's entries durable: the names of files just created, renamed or removed.
  public static func syncFolder(_ path: String) throws(LMDBError) {
    let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw LMDBError(operation: "open", code: errno, path: path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw LMDBError(operation: "fsync", code: errno, path: path) }
  }

  /// LMDB's locks and memory map need a local file system.
  /// Source: LMDB, lmdb.h, "Do not use LMDB databases on remote filesystems".
  static func refuseNetwork(_ path: String) throws(LMDBError) {
    var answer = statfs()
    guard unsafe statfs(path, &answer) == 0 else { return }
    guard let name = networkNames[UInt32(truncatingIfNeeded: answer.f_type)] else { return }
    throw LMDBError(
      refusing: path, because: "the folder is on a network file system (\(name)), where a ledger cannot be kept safe",
      remedy: "Put the data on a local disk.")
  }

  /// Source: Linux, include/uapi/linux/magic.h and the file systems' own headers.
  private static let networkNames: [UInt32: String] = [
    0x6969: "NFS", 0x517B: "SMB", 0xFF53_4D42: "CIFS", 0xFE53_4D42: "SMB2", 0x6573_5546: "FUSE", 0x5346_414F: "AFS",
    0x7375_7245: "Coda", 0x0102_1997: "9P", 0x00C3_6400: "Ceph", 0x0BD0_0BD0: "Lustre",
  ]
}
