import EventLog
import Foundation
import Testing

struct BackupTests {
  @Test func `a backup restored into a new folder is the same log, and goes on`() throws {
    var random = SeededGenerator(state: 31)
    let folder = try TemporaryFolder()
    let log = try EventLog.open(folder.path + "/data")
    func append(_ count: Int, to log: EventLog) throws {
      var batch = LogBatch()
      for number in log.lastSequence + 1...log.lastSequence + UInt64(count) {
        let record = TestRecord(number: number, subject: number / 4, filler: 50, &random)
        batch.append(record: record.bytes, facts: record.facts)
      }
      try log.append(batch)
    }
    try append(1_000, to: log)
    let backup = folder.path + "/backup.waybill"
    let report = try log.backup(to: backup)
    #expect(report.isSound && report.recordCount == 1_000)
    try append(10, to: log)
    #expect(try EventLog.open(backup).lastSequence == 1_000)
    try unsafe EventLog.restore(from: backup, to: folder.path + "/again", extract: TestRecord.extract)
    let again = try EventLog.open(folder.path + "/again")
    #expect(again.lastSequence == 1_000)
    #expect(try again.allRecords() == Array(log.allRecords(to: 1_000).prefix(1_000)))
    #expect(try again.root(size: 1_000) == log.root(size: 1_000))
    #expect(again.candidates(identity: TestRecord.fingerprint(77, 1)) == [77])
    try append(300, to: again)
    #expect(try again.verify().isSound)
  }

  @Test func `neither backup nor restore writes over anything`() throws {
    let folder = try TemporaryFolder()
    let log = try EventLog.open(folder.path + "/data")
    let backup = folder.path + "/backup"
    try log.backup(to: backup)
    #expect(throws: LogError.self) { try log.backup(to: backup) }
    let error = #expect(throws: LogError.self) {
      try unsafe EventLog.restore(from: backup, to: folder.path + "/data", extract: TestRecord.extract)
    }
    #expect(error?.code == "occupied")
    #expect(FileManager.default.fileExists(atPath: backup + ".partial") == false)
  }

  @Test func `a damaged backup is not restored`() throws {
    var random = SeededGenerator(state: 32)
    let folder = try TemporaryFolder()
    let log = try EventLog.open(folder.path + "/data")
    var batch = LogBatch()
    for number in 1...600 {
      let record = TestRecord(number: UInt64(number), subject: nil, filler: 90, &random)
      batch.append(record: record.bytes, facts: record.facts)
    }
    try log.append(batch)
    let backup = folder.path + "/backup"
    try log.backup(to: backup)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: backup))
    let frame = try #require(bytes.range(of: Data([0x28, 0xB5, 0x2F, 0xFD])))
    bytes[frame.upperBound + 2_000] ^= 0x10
    try bytes.write(to: URL(fileURLWithPath: backup))
    let error = #expect(throws: LogError.self) {
      try unsafe EventLog.restore(from: backup, to: folder.path + "/new", extract: TestRecord.extract)
    }
    #expect(error?.code == "damaged")
    #expect(FileManager.default.fileExists(atPath: folder.path + "/new") == false)
  }
}
