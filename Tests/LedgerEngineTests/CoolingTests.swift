import EventLog
import Foundation
import Ledger
import Testing

@testable import LedgerEngine

@Suite struct CoolingTests {
  private static let accounts = ["one", "two", "three"]

  private static var opening: [String] {
    accounts.flatMap {
      [Events.account($0), Events.payment("p-\($0)", account: $0), Events.number("n-\($0)", account: $0)]
    }
  }

  /// Messages in, out and delivered, and statuses of some that are long past.
  private static func messages(_ rounds: Range<Int>) -> [String] {
    rounds.flatMap { round in
      accounts.flatMap { account in
        func named(_ id: String, _ round: Int) -> String {
          #""message":"\#(id)-\#(round)","number":"n-\#(account)","contact":{"phone":"5511987\#(100_000 + round % 300)"}"#
        }
        let late = round % 4 == 0 ? round / 5 : round
        return [
          Events.envelope(
            "r\(round)-\(account)", "message.received", account, "{\(named("in", round)),\"kind\":\"text\"}"),
          Events.envelope(
            "s\(round)-\(account)", "message.sent", account,
            "{\(named("out", round)),\"kind\":\"text\",\"agent\":\"ana\"}"),
          Events.envelope(
            "d\(round)-\(account)", "message.status", account,
            "{\(named("out", late)),\"status\":\"\(late == round ? "delivered" : "read")\"}"),
        ]
      }
    }
  }

  /// Often, and whatever is full.
  private static var policy: CoolingPolicy {
    var policy = CoolingPolicy()
    policy.eventCount = 300
    policy.leastFreeBytes = 0
    policy.leastChunkBytes = 1
    return policy
  }

  private static func answers(_ ledger: TestLedger) async throws -> [String] {
    var answers: [String] = []
    for account in accounts {
      for path in [["balance"], ["workload"], ["charges"], ["usage"], ["credits"], ["charges", "out-7"]] {
        answers.append(try await ledger.answer(["accounts", account] + path))
      }
    }
    return answers
  }

  @Test func `what rests leaves the heap, and the state is the same bytes`() async throws {
    var checkpoints = CheckpointPolicy()
    checkpoints.leastEventsAtRest = 1
    checkpoints.idleTime = .seconds(3_600)
    checkpoints.leastEvents = 700  // so that some copies are being written while chunks are moved
    let ledger = try await TestLedger(checkpoints: checkpoints, cooling: Self.policy)
    try await ledger.append(Self.opening)
    var round = 0
    // The looks are another thread's: it gets as many events as it needs.
    while ledger.engine.coldByteCount < 50_000, round < 20_000 {
      try await ledger.append(Self.messages(round..<round + 60))
      round += 60
    }
    #expect(ledger.engine.coldByteCount >= 50_000)
    try await ledger.append(Self.messages(round..<round + 60))
    let digest = try await ledger.engine.digest
    let file = ledger.path + "/cold"
    #expect(FileManager.default.fileExists(atPath: file))
    try await ledger.closed { path in
      let folded = try TestLedger.digestFromZero(path)
      #expect(folded == digest)
      #expect(!FileManager.default.fileExists(atPath: file))
    }
    // From the checkpoint: what is full does not come to the heap at all.
    try await ledger.open()
    #expect(ledger.engine.startedFrom > 0)
    let again = try await ledger.engine.digest
    #expect(again == digest)
    #expect(ledger.engine.coldByteCount >= 50_000)
    // From the first event.
    try await ledger.closed { try FileManager.default.removeItem(atPath: $0 + "/checkpoints") }
    try await ledger.open()
    #expect(ledger.engine.startedFrom == 0)
    let replayed = try await ledger.engine.digest
    #expect(replayed == digest)
    #expect(ledger.engine.coldByteCount > 0)
  }

  @Test func `an opening that fails leaves no file`() async throws {
    let ledger = try await TestLedger(cooling: Self.policy)
    try await ledger.append(Self.opening)
    try await ledger.append(Self.messages(0..<100))
    try await ledger.closed { path in
      let file = URL(fileURLWithPath: path + "/log/data.mdb")
      var content = try Data(contentsOf: file)
      var start = content.startIndex
      while let frame = content.range(of: Data([0x28, 0xB5, 0x2F, 0xFD]), in: start..<content.endIndex) {
        content[frame.upperBound + 30] ^= 0x11
        start = frame.upperBound
      }
      try content.write(to: file)
      let folder = try DataFolder(path)
      await #expect(throws: LogError.self) { _ = try await Engine.open(folder) }
      #expect(!FileManager.default.fileExists(atPath: path + "/cold"))
    }
  }

  @Test func `questions are answered alike wherever chunks lie`() async throws {
    var inHeap = CoolingPolicy()
    inHeap.eventCount = .max / 2
    let (cool, warm) = (try await TestLedger(cooling: Self.policy), try await TestLedger(cooling: inHeap))
    for ledger in [cool, warm] { try await ledger.append(Self.opening) }
    for start in stride(from: 0, to: 900, by: 90) {
      for ledger in [cool, warm] { try await ledger.append(Self.messages(start..<start + 90)) }
      let (expected, found) = (try await Self.answers(warm), try await Self.answers(cool))
      #expect(found == expected)
    }
    #expect(warm.engine.coldByteCount == 0)
    // A replay looks at what it folds itself.
    try await cool.restart()
    #expect(cool.engine.startedFrom == 0 && cool.engine.coldByteCount > 0)
    let (expected, found) = (try await Self.answers(warm), try await Self.answers(cool))
    #expect(found == expected)
  }

  @Test func `without room for it everything stays in the heap`() async throws {
    var policy = Self.policy
    policy.leastFreeBytes = 1 << 62
    let ledger = try await TestLedger(cooling: policy)
    try await ledger.append(Self.opening)
    for start in stride(from: 0, to: 600, by: 60) { try await ledger.append(Self.messages(start..<start + 60)) }
    let digest = try await ledger.engine.digest
    #expect(ledger.engine.coldByteCount == 0)
    try await ledger.closed { path in
      let folded = try TestLedger.digestFromZero(path)
      #expect(folded == digest)
    }
  }
}
