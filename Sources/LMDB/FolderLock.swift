internal import Glibc

/// The right to write a folder, held by one process at a time through `flock` on a file of our own, `writer.lock`.
/// The system takes it back when the process ends, however it ends.
public final class FolderLock: Sendable {
  private let descriptor: Int32

  public init(folder: String) throws(LMDBError) {
    // Whole or not begun: one that fails when it has its descriptor would close it again, and by then it may be another file's.
    descriptor = try Self.lock(folder)
    writeHolder()
  }

  private static func lock(_ folder: String) throws(LMDBError) -> Int32 {
    let path = folder + "/writer.lock"
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
    guard descriptor >= 0 else { throw LMDBError(operation: "open", code: errno, path: path) }
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return descriptor }
    let code = errno
    let holder = holder(descriptor)
    close(descriptor)
    guard code == EWOULDBLOCK else { throw LMDBError(operation: "flock", code: code, path: path) }
    throw LMDBError(
      refusing: folder, because: "another process\(holder.map { " (\($0))" } ?? "") is writing in this folder",
      remedy: "Stop it first, or choose another folder.")
  }

  deinit {
    // Closing is not enough: a child process that is just being started may have the descriptor too, until it runs its program.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  private func writeHolder() {
    let text = Array("\(getpid())\n".utf8)
    _ = ftruncate(descriptor, 0)
    _ = unsafe text.withUnsafeBytes { bytes in unsafe pwrite(descriptor, bytes.baseAddress, bytes.count, 0) }
  }

  private static func holder(_ descriptor: Int32) -> String? {
    var text = [UInt8](repeating: 0, count: 32)
    let count = unsafe text.withUnsafeMutableBytes { bytes in
      unsafe pread(descriptor, bytes.baseAddress, bytes.count, 0)
    }
    let digits = text.prefix(max(count, 0)).prefix { $0 >= 0x30 && $0 <= 0x39 }
    return digits.isEmpty ? nil : "process " + String(decoding: digits, as: UTF8.self)
  }
}
