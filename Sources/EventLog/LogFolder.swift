internal import Glibc
internal import LMDB

/// The files of a data folder that are the log's: `log/` is the truth, `index/` can be made again from it.
enum LogFolder {
  static func isFile(_ path: String) -> Bool {
    var answer = stat()
    return unsafe stat(path, &answer) == 0 && answer.st_mode & S_IFMT == S_IFREG
  }

  /// Makes `path/log` and `path/index` if they are not there, durably.
  static func make(_ path: String) throws(LMDBError) {
    for folder in [path, path + "/log", path + "/index"] {
      if unsafe mkdir(folder, 0o750) == 0 {
        try FileSystem.syncFolder(folder + "/..")
      } else if errno != EEXIST {
        throw LMDBError(operation: "mkdir", code: errno, path: folder)
      }
    }
  }

  /// Whether there is nothing at `path`, or an empty folder.
  static func isEmpty(_ path: String) throws(LMDBError) -> Bool {
    guard let names = try names(in: path) else { return true }
    return names.isEmpty
  }

  /// The names in a folder, or nil if there is none.
  static func names(in path: String) throws(LMDBError) -> [String]? {
    guard let folder = unsafe opendir(path) else {
      if errno == ENOENT { return nil }
      throw LMDBError(operation: "opendir", code: errno, path: path)
    }
    defer { unsafe _ = closedir(folder) }
    var names: [String] = []
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// Writes a new file and syncs it.
  static func write(_ path: String, _ fill: (Int32) throws -> Void) throws {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
    guard descriptor >= 0 else { throw LMDBError(operation: "open", code: errno, path: path) }
    defer { close(descriptor) }
    try fill(descriptor)
    guard fsync(descriptor) == 0 else { throw LMDBError(operation: "fsync", code: errno, path: path) }
  }

  /// Gives a file that is complete its name, durably.
  static func rename(_ old: String, to new: String) throws(LMDBError) {
    guard unsafe Glibc.rename(old, new) == 0 else { throw LMDBError(operation: "rename", code: errno, path: new) }
    try FileSystem.syncFolder(parent(of: new))
  }

  static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  static func copy(_ file: String, to descriptor: Int32) throws {
    let source = unsafe open(file, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else { throw LMDBError(operation: "open", code: errno, path: file) }
    defer { close(source) }
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes { bytes in unsafe read(source, bytes.baseAddress, bytes.count) }
      if count < 0 { throw LMDBError(operation: "read", code: errno, path: file) }
      if count == 0 { return }
      try unsafe buffer.withUnsafeBytes { bytes in
        try unsafe writeAll(UnsafeRawBufferPointer(rebasing: bytes[..<count]), to: descriptor, file)
      }
    }
  }

  static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String) throws {
    var rest = unsafe bytes
    while unsafe !rest.isEmpty {
      let count = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw LMDBError(operation: "write", code: errno, path: path)
      }
      unsafe rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }
}
