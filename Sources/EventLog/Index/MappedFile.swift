internal import Glibc
internal import LMDB

/// A file in memory. Sendable since it is either being written by the one who made it, or never written.
@safe
final class MappedFile: @unchecked Sendable {
  let path: String
  let start: UnsafeMutableRawPointer
  let byteCount: Int

  /// Maps a file that is there and does not change.
  init(reading path: String) throws {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw LMDBError(operation: "open", code: errno, path: path) }
    defer { close(descriptor) }
    self.path = path
    byteCount = FileSystem.size(of: path) ?? 0
    unsafe start = try Self.map(descriptor, byteCount, PROT_READ, path)
  }

  /// Makes a new file whose space is taken beforehand, so that filling it cannot fail.
  init(creating path: String, byteCount: Int) throws {
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
    guard descriptor >= 0 else { throw LMDBError(operation: "open", code: errno, path: path) }
    defer { close(descriptor) }
    let code = posix_fallocate(descriptor, 0, byteCount)
    guard code == 0 else {
      unsafe unlink(path)
      throw LMDBError(operation: "posix_fallocate", code: code, path: path)
    }
    self.path = path
    self.byteCount = byteCount
    unsafe start = try Self.map(descriptor, byteCount, PROT_READ | PROT_WRITE, path)
  }

  deinit { unsafe munmap(start, byteCount) }

  private static func map(
    _ descriptor: Int32, _ byteCount: Int, _ protection: Int32, _ path: String
  ) throws -> UnsafeMutableRawPointer {
    guard byteCount > 0 else { throw LMDBError(operation: "mmap", code: EINVAL, path: path) }
    let start = unsafe mmap(nil, byteCount, protection, MAP_SHARED, descriptor, 0)
    guard let start = unsafe start, unsafe start != MAP_FAILED else {
      throw LMDBError(operation: "mmap", code: errno, path: path)
    }
    return unsafe start
  }

  /// Writes everything to disk.
  func sync() throws {
    guard unsafe msync(start, byteCount, MS_SYNC) == 0 else {
      throw LMDBError(operation: "msync", code: errno, path: path)
    }
  }
}
