import EventLog
import Foundation
import Ledger
import Testing

@testable import LedgerEngine

@Suite struct AccountLoadingTests {
  private static let accountCount = 150

  private static func name(_ account: Int) -> String { "account-\(account)" }

  private static var opening: [String] {
    (0..<accountCount).flatMap { account in
      [
        Events.account(name(account)), Events.payment("p-\(account)", "50", account: name(account)),
        Events.number("n-\(account)", account: name(account)), message("first", account),
      ]
    }
  }

  private static func message(_ id: String, _ account: Int) -> String {
    Events.envelope(
      "\(id)-\(account)", "message.status", name(account),
      #"{"message":"\#(id)","number":"n-\#(account)","contact":{"phone":"5511987654321"},"status":"delivered","#
        + #""pricing":{"billable":true,"model":"PMP","type":"regular","category":"utility"}}"#)
  }

  private static func refund(_ account: Int, _ amount: String) -> String {
    Events.envelope(
      "r-\(account)-\(amount)", "payment.refunded", name(account),
      #"{"payment":"p-\#(account)","refund":"r-\#(account)-\#(amount)","amount":"\#(amount)"}"#)
  }

  private static let card =
    #"{"specversion":"1.0","id":"card","source":"/meta","type":"waybill.rate_card.published","#
    + #""time":"2026-09-30T00:00:00Z","data":{"card":"c","currency":"USD","unit":"message","#
    + #""effective_from":"2026-09-01","rates":[{"market":"Brazil","category":"utility","price":"0.01"}]}}"#

  /// A ledger whose checkpoint has all its accounts, and which writes no other.
  private static func checkpointed() async throws -> TestLedger {
    var policy = CheckpointPolicy()
    policy.leastEventsAtRest = UInt64(opening.count)
    policy.idleTime = .seconds(3_600)
    let ledger = try await TestLedger(checkpoints: policy)
    try await ledger.append(opening)
    return ledger
  }

  /// - Parameter tail: appended behind the checkpoint.
  private func withLoading(
    behind tail: [String], _ body: (AccountLoading, _ last: UInt64) async throws -> Void
  ) async throws {
    let ledger = try await Self.checkpointed()
    try await ledger.restart()
    if !tail.isEmpty { try await ledger.append(tail) }
    try await ledger.closed { path in
      let folder = try DataFolder(path)
      let store = try CheckpointStore.open(for: folder.log)
      let start = try #require(Checkpoint.starts(in: store).first { _ in true })
      let loading = AccountLoading(start, from: store, of: folder.log, cooler: nil) { fatalError($0) }
      try await body(loading, folder.lastSequence)
      loading.stop()
      folder.log.close()
    }
  }

  @Test func `a start reads the accounts that it needs`() async throws {
    try await withLoading(behind: []) { loading, last in
      let state = try loading.makeReplay(to: last).state
      #expect(state.absentAccountCount == Self.accountCount)
      #expect(loading.absentCount == Self.accountCount && !loading.isWhole)
    }
    try await withLoading(behind: [Self.message("m", 7), Self.message("m", 149)]) { loading, last in
      let state = try loading.makeReplay(to: last).state
      #expect(state.absentAccountCount == Self.accountCount - 2)
      #expect(!state.isAbsent(account: 7) && !state.isAbsent(account: 149))
    }
    // A card may price what any account has.
    try await withLoading(behind: [Self.card]) { loading, last in
      let state = try loading.makeReplay(to: last).state
      #expect(state.absentAccountCount == 0 && loading.isWhole)
    }
  }

  @Test func `who waits for an account has it when it is read, or when none is read any more`() async throws {
    try await withLoading(behind: []) { loading, last in
      let replay = try loading.makeReplay(to: last)
      let state = FairLock(replay.state)
      #expect(loading.register(ofAccount: 3) == loading.register(ofAccount: 3))
      #expect(loading.register(ofAccount: 3) != loading.register(ofAccount: 4))
      let read = loading.register(ofAccount: 4)
      async let one: Void = loading.wait(for: 149)
      async let all: Void = loading.wait(for: nil)
      let whole = Monitor(0)
      loading.run(into: state) { whole.withLock { $0 += 1 } }
      await one
      #expect(!state.withLock { $0.isAbsent(account: 149) })
      await all
      #expect(loading.isWhole && loading.waitUntilWhole() && loading.absentCount == 0)
      #expect(state.withLock { $0.absentAccountCount } == 0)
      #expect(loading.register(ofAccount: 4) == read)
      loading.stop()
      #expect(whole.withLock { $0 } == 1)
    }
    try await withLoading(behind: []) { loading, _ in
      async let one: Void = loading.wait(for: 149)
      loading.stop()
      await one
      #expect(!loading.isWhole && !loading.waitUntilWhole())
    }
  }

  @Test(arguments: 0..<4)
  func `what is asked and appended while accounts are read is as if they had been there`(round: Int) async throws {
    let ledger = try await Self.checkpointed()
    try await ledger.restart()
    #expect(ledger.engine.startedFrom > 0)
    let digest = try await Self.askAndAppend(to: ledger.engine, publishingAt: 20 * round)
    #expect(ledger.engine.absentAccountCount == 0)
    try await ledger.closed { path in
      let expected = try TestLedger.digestFromZero(path)
      #expect(digest == expected)
    }
  }

  /// All at once, with a rate card among it.
  private static func askAndAppend(to engine: Engine, publishingAt place: Int) async throws -> String {
    try await withThrowingTaskGroup { group in
      for account in 0..<accountCount {
        group.addTask {
          let answer = try await TestLedger.answer(["accounts", name(account), "balance"], by: engine)
          #expect(answer.contains(#""balance":"50""#), "\(answer)")
          try await TestLedger.append([message("second", account), refund(account, "20")], to: engine)
          // The payment of 50 was never folded by this daemon, the refund of 20 was.
          let failure = await #expect(throws: AppendFailure.self) {
            try await TestLedger.append([refund(account, "31")], to: engine)
          }
          guard case .refused(let refusal) = failure else { return }
          #expect(refusal.code == .refundTooLarge)
        }
        if account == place { group.addTask { try await TestLedger.append([card], to: engine) } }
      }
      try await group.waitForAll()
    }
    #expect(await engine.waitForAccounts() == .all)
    return try await engine.digest
  }

  @Test func `an account that cannot be read is folded from the log, and a whole checkpoint is written`() async throws {
    let ledger = try await Self.checkpointed()
    let expected = try await ledger.engine.digest
    var parts: [CheckpointStore.Part] = []
    try await ledger.closed { path in
      parts = try Self.newestParts(path)
      try Self.damage(path, part: parts[40], before: parts[41])
    }
    try await ledger.open()
    #expect(ledger.engine.startedFrom > 0)
    #expect(await ledger.engine.waitForAccounts() == .allOfLog)
    #expect(try await ledger.engine.digest == expected)
    try await ledger.closed { path in
      // Nothing of the damaged one was named again.
      let written = try Self.newestParts(path)
      #expect(Set(written).isDisjoint(with: parts))
    }
    try await ledger.open()
    #expect(await ledger.engine.waitForAccounts() == .all)
    #expect(try await ledger.engine.digest == expected)
  }

  @Test func `a checkpoint without an account that is needed at once is passed over`() async throws {
    let ledger = try await Self.checkpointed()
    try await ledger.restart()
    try await ledger.append([Self.message("behind", 39)])
    let expected = try await ledger.engine.digest
    try await ledger.closed { path in
      let parts = try Self.newestParts(path)
      try Self.damage(path, part: parts[Checkpoint.part(ofAccount: 39)], before: parts[Checkpoint.part(ofAccount: 40)])
    }
    try await ledger.open()
    #expect(ledger.engine.startedFrom == 0 && ledger.engine.absentAccountCount == 0)
    #expect(try await ledger.engine.digest == expected)
    try await ledger.restart()
    #expect(ledger.engine.startedFrom > 0)
    #expect(await ledger.engine.waitForAccounts() == .all)
    #expect(try await ledger.engine.digest == expected)
  }

  private static func newestParts(_ path: String) throws -> [CheckpointStore.Part] {
    let folder = try DataFolder(path)
    defer { folder.log.close() }
    return try #require(CheckpointStore.open(for: folder.log).all().last).parts
  }

  /// Alters a byte of each piece of an account's part: pieces are numbered behind their part and before the next one.
  private static func damage(_ path: String, part: CheckpointStore.Part, before next: CheckpointStore.Part) throws {
    let file = URL(fileURLWithPath: path + "/checkpoints/data.mdb")
    var content = try Data(contentsOf: file)
    var damaged = 0
    for number in part.number + 1..<next.number {
      let key = unsafe withUnsafeBytes(of: number) { unsafe Data($0) }
      // Also in pages that are in use no more.
      for start in content.ranges(of: key + Data([0x28, 0xb5, 0x2f, 0xfd])) {
        content[start.upperBound + 12] ^= 0x11
        damaged += 1
      }
    }
    #expect(damaged > 0)
    try content.write(to: file)
  }
}
