#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A file, or standard input for `-`, read from front to back.
struct InputFile: ~Copyable {
  /// What it is called in a sentence.
  let name: String
  /// Bytes in all; nil when the end is not known beforehand, as in a pipe.
  let byteCount: Int?
  private let descriptor: Int32
  private let isOwned: Bool

  init(_ path: String) throws(Failure) {
    if path == "-" {
      (name, byteCount, descriptor, isOwned) = ("standard input", nil, 0, false)
      return
    }
    name = path
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw InputFile.failure(path) }
    var facts = stat()
    unsafe fstat(descriptor, &facts)
    if facts.st_mode & S_IFMT == S_IFDIR {
      close(descriptor)
      throw Failure("\(path) is a folder.", "Name the files in it: \(path)/*")
    }
    byteCount = facts.st_mode & S_IFMT == S_IFREG ? Int(facts.st_size) : nil
    isOwned = true
  }

  deinit {
    if isOwned { close(descriptor) }
  }

  /// Up to `count` bytes; none at the end.
  func read(upTo count: Int) throws(Failure) -> [UInt8] {
    let descriptor = descriptor
    var readCount = 0
    repeat {
      let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        readCount = unsafe Glibc.read(descriptor, buffer.baseAddress, count)
        filled = max(readCount, 0)
      }
      if readCount >= 0 { return bytes }
    } while errno == EINTR
    throw InputFile.failure(name)
  }

  /// Everything up to the end.
  func readAll() throws(Failure) -> [UInt8] {
    var all: [UInt8] = []
    while true {
      let bytes = try read(upTo: 1 << 20)
      if bytes.isEmpty { return all }
      all += bytes
    }
  }

  private static func failure(_ path: String) -> Failure {
    let reason = unsafe String(cString: strerror(errno))
    return Failure("\(path) cannot be read: \(reason).", "Check the name and who may read it.")
  }
}
