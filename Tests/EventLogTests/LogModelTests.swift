import EventLog
import Testing

struct LogModelTests {
  @Test(arguments: [1, 2, 3] as [UInt64])
  func `the log holds what an array would hold, reopened at every step`(seed: UInt64) throws {
    print("seed \(seed)")
    var random = SeededGenerator(state: seed)
    let folder = try TemporaryFolder()
    var model: [TestRecord] = []
    for _ in 0..<25 {
      let log = try EventLog.open(folder.path)
      #expect(log.lastSequence == UInt64(model.count))
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        var batch = LogBatch()
        for _ in 0..<[1, 2, 255, 256, 257, 700, Int.random(in: 1...60, using: &random)].randomElement(using: &random)! {
          let subject = Bool.random(using: &random) ? random.next() % 50 : nil
          let record = TestRecord(
            number: UInt64(model.count + 1), subject: subject, filler: Int.random(in: 0...400, using: &random), &random)
          model.append(record)
          batch.append(record: record.bytes, facts: record.facts)
        }
        try log.append(batch)
        #expect(log.lastSequence == UInt64(model.count))
      }
      for _ in 0..<20 {
        let index = Int.random(in: 0..<model.count, using: &random)
        #expect(try log.record(UInt64(index + 1)) == model[index].bytes)
        #expect(log.candidates(identity: model[index].facts.identity) == [UInt64(index + 1)])
      }
      let from = UInt64.random(in: 1...UInt64(model.count), using: &random)
      let start = (from - 1) / 256 * 256
      #expect(try log.allRecords(from: from) == model[Int(start)...].map(\.bytes))
    }
    let log = try EventLog.open(folder.path)
    for subject in 0..<50 as Range<UInt64> {
      let fingerprint = TestRecord.fingerprint(subject, 2)
      let expected = model.indices.filter { model[$0].facts.subject == fingerprint }.map { UInt64($0 / 256) }
      #expect(try log.frames(subject: fingerprint) == Set(expected).sorted())
    }
    #expect(throws: LogError.self) { try log.record(0) }
    #expect(throws: LogError.self) { try log.record(UInt64(model.count + 1)) }
  }
}
