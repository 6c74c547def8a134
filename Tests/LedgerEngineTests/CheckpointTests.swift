import EventLog
import Foundation
import Ledger
import Testing

@testable import LedgerEngine

@Suite struct CheckpointTests {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("waybill-\(UUID().uuidString)").path

  /// Opens an engine that writes a checkpoint when it closes and not before, and closes it behind `body`.
  @discardableResult
  private func withEngine<Result>(
    _ change: (inout CheckpointPolicy) -> Void = { $0.leastEventsAtRest = 1 }, _ body: (Engine) async throws -> Result
  ) async throws -> Result {
    var options = Engine.Options()
    options.clock = { Timestamp(seconds: 1_790_000_000) }
    options.checkpoints.idleTime = .seconds(3_600)
    change(&options.checkpoints)
    let engine = try #require(try await Engine.open(DataFolder(path), options: options))
    let result = try await body(engine)
    await engine.close()
    return result
  }

  private func append(_ events: [String], to engine: Engine) async throws {
    let submission = engine.makeSubmission()
    defer { engine.recycle(submission) }
    submission.append(contentsOf: Array(events.joined(separator: "\n").utf8))
    try submission.check(.lines)
    _ = try await engine.append(submission)
  }

  private static func kept(_ id: String) -> String {
    #"{"specversion":"1.0","id":"\#(id)","source":"/test","type":"waybill.whatsapp.kept","#
      + #""time":"2026-10-03T09:15:02Z","data":{"reason":"no_effect","body":{}}}"#
  }

  private static func message(_ number: Int, account: String) -> [String] {
    let contact = #""number":"n-\#(account)","contact":{"phone":"55119876\#(10_000 + number % 977)"}"#
    return [
      Events.envelope(
        "r\(number)", "message.received", account, #"{"message":"in-\#(number)",\#(contact),"kind":"text"}"#),
      Events.envelope(
        "s\(number)", "message.sent", account,
        #"{"message":"out-\#(number)",\#(contact),"kind":"template","template":"t\#(number % 7)","category":"utility","agent":"a\#(number % 5)"}"#
      ),
      Events.envelope(
        "d\(number)", "message.status", account,
        #"{"message":"out-\#(number)",\#(contact),"status":"delivered","pricing":{"billable":true,"model":"PMP","type":"regular","category":"utility"}}"#
      ),
    ]
  }

  private static let opening =
    [Events.account("acme"), Events.account("other"), Events.account("idle")]
    + [Events.payment("p1"), Events.number("n-acme"), Events.number("n-other", account: "other"), kept("k1")]

  @Test func `it is told when it has become quiet, and again only when enough has come since`() async throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let (told, continuation) = AsyncStream.makeStream(of: Void.self)
    var options = Engine.Options()
    options.clock = { Timestamp(seconds: 1_790_000_000) }
    options.checkpoints.idleTime = .milliseconds(5)
    options.checkpoints.leastEventsAtRest = 4
    options.whenQuiet = { continuation.yield() }
    let engine = try #require(try await Engine.open(DataFolder(path), options: options))
    var moments = told.makeAsyncIterator()
    _ = await moments.next()
    var last: [UInt64] = [engine.log.lastSequence]
    for number in 0..<12 {
      try await append([Self.kept("q\(number)")], to: engine)
      if number % 4 == 3 {
        _ = await moments.next()
        last.append(engine.log.lastSequence)
      }
    }
    #expect(last == [0, 4, 8, 12])
    await engine.close()
    continuation.finish()
    #expect(await moments.next() == nil, "it was told once more than enough had come")
  }

  @Test func `with all, some or none of the checkpoints the state is the same bytes`() async throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    var last: UInt64 = 0
    for round in 0..<4 {
      last = try await withEngine { engine in
        #expect(engine.startedFrom == last)
        if round == 0 { try await append(Self.opening, to: engine) }
        let account = round == 2 ? "other" : "acme"
        try await append((0..<40).flatMap { Self.message(round * 40 + $0, account: account) }, to: engine)
        return engine.lastSequence
      }
    }
    let expected = try TestLedger.digestFromZero(path)
    try await withEngine { engine in
      #expect(engine.startedFrom == last)
      let digest = try await engine.digest
      #expect(digest == expected)
      #expect(engine.statistics.snapshot.keptCount == 1)
    }
    try FileManager.default.removeItem(atPath: path + "/checkpoints")
    try await withEngine { engine in
      #expect(engine.startedFrom == 0)
      let digest = try await engine.digest
      #expect(digest == expected)
    }
  }

  @Test func `what comes behind a checkpoint is folded onto it, and admitted by what it knows`() async throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let written = try await withEngine { engine in
      try await append(Self.opening, to: engine)
      return engine.lastSequence
    }
    try await withEngine({ $0.leastEventsAtRest = .max }) { engine in
      try await append(Self.message(1, account: "acme"), to: engine)
    }
    let expected = try TestLedger.digestFromZero(path)
    try await withEngine { engine in
      #expect(engine.startedFrom == written && engine.lastSequence == written + 3)
      let digest = try await engine.digest
      #expect(digest == expected)
      // A number belongs to one account for life, also when the event that said so was not folded again.
      let failure = await #expect(throws: AppendFailure.self) {
        try await append([Events.number("n-acme", account: "other")], to: engine)
      }
      guard case .refused(let refusal) = failure else { return #expect(Bool(false), "\(String(describing: failure))") }
      #expect(refusal.code == .numberTaken)
    }
  }

  @Test func `a damaged checkpoint is passed over`() async throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await withEngine { engine in
      try await append(Self.opening + (0..<200).flatMap { Self.message($0, account: "acme") }, to: engine)
    }
    let file = path + "/checkpoints/data.mdb"
    let pristine = try Data(contentsOf: URL(fileURLWithPath: file))
    let expected = try TestLedger.digestFromZero(path)
    for place in stride(from: 100, to: pristine.count, by: 4_093) {
      var content = pristine
      content[place] ^= 0x11
      try content.write(to: URL(fileURLWithPath: file))
      let last = try await withEngine { engine in
        let digest = try await engine.digest
        #expect(digest == expected, "byte \(place) of the checkpoints was altered")
        return engine.lastSequence
      }
      // What was damaged is written anew, not named again for not having changed.
      try await withEngine { engine in
        #expect(engine.startedFrom == last)
        let digest = try await engine.digest
        #expect(digest == expected)
      }
    }
  }

  @Test func `under load a checkpoint is written while events are folded`() async throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let behind = try await withEngine({ policy in
      policy.leastEvents = 50
      policy.partOfLog = 1_000_000
      policy.leastEventsAtRest = 1
    }) { engine in
      try await append(Self.opening, to: engine)
      for number in 0..<100 { try await append(Self.message(number, account: "acme"), to: engine) }
      while engine.checkpointSequence < 50, engine.checkpointFailure == nil { await Task.yield() }
      #expect(engine.checkpointSequence <= engine.lastSequence && engine.checkpointFailure == nil)
      return engine.lastSequence
    }
    let expected = try TestLedger.digestFromZero(path)
    try await withEngine { engine in
      #expect(engine.startedFrom == behind)
      let digest = try await engine.digest
      #expect(digest == expected)
    }
  }

  @Test(
    arguments: [
      (new: 49_999, isIdle: true, minutes: 120, cost: 0, expected: false), (50_000, true, 0, 9, true),
      (50_000, false, 14, 0, false), (50_000, false, 15, 45, true), (50_000, false, 15, 46, false),
      (50_000, false, 20, 60, true),
    ] as [(new: UInt64, isIdle: Bool, minutes: Int, cost: Int, expected: Bool)])
  func `enough new events are written at rest, or after some time that makes little of what it takes`(
    new: UInt64, isIdle: Bool, minutes: Int, cost: Int, expected: Bool
  ) {
    let policy = CheckpointPolicy()
    let isWorthIt = policy.isWorthWriting(
      new: new, isIdle: isIdle, age: .seconds(60 * minutes), cost: .seconds(cost))
    #expect(isWorthIt == expected)
  }

  @Test func `what costs more than it spares is given up`() async throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    var number = 0
    for round in 0..<12 {
      try await withEngine({ policy in
        policy.leastEventsAtRest = 1
        policy.leastEventsKept = 1
      }) { engine in
        if round == 0 { try await append(Self.opening, to: engine) }
        try await append((0..<300).flatMap { Self.message(number + $0, account: "acme") }, to: engine)
        number += 300
      }
    }
    try await withEngine { engine in
      let kept = try engine.kept.store.allKept().flatMap(\.parts).filter { $0.index == 0 }
      let newest = try #require(engine.kept.store.all().last).parts[Checkpoint.part(ofAccount: 0)]
      // Of twelve versions of a small account, each all new bytes, some were given up, and not all.
      #expect((1..<12).contains(kept.count), "\(kept.map(\.eventCount))")
      #expect(kept.last?.part == newest)
      for (older, newer) in zip(kept.dropLast(), kept.dropFirst()) {
        #expect(older.eventCount < newer.eventCount)
      }
    }
  }
}
