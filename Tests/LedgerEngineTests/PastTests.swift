import Foundation
import Ledger
import Testing

@testable import LedgerEngine

@Suite struct PastTests {
  @Test(.timeLimit(.minutes(2))) func `questions about now and pages of records wait for none about the past`()
    async throws
  {
    let ledger = try await TestLedger()
    try await ledger.append([Events.account(), Events.payment("p1")])
    // As if each historian were at a question that takes long.
    let engine: Engine = ledger.engine
    let isOver = Monitor(false)
    for _ in 0..<engine.historians.threadCount { engine.historians.add { isOver.wait { $0 ? () : nil } } }
    async let then = TestLedger.answer(["accounts", "acme", "charges"], [("at", "3")], by: engine)
    for question in ["charges", "credits", "conversations", "workload"] {
      #expect(try await ledger.answer(["accounts", "acme", question]).contains("\"sequence\":\"3\""))
    }
    #expect(try await ledger.records().count == 3)
    isOver.signal { $0 = true }
    #expect(try await then.contains("\"sequence\":\"3\""))
  }

  private static let accounts = ["acme", "acme2", "kirana", "z", "zapatos", "late"]

  /// Traffic of several accounts whose events are told early and late, with cards and zones in between, some of it
  /// written with escapes.
  private static func traffic(_ count: Int, _ random: inout SeededGenerator) -> [String] {
    var events = [markets]
    for account in accounts.dropLast() { events.append(Events.account(account, zone: zone(account))) }
    for number in 0..<count {
      if number == count / 2 { events.append(Events.account("late", zone: "Pacific/Auckland")) }
      if number % (count / 3) == 7 { events.append(card(number)) }
      let account = accounts.randomElement(using: &random)!
      if account == "late", number <= count / 2 { continue }
      var event = event(number, account, &random)
      if random.next() % 10 == 0 { event = event.replacing("\"\(account)\"", with: "\"\\u00\(hex(account))\"") }
      if random.next() % 20 == 0 { event = event.replacing("\"subject\"", with: "\"s\\u0075bject\"") }
      events.append(event)
    }
    return events
  }

  /// The name with its first letter escaped, without the escape's `\u00`.
  private static func hex(_ name: String) -> String { String(name.utf8.first!, radix: 16) + name.dropFirst() }

  private static func zone(_ account: String) -> String { account == "kirana" ? "Asia/Kolkata" : "America/Sao_Paulo" }

  private static func event(
    _ number: Int, _ account: String, in days: ClosedRange<Int> = 1...28, _ random: inout SeededGenerator
  ) -> String {
    let day = days.randomElement(using: &random)!
    let time = "2026-10-\(day < 10 ? "0" : "")\(day)T\(10 + random.next() % 10):00:00Z"
    let message = "wamid.\(account)/\(random.next() % 30)"
    let contact = #""number":"n1","contact":{"phone":"55119876\#(1_000 + random.next() % 9)"}"#
    let event =
      switch random.next() % 6 {
      case 0: Events.payment("p\(number)", "\(1 + random.next() % 50)", account: account)
      case 1:
        Events.envelope(
          "m\(number)", "message.received", account,
          #"{"message":"in\#(number)",\#(contact),"kind":"text","text":"\"\#(accounts[0])\" \\ \#(number)"}"#)
      case 2, 3:
        Events.envelope(
          "m\(number)", "message.sent", account,
          #"{"message":"\#(message)",\#(contact),"kind":"template","template":"t","category":"utility"}"#)
      default:
        Events.envelope(
          "m\(number)", "message.status", account, #"{"message":"\#(message)",\#(contact),"status":"delivered"}"#)
      }
    return event.replacing("2026-10-03T09:15:02Z", with: time)
  }

  private static func card(_ number: Int) -> String {
    #"{"specversion":"1.0","id":"card-\#(number)","source":"/meta","type":"waybill.rate_card.published","#
      + #""time":"2026-09-30T00:00:00Z","data":{"card":"c\#(number)","currency":"USD","unit":"message","#
      + #""effective_from":"2026-10-01","rates":[{"market":"Brazil","category":"utility","price":"0.0\#(1 + number % 8)"},"#
      + #"{"market":"Brazil","category":"service","price":"0.001"}]}}"#
  }

  private static let markets =
    #"{"specversion":"1.0","id":"markets","source":"/meta","type":"waybill.markets.published","#
    + #""time":"2026-09-30T00:00:00Z","data":{"markets":[{"prefix":"55","country":"BR","market":"Brazil"}]}}"#

  private static func state(_ engine: Engine, _ question: Question, byIndex: Bool) throws -> [UInt8] {
    var past = Past(of: question)
    if byIndex { try past.read(engine.log, helpers: engine.helpers) } else { try past.readAll(engine.log) }
    var encoder = StateEncoder()
    past.state.encode(into: &encoder)
    return encoder.bytes
  }

  @Test(arguments: [61, 62] as [UInt64])
  func `what the index finds of an account folds to the same past as the whole log`(seed: UInt64) async throws {
    print("seed \(seed)")
    var random = SeededGenerator(state: seed)
    let ledger = try await TestLedger()
    // More frames than are read one after the other.
    let events = Self.traffic(5_000, &random)
    for start in stride(from: 0, to: events.count, by: 600) {
      try await ledger.append(Array(events[start..<min(start + 600, events.count)]))
    }
    let engine: Engine = ledger.engine
    for _ in 0..<30 {
      let account = (Self.accounts + ["nobody"]).randomElement(using: &random)!
      var query: [Question.Parameter] = []
      let kind = random.next() % 3
      if kind != 0 {
        query.append(.init(name: "as_of", value: "2026-10-\(10 + random.next() % 19)T12:34:56Z"))
      }
      if kind != 1 { query.append(.init(name: "at", value: "\(random.next() % (engine.lastSequence + 5))")) }
      let question = try #require(try Question(path: ["accounts", account, "balance"], query: query))
      let (found, all) = (
        try Self.state(engine, question, byIndex: true), try Self.state(engine, question, byIndex: false)
      )
      #expect(found == all, "\(account) \(query)")
      #expect(found.count > 40 || account == "nobody" || account == "late" || kind != 1)
    }
  }

  /// Every stop writes a checkpoint, of which accounts with so many new events are kept, whatever that takes.
  private static func keeping(after events: UInt64) -> CheckpointPolicy {
    var policy = CheckpointPolicy()
    policy.leastEventsAtRest = 1
    policy.leastEventsKept = events
    policy.mostBytesKept = 10_000
    return policy
  }

  /// An account with a payment of 10, and a checkpoint of it.
  private static func openAndPay(_ ledger: TestLedger) async throws {
    try await ledger.append([Events.account(), Events.payment("p1")])
    try await ledger.restart()
  }

  /// Questions of every kind about an account.
  private static func questions(_ account: String, _ query: [Question.Parameter]) throws -> [Question] {
    let kinds = [
      [], ["balance"], ["charges"], ["payments"], ["credits"], ["usage"], ["allowances"], ["workload"],
      ["conversations"], ["response-times"], ["unrated"], ["differences"], ["charges", "wamid.\(account)/7"],
    ]
    return try kinds.map { kind in try #require(try Question(path: ["accounts", account] + kind, query: query)) }
  }

  private static func answer(_ question: Question, _ engine: Engine, from start: State) -> String {
    do {
      return String(
        decoding: try Engine.answer(question, from: engine.log, start, now: engine.options.clock()), as: UTF8.self)
    } catch {
      return "\(error)"
    }
  }

  @Test(arguments: [71, 72] as [UInt64])
  func `from where an account was kept, the past is told as from the first event`(seed: UInt64) async throws {
    print("seed \(seed)")
    var random = SeededGenerator(state: seed)
    let ledger = try await TestLedger(checkpoints: Self.keeping(after: 40))
    try await ledger.append([Self.markets] + Self.accounts.map { Events.account($0, zone: Self.zone($0)) })
    for day in 1...20 {
      let count = Int(random.next() % 200)
      let events = (0..<count).map { number in
        let account = Self.accounts.randomElement(using: &random)!
        // Told some days late, now and then.
        return Self.event(day * 1_000 + number, account, in: max(1, day - (number % 50 == 0 ? 9 : 1))...day, &random)
      }
      try await ledger.append((day % 6 == 2 ? [Self.card(day)] : []) + events)
      if day % 3 != 0 { try await ledger.restart() }  // writes a checkpoint
    }
    let engine: Engine = ledger.engine
    var usedCount = 0
    for _ in 0..<30 {
      let account = Self.accounts.randomElement(using: &random)!
      var query: [Question.Parameter] = []
      let kind = random.next() % 3
      if kind != 0 { query.append(.init(name: "as_of", value: "2026-10-\(10 + random.next() % 19)T12:34:56Z")) }
      if kind != 1 { query.append(.init(name: "at", value: "\(random.next() % (engine.lastSequence + 5))")) }
      for question in try Self.questions(account, query) {
        let index = try #require(engine.folding.state.withLock { $0.index(ofAccount: account) })
        guard let start = engine.kept.state(ofAccount: index, before: question) else { continue }
        usedCount += 1
        #expect(start.sequence.rawValue > 0 && start.sequence <= question.at ?? start.sequence)
        #expect(
          Self.answer(question, engine, from: start) == Self.answer(question, engine, from: State()),
          "\(question) from \(start.sequence.rawValue)")
      }
    }
    #expect(usedCount > 100, "\(usedCount)")
  }

  @Test func `an event from the future keeps an account from being told by what came behind it`() async throws {
    let ledger = try await TestLedger(checkpoints: Self.keeping(after: 1))
    try await Self.openAndPay(ledger)
    let known = ledger.engine.lastSequence
    try await ledger.append([Events.payment("p2", "5").replacing("2026-10-03", with: "2031-01-01")])
    try await ledger.restart()
    let question = try #require(
      try Question(path: ["accounts", "acme", "balance"], query: [.init(name: "as_of", value: "2026-11-01T00:00:00Z")]))
    let start = try #require(ledger.engine.kept.state(ofAccount: 0, before: question))
    #expect(start.sequence.rawValue == known)
    #expect(
      try await ledger.answer(["accounts", "acme", "balance"], [("as_of", "2026-11-01T00:00:00Z")]).contains(
        #""balance":"10""#))
    #expect(
      try await ledger.answer(["accounts", "acme", "balance"], [("as_of", "2031-01-02T00:00:00Z")]).contains(
        #""balance":"15""#))
  }

  /// Alters every zstd frame of the checkpoints.
  private static func damagePieces(of path: String) throws {
    let file = path + "/checkpoints/data.mdb"
    let content = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
    var damaged = 0
    for place in 0..<content.count - 8 where content[place..<place + 4].elementsEqual([0x28, 0xb5, 0x2f, 0xfd]) {
      try handle.seek(toOffset: UInt64(place + 6))
      try handle.write(contentsOf: [content[place + 6] ^ 0xff])
      damaged += 1
    }
    try handle.close()
    #expect(damaged > 0)
  }

  @Test func `where what was kept is damaged, the past is told from the first event`() async throws {
    let ledger = try await TestLedger(checkpoints: Self.keeping(after: 1))
    try await Self.openAndPay(ledger)
    let question = try #require(
      try Question(
        path: ["accounts", "acme", "balance"], query: [.init(name: "at", value: "\(ledger.engine.lastSequence)")]))
    #expect(ledger.engine.kept.state(ofAccount: 0, before: question) != nil)
    let expected = try await ledger.answer(["accounts", "acme", "balance"], [("at", "\(ledger.engine.lastSequence)")])
    try Self.damagePieces(of: ledger.path)
    #expect(ledger.engine.kept.state(ofAccount: 0, before: question) == nil)
    #expect(
      try await ledger.answer(["accounts", "acme", "balance"], [("at", "\(ledger.engine.lastSequence)")]) == expected)
  }

  @Test func `an explanation finds every event of its message, however it is written, and none after its moment`()
    async throws
  {
    let ledger = try await TestLedger()
    try await ledger.append([Self.markets, Events.account(), Events.account("other")])
    let contact = #""number":"n1","contact":{"phone":"5511987654321"}"#
    for (id, message) in [("a", "w/1"), ("b", "w\\/1"), ("c", "w\\u002f1"), ("d", "w/11")] {
      for account in ["acme", "other"] {
        try await ledger.append(
          (0..<200).map { Events.payment("\(id)-\(account)-\($0)", account: account) } + [
            Events.envelope(
              id + account, "message.sent", account,
              #"{"message":"\#(message)",\#(contact),"kind":"template","template":"t","category":"utility"}"#)
          ])
      }
    }
    func sequences(_ query: [(String, String)] = []) async throws -> [String] {
      let answer = try await ledger.answer(["accounts", "acme", "charges", "w/1"], query)
      let events = try #require(answer.split(separator: "\"events\":").last)
      return events.matches(of: /"sequence":"(\d+)"/).map { String($0.output.1) }
    }
    let all = try await sequences().filter { $0 != "\(ledger.engine.lastSequence)" }
    #expect(all.count == 3, "\(all)")
    #expect(try await sequences([("at", all[1])]).prefix(2) == all.prefix(2))
  }
}
