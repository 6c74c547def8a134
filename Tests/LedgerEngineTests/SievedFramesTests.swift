import EventLog
import Testing

@testable import LedgerEngine

@Suite struct SievedFramesTests {
  private struct Enough: Error {}

  /// A log of two accounts' payments, so many frames of them and some more.
  private static func ledger(frames: Int) async throws -> TestLedger {
    let ledger = try await TestLedger()
    try await ledger.append([Events.account("acme"), Events.account("kirana")])
    let events = (0..<frames * 256).map { Events.payment("p\($0)", "1", account: $0 % 3 == 0 ? "acme" : "kirana") }
    for start in stride(from: 0, to: events.count, by: 2_000) {
      try await ledger.append(Array(events[start..<min(start + 2_000, events.count)]))
    }
    return ledger
  }

  private static func frames(_ log: EventLog, _ numbers: [UInt64], _ helpers: ThreadPool?) -> SievedFrames {
    SievedFrames(
      log, numbers, helpers: helpers, wants: { _ in true }, sieve: { _ in RecordSieve(containing: "acme") })
  }

  @Test(arguments: [0, 1, 2, 5])
  func `records come in the log's order, each once, whatever the number of helpers`(helperCount: Int) async throws {
    let helpers = helperCount == 0 ? nil : ThreadPool(name: "helper", threadCount: helperCount)
    defer { helpers?.close() }
    let ledger = try await Self.ledger(frames: 40)
    let log = ledger.engine.log
    let numbers = (0...40 as ClosedRange<UInt64>).filter { $0 % 7 != 3 }
    var expected: [(UInt64, [UInt8])] = []
    try log.forEachFrame(numbered: numbers) { frame in
      try RecordSieve(containing: "acme").forEachRecord(of: frame) { expected.append(($0, unsafe Array($1))) }
      return true
    }
    var found: [(UInt64, [UInt8])] = []
    try Self.frames(log, numbers, helpers).forEachRecord { found.append(($0, unsafe Array($1))) }
    #expect(found.count > 2_900 && found.map(\.0) == expected.map(\.0) && found.map(\.1) == expected.map(\.1))
  }

  @Test func `whoever has enough ends the reading, and a frame that is missing is an error in its turn`() async throws {
    let ledger = try await Self.ledger(frames: 40)
    let log = ledger.engine.log
    let helpers = ThreadPool(name: "helper", threadCount: 2)
    defer { helpers.close() }
    var count = 0
    #expect(throws: Enough.self) {
      try Self.frames(log, Array(0...40), helpers).forEachRecord { _, _ in
        count += 1
        if count == 500 { throw Enough() }
      }
    }
    #expect(count == 500)
    var last: UInt64 = 0
    let damage = #expect(throws: LogError.self) {
      try Self.frames(log, Array(0...40) + [77], helpers).forEachRecord { sequence, _ in last = sequence }
    }
    #expect("\(damage!)".contains("damaged"), "\(damage!)")
    // The frames that are read together with the missing one are not given away; all before are.
    #expect(last > 39 * 256 && last <= 40 * 256, "\(last)")
  }

  @Test func `helpers that are busy with something else keep nobody waiting`() async throws {
    let ledger = try await Self.ledger(frames: 20)
    let helpers = ThreadPool(name: "helper", threadCount: 1)
    let gate = Monitor(false)
    helpers.add { gate.wait { $0 ? () : nil } }
    var count = 0
    try Self.frames(ledger.engine.log, Array(0...20), helpers).forEachRecord { _, _ in count += 1 }
    gate.signal { $0 = true }
    helpers.close()
    #expect(count > 1_700)
  }
}
