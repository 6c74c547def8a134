import Foundation
import Testing

@testable import EventLog

@Suite struct CheckpointStoreTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func bytes(_ count: Int, _ seed: Int) -> [UInt8] {
    let block = (0..<4_099).map { UInt8(truncatingIfNeeded: ($0 &* 31 &+ seed) ^ ($0 >> 5)) }
    var bytes: [UInt8] = []
    while bytes.count + block.count <= count { bytes += block }
    return bytes + block.prefix(count - bytes.count)
  }

  /// A log of 300 records.
  private func log(at path: String? = nil) throws -> EventLog {
    let log = try EventLog.open(path ?? folder.path)
    guard log.lastSequence == 0 else { return log }
    var random = SeededGenerator(state: 1)
    var batch = LogBatch()
    for number in UInt64(1)...300 {
      let record = TestRecord(number: number, subject: nil, filler: 10, &random)
      batch.append(record: record.bytes, facts: record.facts)
    }
    try log.append(batch)
    return log
  }

  private func write(_ parts: [[UInt8]], at sequence: UInt64, to store: CheckpointStore) throws {
    try store.write(sequence: sequence, version: 7, partCount: parts.count) {
      .bytes(parts[$0], mark: UInt64($0) + 100)
    }
  }

  @Test func `a part is read as it was written, whatever its length`() throws {
    let log = try log()
    let size = CheckpointStore.pieceByteCount
    let parts = [0, 1, size - 1, size, size + 1, 2 * size, 17 * size + 5].enumerated().map { bytes($1, $0) }
    do {
      let store = try CheckpointStore.open(for: log)
      try write(parts, at: 300, to: store)
    }
    let store = try CheckpointStore.open(for: log)
    let head = try #require(try store.all().last)
    #expect(head.sequence == 300 && head.version == 7 && head.parts.map(\.mark) == (100..<107).map(UInt64.init))
    for (part, expected) in zip(head.parts, parts) { #expect(try store.read(part) == expected) }
  }

  @Test func `an unchanged part is shared, and stays until the last checkpoint that has it is removed`() throws {
    let store = try CheckpointStore.open(for: try log())
    try write([bytes(10, 1), bytes(20, 2)], at: 100, to: store)
    let first = try #require(try store.all().last)
    try store.write(sequence: 200, version: 7, partCount: 2) { index in
      index == 0 ? .unchanged(first.parts[0]) : .bytes(bytes(30, 3), mark: 9)
    }
    try store.removeAll { $0.sequence == 100 }
    let second = try #require(try store.all().last)
    #expect(try store.all().count == 1 && second.sequence == 200)
    #expect(try store.read(second.parts[0]) == bytes(10, 1))
    #expect(try store.read(second.parts[1]) == bytes(30, 3))
    #expect(throws: LogError.self) { try store.read(first.parts[1]) }
  }

  @Test func `a new part never takes the number of one that is there`() throws {
    let log = try log()
    do {
      let store = try CheckpointStore.open(for: log)
      try write([bytes(10, 1), bytes(20, 2)], at: 100, to: store)
    }
    let store = try CheckpointStore.open(for: log)
    try write([bytes(11, 3)], at: 200, to: store)
    let heads = try store.all()
    #expect(try store.read(heads[0].parts[0]) == bytes(10, 1))
    #expect(try store.read(heads[1].parts[0]) == bytes(11, 3))
  }

  @Test func `checkpoints beyond the log's end, and those of another log, are not there`() throws {
    do {
      let store = try CheckpointStore.open(for: try log())
      try write([bytes(10, 1)], at: 301, to: store)
      try write([bytes(10, 1)], at: 300, to: store)
    }
    do {
      let store = try CheckpointStore.open(for: try log())
      #expect(try store.all().map(\.sequence) == [300])
    }
    let other = try TemporaryFolder()
    let stranger = try log(at: other.path)
    try FileManager.default.copyItem(atPath: folder.path + "/checkpoints", toPath: other.path + "/checkpoints")
    #expect(try CheckpointStore.open(for: stranger).all().isEmpty)
  }

  @Test func `a part that was altered is refused, and a store that cannot be opened is made anew`() throws {
    let log = try log()
    let file = folder.path + "/checkpoints/data.mdb"
    do {
      let store = try CheckpointStore.open(for: log)
      try write([bytes(400_000, 1)], at: 300, to: store)
    }
    var content = try Data(contentsOf: URL(fileURLWithPath: file))
    content[content.count / 2] ^= 0x20
    try content.write(to: URL(fileURLWithPath: file))
    do {
      let store = try CheckpointStore.open(for: log)
      if let head = try store.all().last { #expect(throws: LogError.self) { try store.read(head.parts[0]) } }
    }
    try Data("this is no database, however long it may be".utf8).write(to: URL(fileURLWithPath: file))
    #expect(try CheckpointStore.open(for: log).all().isEmpty)
  }
}
