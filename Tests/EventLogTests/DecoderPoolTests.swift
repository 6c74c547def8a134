import Testing

@testable import EventLog

@Suite struct DecoderPoolTests {
  @Test func `records of many frames that were read lately are read again without decompressing`() throws {
    let folder = try TemporaryFolder()
    var random = SeededGenerator(state: 71)
    let log = try EventLog.open(folder.path)
    var batch = LogBatch()
    let records = (1...UInt64(30 * FrameHeader.recordsPerFrame)).map {
      TestRecord(number: $0, subject: nil, filler: Int(random.next() % 90), &random)
    }
    for record in records { batch.append(record: record.bytes, facts: record.facts) }
    try log.append(batch)
    let chosen = (0..<30).map { UInt64($0 * FrameHeader.recordsPerFrame) + random.next() % 256 + 1 }
    #expect(log.decoders.countHeld(chosen) == 0)
    for round in 1...3 {
      for sequence in chosen.shuffled(using: &random) {
        #expect(try log.record(sequence) == records[Int(sequence) - 1].bytes, "round \(round)")
      }
      #expect(log.decoders.countHeld(chosen) == 30)
    }
    log.close()
  }

  @Test func `what is kept is bounded in number and in bytes`() {
    let pool = DecoderPool()
    // So many are lent at once.
    func lend(_ count: Int, of byteCount: Int) {
      if count == 0 { return }
      pool.withDecoder(holding: 1) { decoder in
        decoder.bundle.reserve(byteCount, keeping: 0)
        lend(count - 1, of: byteCount)
      }
    }
    lend(DecoderPool.mostDecoders + 20, of: 1_000)
    #expect(pool.count == DecoderPool.mostDecoders)
    #expect(pool.byteCount <= DecoderPool.mostBytes)
    lend(30, of: 5 << 20)
    #expect(pool.count > 0)
    #expect(pool.byteCount <= DecoderPool.mostBytes)
    lend(1, of: DecoderPool.mostBytes + 1)
    #expect(pool.byteCount <= DecoderPool.mostBytes)
  }
}
