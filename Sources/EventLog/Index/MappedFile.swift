internal import Glibc
internal import LMDB

/// A file in memory. Sendable since it does not change.
@safe
final class MappedFile: @unchecked Sendable {
  let path: String
  let start: UnsafeRawPointer
  let byteCount: Int

  /// Maps a file that is there and does not change.
  init(reading path: String) throws {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw LMDBError(operation: "open", code: errno, path: path) }
    defer { close(descriptor) }
    self.path = path
    byteCount = FileSystem.size(of: path) ?? 0
    unsafe start = try Self.map(descriptor, byteCount, path)
  }

  deinit { unsafe munmap(UnsafeMutableRawPointer(mutating: start), byteCount) }

  private static func map(
    _ descriptor: Int32, _ byteCount: Int, _ path: String
  ) throws -> UnsafeRawPointer {
    guard byteCount > 0 else { throw LMDBError(operation: "mmap", code: EINVAL, path: path) }
    let start = unsafe mmap(nil, byteCount, PROT_READ, MAP_SHARED, descriptor, 0)
    guard let start = unsafe start, unsafe start != MAP_FAILED else {
      throw LMDBError(operation: "mmap", code: errno, path: path)
    }
    return UnsafeRawPointer(start)
  }
}
