import Ledger
import LedgerEngine
import Testing

@Suite struct AppendTests {
  @Test func `a record is the event with sequence and recorded time behind its members`() async throws {
    let ledger = try await TestLedger()
    try await ledger.append([Events.account(), Events.payment("p1")])
    let records = try await ledger.records()
    let payment = Events.payment("p1").dropLast()
    #expect(records.last == "\(payment),\"sequence\":\"3\",\"recordedtime\":\"2026-09-21T14:13:20Z\"}")
  }

  @Test func `the zone of an account is resolved just before it, and not counted`() async throws {
    let ledger = try await TestLedger()
    let appended = try await ledger.append([Events.account(), Events.account("other")])
    #expect(appended == Appended(first: 2, last: 3, appended: 2, duplicates: 0))
    let zone = try await ledger.records()[0]
    #expect(zone.contains(#""type":"waybill.zone.resolved""#) && zone.contains(#""cause":"2""#))
    #expect(zone.contains(#"["2019-02-17T02:00:00Z",-10800]"#))  // the last end of summer time in Brazil
  }

  @Test func `an account in an unknown zone is refused`() async throws {
    let ledger = try await TestLedger()
    let failure = await #expect(throws: AppendFailure.self) {
      try await ledger.append([Events.account(zone: "Mars/Olympus")])
    }
    guard case .refused(let refusal) = failure else { return #expect(Bool(false), "\(String(describing: failure))") }
    #expect(refusal.code == .unknownZone && refusal.status == 422 && refusal.index == 0)
    #expect(try await ledger.records().isEmpty)
  }

  @Test func `one refused event keeps its whole request out, and the next request is not hurt`() async throws {
    let ledger = try await TestLedger()
    let failure = await #expect(throws: AppendFailure.self) {
      try await ledger.append([Events.account(), Events.payment("p1"), Events.payment("p2", account: "nobody")])
    }
    guard case .refused(let refusal) = failure else { return #expect(Bool(false), "\(String(describing: failure))") }
    #expect(refusal.index == 2 && refusal.status == 422)
    #expect(try await ledger.records().isEmpty)
    #expect(try await ledger.append([Events.account()]) == Appended(first: 2, last: 2, appended: 1, duplicates: 0))
  }

  @Test func `the same event again is answered with its first place, whatever its order of members`() async throws {
    let ledger = try await TestLedger()
    try await ledger.append([Events.account(), Events.payment("p1", "10")])
    let shuffled =
      #"{"data":{"currency":"USD", "amount":"10","payment":"p1"},"time":"2026-10-03T09:15:02Z","id":"\u00701","#
      + #""subject":"acme","type":"waybill.payment.received","source":"/test","specversion":"1.0"}"#
    #expect(try await ledger.append([shuffled]) == Appended(first: 3, last: 3, appended: 0, duplicates: 1))
    #expect(try await ledger.records().count == 3)
  }

  @Test func `the same event twice in one request is appended once`() async throws {
    let ledger = try await TestLedger()
    let appended = try await ledger.append([Events.account(), Events.payment("p1"), Events.payment("p1")])
    #expect(appended == Appended(first: 2, last: 3, appended: 2, duplicates: 1))
  }

  @Test func `another content under the same identity is a conflict that names the first`() async throws {
    let ledger = try await TestLedger()
    try await ledger.append([Events.account(), Events.payment("p1", "10")])
    let failure = await #expect(throws: AppendFailure.self) {
      try await ledger.append([Events.payment("p2"), Events.payment("p1", "11")])
    }
    guard case .conflict(let refusal, let first, let indexes) = failure else {
      return #expect(Bool(false), "\(String(describing: failure))")
    }
    #expect(refusal.status == 409 && refusal.code == .identityConflict && refusal.index == 1)
    #expect(first == 3 && indexes == [1])
    #expect(try await ledger.records().count == 3)
  }

  @Test func `a conflict inside one request is found too, and all are listed when asked`() async throws {
    let ledger = try await TestLedger()
    let failure = await #expect(throws: AppendFailure.self) {
      try await ledger.append(
        [Events.account(), Events.payment("p1", "1"), Events.payment("p1", "2"), Events.payment("p1", "3")],
        listingConflicts: true)
    }
    guard case .conflict(_, let first, let indexes) = failure else {
      return #expect(Bool(false), "\(String(describing: failure))")
    }
    #expect(first == 3 && indexes == [2, 3])
    #expect(try await ledger.records().isEmpty)
  }

  @Test func `an expected end that is not the log's end refuses new events but not a repeated request`() async throws {
    let ledger = try await TestLedger()
    try await ledger.append([Events.account()], expectedLast: 0)
    let failure = await #expect(throws: AppendFailure.self) {
      try await ledger.append([Events.payment("p1")], expectedLast: 1)
    }
    guard case .refused(let refusal) = failure else { return #expect(Bool(false), "\(String(describing: failure))") }
    #expect(refusal.code == .unexpectedLast && refusal.status == 409)
    #expect(try await ledger.append([Events.payment("p1")], expectedLast: 2).first == 3)
    #expect(try await ledger.append([Events.payment("p1")], expectedLast: 2).duplicates == 1)
  }

  @Test func `a request without events is answered`() async throws {
    let ledger = try await TestLedger()
    let submission = ledger.engine.makeSubmission()
    submission.append(contentsOf: Array("[]".utf8))
    try submission.check(.array)
    #expect(try await ledger.engine.append(submission) == Appended(first: nil, last: nil, appended: 0, duplicates: 0))
  }

  @Test func `concurrent requests each get their own places, without gaps, once`() async throws {
    let ledger = try await TestLedger()
    try await ledger.append([Events.account()])
    let engine: Engine = ledger.engine
    let places = try await withThrowingTaskGroup(of: [UInt64].self) { group in
      for client in 0..<16 {
        group.addTask {
          var places: [UInt64] = []
          for round in 0..<25 {
            let submission = engine.makeSubmission()
            defer { engine.recycle(submission) }
            let events = [Events.payment("c\(client)-\(round)-a"), Events.payment("c\(client)-\(round)-b")]
            submission.append(contentsOf: Array(events.joined(separator: "\n").utf8))
            try submission.check(.lines)
            let appended = try await engine.append(submission)
            #expect(appended.last == appended.first! + 1)
            places += [appended.first!, appended.last!]
          }
          return places
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(places.sorted() == Array(3...802))
    #expect(try await ledger.records().count == 802)
  }

  @Test func `an event longer than a record may be is refused with its index`() async throws {
    let ledger = try await TestLedger()
    let long = Events.payment("p1").replacing(
      "\"currency\"", with: "\"note\":\"\(String(repeating: "x", count: 66_000))\",\"currency\"")
    let submission = ledger.engine.makeSubmission()
    submission.append(contentsOf: Array((Events.account() + "\n" + long).utf8))
    let refusal = #expect(throws: Refusal.self) { try submission.check(.lines) }
    #expect(refusal?.code == .tooLong && refusal?.status == 413 && refusal?.index == 1)
  }

  @Test func `after closing, requests are told that the daemon stops`() async throws {
    let ledger = try await TestLedger()
    await ledger.engine.close()
    let failure = await #expect(throws: AppendFailure.self) { try await ledger.append([Events.account()]) }
    #expect(failure == .closing)
  }
}
