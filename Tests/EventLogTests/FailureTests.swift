import Glibc
import LMDB
import Testing

@testable import EventLog

struct FailureTests {
  private static func batch(_ count: Int, after last: UInt64, _ random: inout SeededGenerator) -> LogBatch {
    var batch = LogBatch()
    for number in last + 1...last + UInt64(count) {
      let record = TestRecord(number: number, subject: nil, filler: 200, &random)
      batch.append(record: record.bytes, facts: record.facts)
    }
    return batch
  }

  @Test func `after a failed append nothing more is taken, and reopening shows what was acknowledged`() throws {
    var random = SeededGenerator(state: 71)
    let folder = try TemporaryFolder()
    var options = Environment.Options()
    options.leastMapSize = 1 << 20
    var acknowledged: UInt64 = 0
    do {
      let log = try unsafe EventLog(path: folder.path, options, recordsPerRun: 1_000, extract: TestRecord.extract)
      let error = #expect(throws: LogError.self) {
        for _ in 0..<100 {
          try log.append(Self.batch(500, after: acknowledged, &random))
          acknowledged = log.lastSequence
        }
      }
      #expect(error?.message.contains("MDB_MAP_FULL") == true)
      #expect(error?.leavesLogUsable == false)
      #expect(acknowledged >= 500 && log.lastSequence == acknowledged)
      #expect(throws: LogError.self) { try log.append(Self.batch(1, after: acknowledged, &random)) }
      #expect(try log.record(acknowledged).count == 256)
    }
    let again = try EventLog.open(folder.path)
    #expect(again.lastSequence == acknowledged)
    #expect(try again.verify().problems == [])
    try again.append(Self.batch(500, after: acknowledged, &random))
    #expect(again.lastSequence == acknowledged + 500)
  }

  @Test func `a full disk is told from a broken one`() throws {
    let folder = try TemporaryFolder()
    let log = try EventLog.open(folder.path)
    func answer(_ code: Int32) -> LogError? {
      log.diskFull(.storage(LMDBError(operation: "mdb_txn_commit", code: code, path: folder.path)), 100)
    }
    #expect(answer(ENOSPC)?.code == "disk_full")
    #expect(answer(ENOSPC)?.leavesLogUsable == true)
    #expect(answer(EDQUOT)?.code == "disk_full")
    // There is room on the disk of the tests, so a write that failed is another matter.
    #expect(answer(EIO) == nil)
    #expect(answer(MDB_PANIC) == nil)
  }

  private let MDB_PANIC: Int32 = -30_795

  @Test func `readers beside the writer see whole prefixes, never a gap`() async throws {
    let folder = try TemporaryFolder()
    let log = try EventLog.open(folder.path)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for reader in 0..<3 as Range<UInt64> {
        group.addTask {
          var random = SeededGenerator(state: 80 + reader)
          while log.lastSequence < 6_000 {
            // The pool of threads may be smaller than the number of readers.
            await Task.yield()
            let last = log.lastSequence
            if last == 0 { continue }
            let from = UInt64.random(in: 1...last, using: &random)
            var expected = EventLog.frameStart(from)
            try log.forEachFrame(from: from) { frame in
              #expect(frame.header.firstSequence == expected)
              expected = frame.header.lastSequence + 1
              return true
            }
            #expect(expected > last)
            let record = try log.record(from)
            let number = unsafe record.withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self) }
            #expect(number == from)
            #expect(try log.root(size: last).bytes.count == 32)
          }
        }
      }
      group.addTask {
        var random = SeededGenerator(state: 79)
        while log.lastSequence < 6_000 {
          await Task.yield()
          try log.append(Self.batch(Int.random(in: 1...400, using: &random), after: log.lastSequence, &random))
        }
      }
      try await group.waitForAll()
    }
    #expect(try log.verify().isSound)
  }
}
