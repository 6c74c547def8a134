import Foundation
import Testing

@testable import Ledger
@testable import LedgerEngine

@Suite struct ColdFileTests {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("waybill-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
  }

  private static func keep(_ bytes: [UInt8], in file: ColdFile) -> ColdBytes? {
    unsafe bytes.withUnsafeBytes { unsafe file.keep($0) }
  }

  private static func bytes(_ cold: ColdBytes, _ count: Int) -> [UInt8] {
    unsafe Array(UnsafeRawBufferPointer(start: cold.start, count: count))
  }

  @Test func `bytes that are kept can be read, and room that nobody reads is used again`() throws {
    try withFolder { folder in
      try Data(count: 10_000).write(to: URL(fileURLWithPath: folder + "/cold"))
      let file = try #require(ColdFile(in: folder, leastFreeBytes: 0))
      let contents = (0..<40).map { [UInt8](repeating: UInt8($0), count: 1_000 + 500 * ($0 % 3)) }
      var kept: [ColdBytes] = []
      for content in contents { kept.append(try #require(Self.keep(content, in: file))) }
      for (cold, content) in zip(kept, contents) { #expect(Self.bytes(cold, content.count) == content) }
      let used = file.usedByteCount
      #expect(used >= contents.reduce(0) { $0 + $1.count } && used % 64 == 0)
      file.collect()
      #expect(file.usedByteCount == used)
      let starts = unsafe Set(kept.map(\.start))
      kept.removeFirst(20)
      file.collect()
      #expect(file.usedByteCount < used)
      for content in contents[..<20] { kept.append(try #require(Self.keep(content, in: file))) }
      #expect(file.usedByteCount == used)
      #expect(unsafe Set(kept.map(\.start)) == starts)
      for (cold, content) in zip(kept, contents[20...] + contents[..<20]) {
        #expect(Self.bytes(cold, content.count) == content)
      }
    }
  }

  @Test func `where little is free nothing is kept`() throws {
    try withFolder { folder in
      let file = try #require(ColdFile(in: folder, leastFreeBytes: 1 << 62))
      #expect(Self.keep([1, 2, 3], in: file) == nil)
      #expect(file.usedByteCount == 0)
      let size = try FileManager.default.attributesOfItem(atPath: folder + "/cold")[.size] as? Int
      #expect(size == 0)
    }
  }

  @Test func `where there can be no file there is none`() throws {
    try withFolder { folder in
      try FileManager.default.createDirectory(atPath: folder + "/cold", withIntermediateDirectories: false)
      #expect(ColdFile(in: folder, leastFreeBytes: 0) == nil)
    }
  }
}
