import Dispatch
import Synchronization
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
    let pool = SealingPool(mostHelpers: helpers, SharedThreads())
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

  @Test func `threads are started as they are needed, no more than allowed, and end with the pool`() {
    let started = Mutex(0)
    let running = DispatchGroup()
    let threads = TestThreads { _, body in
      started.withLock { $0 += 1 }
      running.enter()
      return {
        body()
        running.leave()
      }
    }
    var pool: SealingPool? = SealingPool(mostHelpers: 2, threads)
    func seal(_ count: Int) {
      for number in 0..<count {
        let frame = pool!.takeFrame()
        fill(frame, number)
        pool!.seal(frame, into: SealedFrame(firstSequence: frame.firstSequence))
      }
      pool!.finish()
    }
    for _ in 0..<3 { seal(1) }
    #expect(started.withLock { $0 } == 0, "a frame alone is the writer's")
    for _ in 0..<20 { seal(9) }
    #expect((1...2).contains(started.withLock { $0 }))
    pool = nil
    #expect(running.wait(timeout: .now() + 60) == .success)
  }

  @Test func `nobody waits for a helper that has not begun`() {
    let held = Mutex<[@Sendable () -> Void]>([])
    let threads = TestThreads { _, body in
      held.withLock { $0.append(body) }
      return {}
    }
    let pool = SealingPool(mostHelpers: 3, threads)
    var sealed: [SealedFrame] = []
    for number in 0..<3 {
      let frame = pool.takeFrame()
      fill(frame, number)
      sealed.append(SealedFrame(firstSequence: frame.firstSequence))
      pool.seal(frame, into: sealed[number])
    }
    pool.finish()
    let areSealed = sealed.allSatisfy { unsafe !$0.bytes.isEmpty }
    #expect(held.withLock { $0.count } == 2 && areSealed)
  }
}
