import Testing

@testable import EventLog

@Suite struct SealingPoolTests {
  /// A complete frame of records of all lengths.
  private func fill(_ frame: NewFrame, _ number: Int) {
    var random = SeededGenerator(state: UInt64(number))
    let first = UInt64(number * FrameHeader.recordsPerFrame + 1)
    frame.begin(firstSequence: first)
    for offset in 0..<UInt64(FrameHeader.recordsPerFrame) {
      let filler = Int(random.next() % (offset == 7 ? 40_000 : 700))
      let record = TestRecord(number: first + offset, subject: nil, filler: filler, &random)
      unsafe frame.add(record.facts, ofAtMost: record.bytes.count + 20) { room in
        unsafe record.bytes.withUnsafeBytes { unsafe room.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        return record.bytes.count
      }
    }
  }

  @Test(arguments: [0, 1, 3])
  func `frames sealed beside the writer are those that one thread alone seals`(helpers: Int) {
    let pool = SealingPool(mostHelpers: helpers)
    var number = 0
    // Fewer than the helpers, as many, and more than may wait; used frames come back.
    for count in [1, 2, 3, 25, 1, 9] {
      let sealed = (0..<count).map { _ in
        defer { number += 1 }
        let frame = pool.takeFrame()
        fill(frame, number)
        let sealed = SealedFrame(firstSequence: frame.firstSequence)
        pool.seal(frame, into: sealed)
        return sealed
      }
      pool.finish()
      for (offset, one) in sealed.enumerated() {
        let frame = NewFrame()
        fill(frame, number - count + offset)
        let alone = SealedFrame(firstSequence: frame.firstSequence)
        Sealer().seal(frame, into: alone)
        #expect(unsafe one.bytes.elementsEqual(alone.bytes), "frame \(offset) of \(count)")
        #expect(one.root == alone.root)
        #expect(one.firstSequence == alone.firstSequence)
      }
    }
  }
}
