import Foundation
import LMDB
import Testing

/// A folder that is gone when the test is.
private final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "/waybill-lmdb-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

struct LMDBTests {
  private static func put(_ environment: Environment, _ table: Table, _ key: UInt64, _ text: String) throws {
    let transaction = try WriteTransaction(environment)
    try unsafe Array(text.utf8).withUnsafeBytes { bytes in try unsafe transaction.put(table, key, bytes) }
    try transaction.commit()
  }

  private static func makeTable(_ environment: Environment) throws -> Table {
    let transaction = try WriteTransaction(environment)
    let table = try transaction.openTable("numbers", integerKeys: true)
    try transaction.commit()
    return table
  }

  private static func text(_ environment: Environment, _ table: Table, _ move: Cursor.Move) throws -> String? {
    let transaction = try ReadTransaction(environment)
    var cursor = try transaction.cursor(table)
    guard let key = try cursor.move(move) else { return nil }
    return unsafe cursor.withValue { value in unsafe "\(key)=" + String(decoding: value, as: UTF8.self) }
  }

  @Test func `what is committed is read back, also after opening again`() throws {
    let folder = try TemporaryFolder()
    do {
      let environment = try Environment(path: folder.path, options: .init())
      let table = try Self.makeTable(environment)
      try Self.put(environment, table, 7, "seven")
      try Self.put(environment, table, 3, "three")
      #expect(try Self.text(environment, table, .first) == "3=three")
    }
    let environment = try Environment(path: folder.path, options: .init())
    let table = try #require(try environment.openTable("numbers", integerKeys: true))
    #expect(try Self.text(environment, table, .last) == "7=seven")
    #expect(try environment.openTable("none", integerKeys: true) == nil)
  }

  @Test(
    arguments: [
      (.exactly(5), "5=e"), (.exactly(4), nil), (.notBelow(4), "5=e"), (.notBelow(5), "5=e"), (.notBelow(10), nil),
      (.notAbove(4), "2=b"), (.notAbove(5), "5=e"), (.notAbove(1), nil), (.notAbove(.max), "9=i"), (.first, "2=b"),
    ] as [(Cursor.Move, String?)])
  func `a cursor stops where it is told`(move: Cursor.Move, expected: String?) throws {
    let folder = try TemporaryFolder()
    let environment = try Environment(path: folder.path, options: .init())
    let table = try Self.makeTable(environment)
    for (key, text) in [(5, "e"), (2, "b"), (9, "i")] as [(UInt64, String)] {
      try Self.put(environment, table, key, text)
    }
    #expect(try Self.text(environment, table, move) == expected)
  }

  @Test func `a transaction that is dropped leaves nothing, and frees the writer's place`() throws {
    let folder = try TemporaryFolder()
    let environment = try Environment(path: folder.path, options: .init())
    let table = try Self.makeTable(environment)
    do {
      let transaction = try WriteTransaction(environment)
      try unsafe transaction.put(table, 1, byteCount: 4) { target in unsafe target.storeBytes(of: 1, as: UInt32.self) }
    }
    #expect(try Self.text(environment, table, .first) == nil)
    try Self.put(environment, table, 2, "two")
    #expect(try Self.text(environment, table, .first) == "2=two")
  }

  @Test func `a reader keeps its moment while the writer goes on`() throws {
    let folder = try TemporaryFolder()
    let environment = try Environment(path: folder.path, options: .init())
    let table = try Self.makeTable(environment)
    try Self.put(environment, table, 1, "old")
    let reader = try ReadTransaction(environment)
    try Self.put(environment, table, 1, "new")
    var cursor = try reader.cursor(table)
    #expect(try cursor.move(.first) == 1)
    let old = unsafe cursor.withValue { value in unsafe String(decoding: value, as: UTF8.self) }
    #expect(old == "old")
    #expect(try Self.text(environment, table, .first) == "1=new")
  }

  @Test func `a key out of order is refused with LMDB's words, the table and a remedy`() throws {
    let folder = try TemporaryFolder()
    let environment = try Environment(path: folder.path, options: .init())
    let table = try Self.makeTable(environment)
    try Self.put(environment, table, 5, "five")
    let transaction = try WriteTransaction(environment)
    let error = #expect(throws: LMDBError.self) {
      try unsafe [UInt8(1)].withUnsafeBytes { bytes in try unsafe transaction.append(table, 5, bytes) }
    }
    #expect(error?.message == "mdb_put failed: MDB_KEYEXIST: Key/data pair already exists (code -30799)")
    #expect(error?.path == folder.path + ", table numbers")
    #expect(error?.remedy.isEmpty == false)
  }

  @Test func `a full map is an error and the environment goes on`() throws {
    let folder = try TemporaryFolder()
    var options = Environment.Options()
    options.leastMapSize = 1 << 20
    let environment = try Environment(path: folder.path, options: options)
    let table = try Self.makeTable(environment)
    let error = #expect(throws: LMDBError.self) {
      let transaction = try WriteTransaction(environment)
      try transaction.put(table, 1, byteCount: 2 << 20) { _ in }
    }
    #expect(error?.message.hasPrefix("mdb_put failed: MDB_MAP_FULL: ") == true)
    try Self.put(environment, table, 1, "small")
    #expect(try Self.text(environment, table, .first) == "1=small")
  }

  @Test func `one environment is not opened twice in a process`() throws {
    let folder = try TemporaryFolder()
    let environment = try Environment(path: folder.path, options: .init())
    let error = #expect(throws: LMDBError.self) { _ = try Environment(path: folder.path + "/.", options: .init()) }
    #expect(error?.message == "this process has these data open already")
    #expect(environment.usage.mapBytes == 64 << 30)
  }

  @Test func `a folder has one writer, and the refusal names its process`() throws {
    let folder = try TemporaryFolder()
    var lock: FolderLock? = try FolderLock(folder: folder.path)
    let error = #expect(throws: LMDBError.self) { _ = try FolderLock(folder: folder.path) }
    #expect(error?.message == "another process (process \(getpid())) is writing in this folder")
    #expect(lock != nil)
    lock = nil
    _ = try FolderLock(folder: folder.path)
  }

  /// As a child process does between its start and the program it runs.
  @Test func `a folder is free once its writer is gone, also while somebody else has the descriptor`() throws {
    let folder = try TemporaryFolder()
    var lock: FolderLock? = try FolderLock(folder: folder.path)
    let name = "/" + folder.path.split(separator: "/").last! + "/writer.lock"
    let own = try #require(
      (3..<4_096 as Range<Int32>).first { number in
        var target = [CChar](repeating: 0, count: 4_096)
        let count = unsafe readlink("/proc/self/fd/\(number)", &target, target.count - 1)
        return count > 0
          && String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self).hasSuffix(name)
      })
    let other = dup(own)
    #expect(lock != nil && other >= 0)
    lock = nil
    _ = try FolderLock(folder: folder.path)
    close(other)
  }

  @Test func `a refused writer closes its own file and no other`() async throws {
    let folder = try TemporaryFolder()
    let lock = try FolderLock(folder: folder.path)
    let path = folder.path
    let lost = await withTaskGroup(of: Int.self) { group in
      group.addTask {
        for _ in 0..<20_000 { _ = try? FolderLock(folder: path) }
        return 0
      }
      // Files that others open meanwhile stay open.
      group.addTask {
        var lost = 0
        for _ in 0..<400_000 {
          let descriptor = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
          if close(descriptor) != 0 { lost += 1 }
        }
        return lost
      }
      return await group.reduce(0, +)
    }
    #expect(lost == 0)
    withExtendedLifetime(lock) {}
  }

  @Test func `a page that says it is another is found before LMDB follows it`() throws {
    let folder = try TemporaryFolder()
    do {
      let environment = try Environment(path: folder.path, options: .init())
      let table = try Self.makeTable(environment)
      for key in 0..<2_000 { try Self.put(environment, table, UInt64(key), "a value of some length, \(key)") }
    }
    let file = folder.path + "/data.mdb"
    try DataFile.check(file, thoroughly: true)
    let sound = try Data(contentsOf: URL(fileURLWithPath: file))
    var refusals = 0
    for page in 2..<sound.count / 4_096 {
      var bytes = sound
      bytes[page * 4_096] ^= 0xFF
      try bytes.write(to: URL(fileURLWithPath: file))
      do {
        try DataFile.check(file)
      } catch {
        refusals += 1
        #expect(error.message.contains("page \(page) (byte \(page * 4_096)) says it is page "))
      }
    }
    #expect(refusals > 3)
  }
}
