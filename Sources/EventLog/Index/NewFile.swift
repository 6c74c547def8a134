internal import Glibc
internal import LMDB

/// A file that is being made, written at several places at once through buffers of a fixed size.
final class NewFile {
  let path: String
  private let descriptor: Int32

  init(_ path: String) throws {
    descriptor = unsafe open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
    guard descriptor >= 0 else { throw LMDBError(operation: "open", code: errno, path: path) }
    self.path = path
  }

  deinit { close(descriptor) }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
    var rest = unsafe bytes
    var offset = offset
    while unsafe !rest.isEmpty {
      let count = unsafe pwrite(descriptor, rest.baseAddress, rest.count, offset)
      if count < 0 {
        if errno == EINTR { continue }
        throw LMDBError(operation: "pwrite", code: errno, path: path)
      }
      offset += count
      unsafe rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  /// Makes the file `byteCount` long, with zeros where nothing was written.
  func setByteCount(_ byteCount: Int) throws {
    guard ftruncate(descriptor, byteCount) == 0 else {
      throw LMDBError(operation: "ftruncate", code: errno, path: path)
    }
  }

  func sync() throws {
    guard fdatasync(descriptor) == 0 else { throw LMDBError(operation: "fdatasync", code: errno, path: path) }
  }
}

/// A stretch of a new file that is written from its front to its end.
@safe
final class FileStream {
  private static let capacity = 256 << 10

  private let file: NewFile
  private let buffer: UnsafeMutableRawBufferPointer
  private var filled = 0
  private(set) var offset: Int

  init(_ file: NewFile, at offset: Int) {
    self.file = file
    self.offset = offset
    unsafe buffer = .allocate(byteCount: Self.capacity, alignment: 64)
  }

  deinit { unsafe buffer.deallocate() }

  /// Room for the next `byteCount` bytes, at most 64 KiB; ``advance(_:)`` says how many were written.
  @inline(__always)
  func room(_ byteCount: Int) throws -> UnsafeMutableRawPointer {
    if filled + byteCount > Self.capacity { try flush() }
    return unsafe buffer.baseAddress! + filled
  }

  @inline(__always)
  func advance(_ byteCount: Int) {
    filled += byteCount
    offset += byteCount
  }

  @inline(__always)
  func append<Word: BitwiseCopyable>(_ word: Word) throws {
    unsafe try room(MemoryLayout<Word>.size).storeBytes(of: word, as: Word.self)
    advance(MemoryLayout<Word>.size)
  }

  func flush() throws {
    let bytes = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<filled])
    try unsafe file.write(bytes, at: offset - filled)
    filled = 0
  }
}
