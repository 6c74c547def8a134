internal import Glibc

/// Reads an LMDB data file by itself, before LMDB maps it.
///
/// LMDB trusts every page: a damaged one ends the process with a failed assertion or a bus error. So the pages that
/// LMDB will follow are walked here first, with bounds on every step. Source: LMDB 0.9.24, mdb.c, `MDB_meta`,
/// `MDB_page`, `MDB_node`, `MDB_db`.
public enum DataFile {
  /// Refuses a file that is no LMDB file, is shorter than its content, or whose trees do not hang together.
  ///
  /// - Parameter thoroughly: look also at the first page of every large value. Without it only the pages of the trees
  ///   are read, about one for each 4 MiB of large values.
  public static func check(_ path: String, thoroughly: Bool = false) throws(LMDBError) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 {
      if errno == ENOENT { return }
      throw LMDBError(operation: "open", code: errno, path: path)
    }
    defer { close(descriptor) }
    // A writer in another process may replace pages while they are read; then the newest commit is another one.
    for _ in 0..<20 {
      let file = try OpenFile(descriptor, path)
      if file.byteCount == 0 { return }
      let meta = try MetaPage.newest(file)
      do {
        var walk = PageWalk(file, meta, thoroughly: thoroughly)
        return try walk.run()
      } catch {
        if try MetaPage.newest(OpenFile(descriptor, path)).transaction == meta.transaction { throw error }
      }
    }
  }
}

/// A file of pages that is read with bounds checked.
struct OpenFile {
  private let descriptor: Int32
  let path: String
  let byteCount: Int

  init(_ descriptor: Int32, _ path: String) throws(LMDBError) {
    var answer = stat()
    guard unsafe fstat(descriptor, &answer) == 0 else { throw LMDBError(operation: "fstat", code: errno, path: path) }
    self.descriptor = descriptor
    self.path = path
    byteCount = answer.st_size
  }

  func read(_ target: inout [UInt8], at offset: Int) throws(LMDBError) {
    let count = unsafe target.withUnsafeMutableBytes { bytes in
      unsafe pread(descriptor, bytes.baseAddress, bytes.count, offset)
    }
    if count < 0 { throw LMDBError(operation: "pread", code: errno, path: path) }
    guard count == target.count else {
      throw damage("it ends at byte \(byteCount), inside page \(offset / target.count)")
    }
  }

  func damage(_ reason: String) -> LMDBError {
    LMDBError(
      refusing: path, because: "the file is damaged: \(reason)",
      remedy: "Keep it for inspection, and restore the newest backup with `waybill restore`.")
  }
}

/// One of the two pages at the head of the file that say where the trees are.
struct MetaPage {
  let pageSize: Int
  let lastPage: UInt64
  let transaction: UInt64
  let freeTree: TreeRoot
  let mainTree: TreeRoot

  /// The newer of the two, which LMDB will use.
  static func newest(_ file: OpenFile) throws(LMDBError) -> MetaPage {
    let first = try MetaPage(file, at: 0)
    let second = try MetaPage(file, at: first.pageSize)
    return second.transaction > first.transaction ? second : first
  }

  private init(_ file: OpenFile, at offset: Int) throws(LMDBError) {
    var bytes = [UInt8](repeating: 0, count: 256)
    guard file.byteCount >= offset + bytes.count else { throw file.damage("it ends inside its first two pages") }
    try file.read(&bytes, at: offset)
    guard bytes.word16(10) & 0x08 != 0, bytes.word32(16) == 0xBEEF_C0DE else {
      throw LMDBError(
        refusing: file.path, because: "this is not a file of LMDB, or its head is damaged",
        remedy: "Check the path; if it is the right one, restore the newest backup with `waybill restore`.")
    }
    guard bytes.word32(20) == 1 else { throw file.damage("its data version is \(bytes.word32(20)), not 1") }
    pageSize = Int(bytes.word32(40))
    guard (512...65_536).contains(pageSize), pageSize.nonzeroBitCount == 1 else {
      throw file.damage("its page size is \(pageSize)")
    }
    freeTree = TreeRoot(bytes, at: 40)
    mainTree = TreeRoot(bytes, at: 88)
    lastPage = bytes.word64(136)
    transaction = bytes.word64(144)
  }
}

/// LMDB's record of one tree (`MDB_db`).
struct TreeRoot {
  static let byteCount = 48
  let depth: Int
  let page: UInt64

  init(_ bytes: [UInt8], at offset: Int) {
    depth = Int(bytes.word16(offset + 6))
    page = bytes.word64(offset + 40)
  }

  /// `P_INVALID`: a tree without pages.
  var isEmpty: Bool { page == .max }
}

extension [UInt8] {
  func word16(_ offset: Int) -> UInt16 { UInt16(self[offset]) | UInt16(self[offset + 1]) << 8 }
  func word32(_ offset: Int) -> UInt32 { UInt32(word16(offset)) | UInt32(word16(offset + 2)) << 16 }
  func word64(_ offset: Int) -> UInt64 { UInt64(word32(offset)) | UInt64(word32(offset + 4)) << 32 }
}
