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
      .bytes(parts[$0], mark: UInt64($0) + 100, like: nil)
    }
  }

  @Test func `a part is read as it was written, whatever its length`() throws {
    let log = try log()
    let (least, most) = (PieceCutter.least, PieceCutter.most)
    let parts = [0, 1, least - 1, least, least + 1, most, most + 1, 17 * most + 5].enumerated().map { bytes($1, $0) }
    do {
      let store = try CheckpointStore.open(for: log)
      try write(parts, at: 300, to: store)
    }
    let store = try CheckpointStore.open(for: log)
    let head = try #require(try store.all().last)
    #expect(head.sequence == 300 && head.version == 7 && head.parts.map(\.mark) == (100..<108).map(UInt64.init))
    for (part, expected) in zip(head.parts, parts) { #expect(try store.read(part) == expected) }
  }

  @Test func `an unchanged part is shared, and stays until the last checkpoint that has it is removed`() throws {
    let store = try CheckpointStore.open(for: try log())
    try write([bytes(10, 1), bytes(20, 2)], at: 100, to: store)
    let first = try #require(try store.all().last)
    try store.write(sequence: 200, version: 7, partCount: 2) { index in
      index == 0 ? .unchanged(first.parts[0]) : .bytes(bytes(30, 3), mark: 9, like: first.parts[1])
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

  @Test func `a checkpoint that fails in the middle of a part leaves those before it, and its room to the next`() throws {
    let log = try log()
    try write([bytes(10, 1)], at: 100, to: try CheckpointStore.open(for: log))
    let stretch = noise(1 << 20, 1)
    var handed = 0
    // The first transaction of 16 MiB has room, the second has not.
    let store = try CheckpointStore(log.path + "/checkpoints", log, mostByteCount: 24 << 20)
    let error = #expect(throws: (any Error).self) {
      try store.write(sequence: 200, version: 7, partCount: 2) { index in
        guard index == 0 else { return .bytes(bytes(10, 2), mark: 2, like: nil) }
        return .stretches(mark: 1, like: nil) { add in
          for _ in 0..<40 {
            unsafe add(stretch.span.bytes)
            handed += 1
          }
        }
      }
    }
    #expect((error as? LogError)?.message.contains("MDB_MAP_FULL") == true)
    // Who hands the stretches over is not told, and nobody asks for the next part.
    #expect(handed == 40)
    #expect(try store.all().map(\.sequence) == [100])
    // LMDB uses pages that a transaction freed from the second one behind it on.
    try write([bytes(10, 3)], at: 250, to: store)
    let next = Array([[UInt8]](repeating: stretch, count: 12).joined())
    try write([next], at: 300, to: store)
    let heads = try store.all()
    #expect(heads.map(\.sequence) == [100, 250, 300])
    #expect(try store.read(heads[0].parts[0]) == bytes(10, 1))
    #expect(try store.read(heads[2].parts[0]) == next)
  }

  @Test func `a part that was altered is refused, and a store that cannot be opened is made anew`() throws {
    let log = try log()
    let file = folder.path + "/checkpoints/data.mdb"
    do {
      let store = try CheckpointStore.open(for: log)
      try write([noise(400_000, 1)], at: 300, to: store)
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

  /// Bytes without any pattern.
  private func noise(_ count: Int, _ seed: UInt64) -> [UInt8] {
    var random = SeededGenerator(state: seed)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }

  @Test func `pieces are all bytes in order, none too short or too long, and a change moves the cuts near it alone`() {
    let before = noise(3_000_000, 1)
    let after = before[..<700_000] + noise(1_001, 2) + before[700_000...]
    func contents(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
      var pieces: [ArraySlice<UInt8>] = []
      var rest = bytes[...]
      while !rest.isEmpty {
        let length = unsafe rest.withUnsafeBytes { unsafe PieceCutter.length($0) }
        #expect((1...rest.count).contains(length))
        // What lies beyond the longest piece has no part in it.
        #expect(unsafe rest.prefix(PieceCutter.most).withUnsafeBytes { unsafe PieceCutter.length($0) } == length)
        pieces.append(rest.prefix(length))
        rest = rest.dropFirst(length)
      }
      #expect(bytes.elementsEqual(pieces.joined()))
      #expect(pieces.allSatisfy { $0.count <= PieceCutter.most })
      #expect(pieces.dropLast().allSatisfy { $0.count > PieceCutter.least })
      return pieces
    }
    let (old, new) = (contents(before), contents(Array(after)))
    #expect(old.count > 3_000_000 / 100_000)
    #expect(new.count { !old.contains($0) } <= 3)
    // Where nothing tells one place from another, the longest pieces are cut.
    #expect(contents(Array(repeating: 7, count: 1_000_000)).map(\.count) == [262_144, 262_144, 262_144, 213_568])
  }

  @Test func `of a part that changed, only what is new is written`() throws {
    let store = try CheckpointStore.open(for: try log())
    let before = noise(3_000_000, 1)
    let first = try store.write(sequence: 100, version: 7, partCount: 1) { _ in .bytes(before, mark: 1, like: nil) }
    let after = Array(before[..<700_000] + noise(1_001, 2) + before[700_000...])
    let second = try store.write(sequence: 200, version: 7, partCount: 1) { _ in
      .bytes(after, mark: 2, like: first.parts[0])
    }
    #expect(try store.read(first.parts[0]) == before && store.read(second.parts[0]) == after)
    let (old, new) = (
      try store.byteCount(of: first.parts[0], notIn: second.parts[0]),
      try store.byteCount(of: second.parts[0], notIn: first.parts[0])
    )
    #expect((1...3 * PieceCutter.most).contains(old) && (1_001...3 * PieceCutter.most).contains(new))
    try store.removeAll { $0.sequence == 100 }
    #expect(try store.read(second.parts[0]) == after)
  }

  @Test func `a part that comes in stretches is cut as if it came at once`() throws {
    let store = try CheckpointStore.open(for: try log())
    let bytes = noise(3_300_000, 1)
    let whole = try store.write(sequence: 1, version: 7, partCount: 1) { _ in .bytes(bytes, mark: 1, like: nil) }
    for (number, length) in [1 << 20, 1, 77_777, 5_000_000, 262_144].enumerated() {
      let part = length == 1 ? Array(bytes.prefix(30_000)) : bytes
      let stretched = try store.write(sequence: UInt64(number) + 2, version: 7, partCount: 1) { _ in
        .stretches(mark: 2, like: whole.parts[0]) { add in
          for start in stride(from: 0, to: part.count, by: length) {
            unsafe Array(part[start..<min(start + length, part.count)]).withUnsafeBytes { unsafe add($0.bytes) }
          }
        }
      }
      #expect(try store.read(stretched.parts[0]) == part)
      if length > 1 { #expect(try store.byteCount(of: stretched.parts[0], notIn: whole.parts[0]) == 0) }
    }
    let empty = try store.write(sequence: 9, version: 7, partCount: 1) { _ in .stretches(mark: 3, like: nil) { _ in } }
    #expect(try store.read(empty.parts[0]) == [])
  }

  @Test func `a piece that was altered is written again, not named again`() throws {
    let store = try CheckpointStore.open(for: try log())
    let bytes = noise(10_000, 1)
    let first = try store.write(sequence: 100, version: 7, partCount: 1) { _ in .bytes(bytes, mark: 1, like: nil) }
    let file = folder.path + "/checkpoints/data.mdb"
    let content = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
    let place = try #require(content.indices.first { content[$0...].starts(with: bytes[2_000..<2_016]) })
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
    try handle.seek(toOffset: UInt64(place))
    try handle.write(contentsOf: [content[place] ^ 1])
    try handle.close()
    #expect(throws: LogError.self) { try store.read(first.parts[0]) }
    let second = try store.write(sequence: 200, version: 7, partCount: 1) { _ in
      .bytes(bytes, mark: 2, like: first.parts[0])
    }
    #expect(try store.read(second.parts[0]) == bytes)
  }

  @Test func `what is kept stays without its checkpoint, until it is given up`() throws {
    let log = try log()
    let store = try CheckpointStore.open(for: log)
    let all = [bytes(50, 0), bytes(400_000, 1), bytes(60, 2)]
    try write(all, at: 100, to: store)
    let first = try #require(try store.all().last)
    let parts = [1, 2].map { index in
      CheckpointStore.KeptPart(
        index: index, part: first.parts[index], latestEventTime: -5, eventCount: UInt64(index) * 10)
    }
    try store.keep(CheckpointStore.Kept(sequence: 100, version: 7, shared: first.parts[0], parts: parts))
    try write([bytes(1, 9)], at: 200, to: store)
    try store.removeAll { $0.sequence == 100 }
    for part in 0..<3 { #expect(try store.read(first.parts[part]) == all[part]) }
    let kept = try #require(try store.allKept().first)
    #expect(kept.sequence == 100 && kept.version == 7 && kept.shared == first.parts[0] && kept.parts == parts)

    try store.giveUp([100: [parts[0]]])
    try store.removeAll { _ in false }
    #expect(throws: LogError.self) { try store.read(first.parts[1]) }
    #expect(try store.read(first.parts[2]) == all[2] && store.read(first.parts[0]) == all[0])
    #expect(try store.allKept().first?.parts == [parts[1]])

    try store.giveUp([100: [parts[1]]])
    #expect(try store.allKept().isEmpty)
    try store.removeAll { _ in false }
    for part in 0..<3 { #expect(throws: LogError.self) { try store.read(first.parts[part]) } }
  }

  @Test func `what is kept of records that the log does not have, or of another version, is removed`() throws {
    let log = try log()
    do {
      let store = try CheckpointStore.open(for: log)
      for (sequence, version) in [(299, 7), (300, 8), (301, 7)] as [(UInt64, UInt64)] {
        let head = try store.write(sequence: sequence, version: version, partCount: 2) { index in
          .bytes(bytes(10, index), mark: 0, like: nil)
        }
        try store.keep(
          CheckpointStore.Kept(
            sequence: sequence, version: version, shared: head.parts[0],
            parts: [CheckpointStore.KeptPart(index: 1, part: head.parts[1], latestEventTime: 0, eventCount: 1)]))
      }
    }
    let store = try CheckpointStore.open(for: log)
    #expect(try store.allKept().map(\.sequence) == [299, 300])
    try store.removeKept { $0.version != 7 }
    #expect(try store.allKept().map(\.sequence) == [299])
  }
}
