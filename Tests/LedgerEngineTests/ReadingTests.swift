import Ledger
import LedgerEngine
import Testing

@Suite struct ReadingTests {
  @Test func `a question sees what its asker appended`() async throws {
    let ledger = try await TestLedger()
    try await ledger.append([Events.account()])
    for count in 1...20 {
      try await ledger.append([Events.payment("p\(count)", "1.5")])
      let answer = try await ledger.answer(["accounts", "acme", "balance"])
      #expect(answer.contains("\"payments_total\":\"\(Self.total(count))\""), "\(answer)")
      #expect(answer.contains("\"sequence\":\"\(count + 2)\""), "\(answer)")
    }
  }

  private static func total(_ count: Int) -> String {
    count.isMultiple(of: 2) ? "\(count * 3 / 2)" : "\(count * 3 / 2).5"
  }

  @Test func `at a sequence number, only the events up to it count, and the answer says which`() async throws {
    let ledger = try await TestLedger()
    try await ledger.append([Events.account(), Events.account("other"), Events.payment("p1"), Events.payment("p2")])
    let then = try await ledger.answer(["accounts", "acme", "balance"], [("at", "4")])
    #expect(then.contains("\"payments_total\":\"10\"") && then.contains("\"sequence\":\"4\""), "\(then)")
    let beyond = try await ledger.answer(["accounts", "other", "balance"], [("at", "900")])
    #expect(beyond.contains("\"payments_total\":\"0\"") && beyond.contains("\"sequence\":\"5\""), "\(beyond)")
  }

  @Test func `as of an instant, later events of the account do not count`() async throws {
    let ledger = try await TestLedger()
    let late = Events.payment("p2").replacing("2026-10-03", with: "2026-10-09")
    try await ledger.append([Events.account(), Events.payment("p1"), late])
    let then = try await ledger.answer(["accounts", "acme", "balance"], [("as_of", "2026-10-05T00:00:00Z")])
    #expect(
      then.contains("\"payments_total\":\"10\"") && then.contains("\"as_of\":\"2026-10-05T00:00:00Z\""), "\(then)")
  }

  @Test func `an account asked about before it existed is unknown`() async throws {
    let ledger = try await TestLedger()
    try await ledger.append([Events.account(), Events.account("other")])
    let refusal = await #expect(throws: Refusal.self) { try await ledger.answer(["accounts", "other"], [("at", "2")]) }
    #expect(refusal?.status == 404)
  }

  @Test func `pages of records are filtered by account and type, bounded, and go on where they ended`() async throws {
    let ledger = try await TestLedger()
    try await ledger.append([Events.account(), Events.account("other")])
    try await ledger.append(
      (0..<700).map { Events.payment("p\($0)", account: $0.isMultiple(of: 7) ? "other" : "acme") })
    var filter = RecordFilter(account: "other", type: "waybill.payment.received")
    let first = try await ledger.engine.records(filter, .lines, limit: 60)
    #expect(first.count == 60 && !first.isLast)
    filter.from = first.next
    let second = try await ledger.engine.records(filter, .lines, limit: 60)
    #expect(second.count == 40 && second.isLast && second.next == 704)
    let middle = try await ledger.engine.records(RecordFilter(from: 300, to: 303), .events)
    #expect(middle.count == 3 && middle.isLast && middle.next == 303)
    #expect(String(decoding: middle.bytes, as: UTF8.self).hasPrefix("id: 300\ndata: {"))
  }

  @Test func `an account's records are the same by the index as by reading all, whatever is asked`() async throws {
    let ledger = try await TestLedger()
    // One account's name stands in records of the others, and one is sometimes written with an escape.
    let accounts = ["acme", "other", "third", "rare"]
    try await ledger.append(accounts.map { Events.account($0) })
    for batch in 0..<12 {
      try await ledger.append(
        (batch * 500..<batch * 500 + 500).map { index in
          let account = index % 1_900 == 7 ? "rare" : accounts[index * index % 3]
          guard index.isMultiple(of: 5) else {
            let escaped = index.isMultiple(of: 2) ? account.replacing("third", with: #"\u0074hird"#) : account
            return Events.payment("p\(index)", account: escaped)
          }
          let data = #"{"number":"1","contact":{"user":"\#(index.isMultiple(of: 10) ? "rare" : "other")"}}"#
          return Events.envelope("r\(index)", "conversation.resolved", account, data)
        })
    }
    let all = try await Self.read(ledger.engine, RecordFilter())
    #expect(all.count > 6_000)
    for name in ["acme", "other", "third", "rare", "nobody"] {
      let isOwn = { (record: String) in
        record.replacing(#"\u0074"#, with: "t").contains("\"subject\":\"\(name)\"")
      }
      let own = all.filter(isOwn)
      #expect(own.isEmpty == (name == "nobody"))
      for type in [nil, "waybill.payment.received", "waybill.account.opened"] {
        let wanted = own.filter { record in type.map { record.contains("\"type\":\"\($0)\"") } ?? true }
        for limit in [nil, 1, 400] {
          let found = try await Self.read(ledger.engine, RecordFilter(account: name, type: type), limit: limit)
          #expect(found == Array(wanted.prefix(limit ?? .max)), "\(name) \(type ?? "all") \(limit ?? 0)")
        }
      }
      let middle = try await Self.read(ledger.engine, RecordFilter(from: 301, to: 5_555, account: name))
      let between = all[300..<5_554].filter(isOwn)
      #expect(middle == between, "\(name)")
    }
  }

  /// All pages of a filter, each as long as one may be.
  private static func read(_ engine: Engine, _ filter: RecordFilter, limit: Int? = nil) async throws -> [String] {
    var (filter, lines) = (filter, [String]())
    filter.to = filter.to ?? engine.lastSequence + 1
    while true {
      let page = try await engine.records(filter, .lines, limit: limit.map { $0 - lines.count })
      lines += String(decoding: page.bytes, as: UTF8.self).split(separator: "\n").map(String.init)
      if page.isLast || lines.count == limit { return lines }
      (filter.from, filter.places) = (page.next, page.places)
    }
  }

  @Test func `a follower wakes when the log grows and when the daemon stops`() async throws {
    let ledger = try await TestLedger()
    let engine: Engine = ledger.engine
    async let woken = engine.waitForEvents(after: 0, atMost: .seconds(30))
    try await ledger.append([Events.account()])
    #expect(await woken == .more)
    #expect(await engine.waitForEvents(after: 2, atMost: .milliseconds(10)) == .nothing)
    async let stopped = engine.waitForEvents(after: 2, atMost: .seconds(30))
    engine.stopFollowers()
    #expect(await stopped == .stopping)
  }

  @Test func `a restart changes no figure, no record and no identity`() async throws {
    let ledger = try await TestLedger()
    try await ledger.append([Events.account(), Events.number("1065"), Events.account("other")])
    try await ledger.append((0..<300).map { Events.payment("p\($0)", "0.25") })
    let digest = try await ledger.engine.digest
    let records = try await ledger.records()
    try await ledger.restart()
    #expect(try await ledger.engine.digest == digest)
    #expect(try await ledger.records() == records)
    #expect(
      try await ledger.append([Events.payment("p299", "0.25")])
        == Appended(first: 304, last: 304, appended: 0, duplicates: 1))
    let failure = await #expect(throws: AppendFailure.self) {
      try await ledger.append([Events.number("1065", account: "other")])
    }
    guard case .refused(let refusal) = failure else { return #expect(Bool(false), "\(String(describing: failure))") }
    #expect(refusal.status == 409)
    #expect(try await ledger.append([Events.payment("new")]).first == 305)
  }

  @Test func `kept webhooks are listed by reason, and the list says where it goes on`() async throws {
    let ledger = try await TestLedger()
    let kept = (0..<5).map { index in
      #"{"specversion":"1.0","id":"k\#(index)","source":"/whatsapp/1","type":"waybill.whatsapp.kept","#
        + #""time":"2026-10-03T09:15:02Z","data":{"reason":"\#(index == 2 ? "conflict" : "unclaimed")","field":"x","body":{"n":\#(index)}}}"#
    }
    try await ledger.append(kept)
    let two = String(decoding: try await ledger.engine.kept(reason: "unclaimed", from: 1, limit: 2), as: UTF8.self)
    #expect(
      two.contains(#""body":{"n":1}"#) && two.contains(#""next":"4""#) && !two.contains(#""body":{"n":3}"#), "\(two)")
    let conflicts = String(decoding: try await ledger.engine.kept(reason: "conflict", from: 1, limit: 9), as: UTF8.self)
    #expect(conflicts.contains(#""sequence":"3""#) && conflicts.contains(#""next":null"#), "\(conflicts)")
    #expect(ledger.engine.statistics.snapshot.keptCount == 5)
  }
}
