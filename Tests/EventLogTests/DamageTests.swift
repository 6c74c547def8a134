import Foundation
import LMDB
import Testing

@testable import EventLog

struct DamageTests {
  private static func makeLog(_ path: String, records: Int, seed: UInt64) throws -> [[UInt8]] {
    var random = SeededGenerator(state: seed)
    let log = try EventLog.open(path)
    var all: [[UInt8]] = []
    while all.count < records {
      var batch = LogBatch()
      for _ in 0..<min(records - all.count, Int.random(in: 1...500, using: &random)) {
        let record = TestRecord(number: UInt64(all.count + 1), subject: 3, filler: 120, &random)
        all.append(record.bytes)
        batch.append(record: record.bytes, facts: record.facts)
      }
      try log.append(batch)
    }
    return all
  }

  /// What a reader is told of a file: nothing wrong, or a sentence.
  private static func sentence(_ path: String, _ expected: [[UInt8]]) -> String? {
    do {
      let log = try EventLog.open(path, readOnly: true)
      let report = try log.verify()
      if let problem = report.problems.first { return problem.description }
      #expect(report.recordCount == UInt64(expected.count))
      #expect(try log.allRecords() == expected)
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test(arguments: [21, 22] as [UInt64])
  func `a flipped bit is found or harmless, and never ends the process`(seed: UInt64) throws {
    print("seed \(seed)")
    var random = SeededGenerator(state: seed)
    let folder = try TemporaryFolder()
    let records = try Self.makeLog(folder.path, records: 3_000, seed: seed)
    let file = folder.path + "/log/data.mdb"
    let sound = try Data(contentsOf: URL(fileURLWithPath: file))
    let copy = folder.path + "/copy"
    var found = 0
    for _ in 0..<150 {
      var bytes = sound
      bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      try bytes.write(to: URL(fileURLWithPath: copy))
      if let sentence = Self.sentence(copy, records) {
        found += 1
        #expect(sentence.contains(copy), "\(sentence)")
      }
    }
    #expect(found > 30)
  }

  @Test func `a file cut short is refused wherever it is cut`() throws {
    let folder = try TemporaryFolder()
    let records = try Self.makeLog(folder.path, records: 3_000, seed: 23)
    let sound = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/log/data.mdb"))
    let copy = folder.path + "/copy"
    for length in [1, 100, 4_096, 5_000, 8_192, sound.count / 2, sound.count / 4 * 3] {
      try sound.prefix(length).write(to: URL(fileURLWithPath: copy))
      let sentence = try #require(Self.sentence(copy, records), "cut at \(length) of \(sound.count)")
      #expect(sentence.contains(copy) && sentence.contains("restore"), "\(sentence)")
    }
  }

  @Test func `a changed record is reported with its frame and sequence`() throws {
    let folder = try TemporaryFolder()
    let records = try Self.makeLog(folder.path, records: 900, seed: 24)
    let file = folder.path + "/log/data.mdb"
    var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
    let tail = Data(records[899].suffix(40))
    let place = try #require(bytes.range(of: tail, options: .backwards))
    bytes[place.lowerBound + 5] ^= 1
    let copy = folder.path + "/copy"
    try bytes.write(to: URL(fileURLWithPath: copy))
    let sentence = try #require(Self.sentence(copy, records))
    #expect(sentence.contains("the tail") && sentence.contains("checksum"), "\(sentence)")
  }

  /// One byte of a record, and with it zstd's checksum, the frame's length and both checksums of its header.
  @Test(arguments: [(300, 0), (300, 1), (70_000, 0), (70_000, 200)] as [(Int, UInt64)])
  func `a record that was changed with every checksum around it is found by the tree`(count: Int, frame: UInt64) throws
  {
    let folder = try TemporaryFolder()
    let path = folder.path
    var records = 0
    do {
      var random = SeededGenerator(state: 27)
      let log = try EventLog.open(path)
      while records < count + 256 {
        var batch = LogBatch()
        for _ in 0..<min(count, 9_000) {
          records += 1
          let record = TestRecord(number: UInt64(records), subject: nil, filler: 10, &random)
          batch.append(record: record.bytes, facts: record.facts)
        }
        try log.append(batch)
      }
    }
    try Self.forge(frame: frame, record: 17, in: path)
    let log = try EventLog.open(path, readOnly: true)
    let report = try log.verify()
    #expect(report.problems.count == 1)
    let first = frame * 256 + 1
    #expect(report.problems.first?.sequence == first)
    #expect(report.problems.first?.place == "the frame of sequence \(first)")
    #expect(report.problems.first?.reason.contains("hash \(frame) of level 1") == true, "\(report.problems)")
  }

  /// Rewrites one record of a complete frame so that no checksum tells.
  private static func forge(frame: UInt64, record: Int, in path: String) throws {
    let first = frame * 256 + 1
    let environment = try Environment(path: path + "/log", options: .init())
    let tables = try LogTables.openForWriting(environment)
    let transaction = try WriteTransaction(environment)
    var cursor = try transaction.cursor(tables.frames)
    let key = try #require(try cursor.move(.notAbove(first)))
    var value: [UInt8] = []
    try unsafe cursor.withValue { bytes in
      try unsafe FrameReading.forEachFrame(in: bytes, key: key, path: path) { header, stored in
        let decoder = FrameDecoder()
        try unsafe decoder.decode(header, stored, path: path)
        if header.firstSequence == first {
          // A byte of its filler: the forger leaves what the header knows as it was.
          let start = Int(decoder.recordOffsets[record]) + 2 + 45
          unsafe decoder.bundle.start.storeBytes(
            of: decoder.bundle.start.load(fromByteOffset: start, as: UInt8.self) ^ 2, toByteOffset: start,
            as: UInt8.self)
        }
        let again = NewFrame()
        again.bundle.reserve(header.byteCount, keeping: 0)
        unsafe again.bundle.start.copyMemory(from: decoder.bundle.start, byteCount: header.byteCount)
        again.begin(stored: header)
        let sealed = SealedFrame(firstSequence: header.firstSequence)
        Sealer().seal(again, into: sealed)
        value += unsafe Array(sealed.bytes)
        return true
      }
    }
    try unsafe value.withUnsafeBytes { bytes in try unsafe transaction.put(tables.frames, key, bytes) }
    try transaction.commit()
  }

  @Test func `a folder that is no log is refused with a sentence`() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: LogError.self) { try EventLog.open(folder.path + "/none", readOnly: true) }
    #expect(error?.code == "no_log")
    let file = folder.path + "/text"
    try Data(repeating: 0x41, count: 20_000).write(to: URL(fileURLWithPath: file))
    let other = #expect(throws: LogError.self) { try EventLog.open(file, readOnly: true) }
    #expect(other?.message.contains("not a file of LMDB") == true && other?.message.contains(file) == true)
  }

  @Test func `a second writer of a folder is refused with a sentence`() throws {
    let folder = try TemporaryFolder()
    let log = try EventLog.open(folder.path)
    let error = #expect(throws: LogError.self) { try EventLog.open(folder.path) }
    #expect(error?.message.contains("is writing in this folder") == true)
    #expect(log.lastSequence == 0)
  }
}
