import EventLog
import Foundation
import JSONTape
import Ledger

@testable import LedgerEngine

/// A ledger in a folder of its own, which is removed in the end.
final class TestLedger {
  let path: String
  private(set) var engine: Engine!
  private let checkpoints: CheckpointPolicy
  private let cooling: CoolingPolicy
  private let loneCommitTime: Duration

  /// - Parameter loneCommitTime: by default no request is written by who brings it, however fast the disk is.
  init(
    checkpoints: CheckpointPolicy = CheckpointPolicy(), cooling: CoolingPolicy = CoolingPolicy(),
    loneCommitTime: Duration = .zero
  ) async throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("waybill-\(UUID().uuidString)").path
    self.checkpoints = checkpoints
    self.cooling = cooling
    self.loneCommitTime = loneCommitTime
    try await open()
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  static func open(
    _ path: String, checkpoints: CheckpointPolicy = CheckpointPolicy(), cooling: CoolingPolicy = CoolingPolicy(),
    loneCommitTime: Duration = .zero
  ) async throws -> Engine {
    var options = Engine.Options()
    options.loneCommitTime = loneCommitTime
    options.checkpoints = checkpoints
    options.cooling = cooling
    options.clock = { Timestamp(seconds: 1_790_000_000) }
    return try await Engine.open(DataFolder(path), options: options)!
  }

  /// Closes the engine and opens the folder again.
  func restart() async throws {
    try await closed { _ in }
    try await open()
  }

  /// Closes the engine for good, or until ``open()``.
  func closed(_ body: (_ path: String) async throws -> Void) async throws {
    await engine.close()
    engine = nil  // the folder stays locked until the engine is gone
    try await body(path)
  }

  func open() async throws {
    engine = try await Self.open(path, checkpoints: checkpoints, cooling: cooling, loneCommitTime: loneCommitTime)
  }

  @discardableResult
  func append(
    _ events: [String], expectedLast: UInt64? = nil, listingConflicts: Bool = false
  ) async throws -> Appended {
    try await Self.append(events, to: engine, expectedLast: expectedLast, listingConflicts: listingConflicts)
  }

  @discardableResult
  static func append(
    _ events: [String], to engine: Engine, expectedLast: UInt64? = nil, listingConflicts: Bool = false
  ) async throws -> Appended {
    let submission = engine.makeSubmission()
    defer { engine.recycle(submission) }
    submission.append(contentsOf: Array(events.joined(separator: "\n").utf8))
    try submission.check(.lines)
    return try await engine.append(submission, expectedLast: expectedLast, listingConflicts: listingConflicts)
  }

  /// The digest of a fold of a folder's log from zero, which nothing but the log decides.
  static func digestFromZero(_ path: String) throws -> String {
    let log = try unsafe EventLog.open(at: path, readOnly: true, extract: Replay.facts)
    var replay = Replay()
    try replay.run(log, to: log.lastSequence) { _, _ in true }
    return replay.state.digest
  }

  func records() async throws -> [String] {
    var lines: [String] = []
    var filter = RecordFilter()
    while true {
      let page = try await engine.records(filter, .lines)
      lines += String(decoding: page.bytes, as: UTF8.self).split(separator: "\n").map(String.init)
      if page.isLast { return lines }
      filter.from = page.next
    }
  }

  func answer(_ path: [String], _ query: [(String, String)] = []) async throws -> String {
    try await Self.answer(path, query, by: engine)
  }

  static func answer(_ path: [String], _ query: [(String, String)] = [], by engine: Engine) async throws -> String {
    let parameters = query.map { Question.Parameter(name: $0.0, value: $0.1) }
    guard let question = try Question(path: path, query: parameters) else { return "no question" }
    return String(decoding: try await engine.answer(question), as: UTF8.self)
  }
}

/// Events in their shortest form.
enum Events {
  static func account(_ account: String = "acme", zone: String = "America/Sao_Paulo") -> String {
    envelope("open-\(account)", "account.opened", account, #"{"name":"A","currency":"USD","time_zone":"\#(zone)"}"#)
  }

  static func payment(_ id: String, _ amount: String = "10", account: String = "acme") -> String {
    envelope(id, "payment.received", account, #"{"payment":"\#(id)","amount":"\#(amount)","currency":"USD"}"#)
  }

  static func number(_ number: String, account: String = "acme") -> String {
    envelope("number-\(account)-\(number)", "number.added", account, #"{"number":"\#(number)"}"#)
  }

  static func resolved(_ id: String, account: String = "acme") -> String {
    envelope(id, "conversation.resolved", account, #"{"number":"1","contact":{"phone":"5511987654321"}}"#)
  }

  static func envelope(_ id: String, _ type: String, _ account: String, _ data: String) -> String {
    #"{"specversion":"1.0","id":"\#(id)","source":"/test","type":"waybill.\#(type)","subject":"\#(account)","#
      + #""time":"2026-10-03T09:15:02Z","data":\#(data)}"#
  }
}

/// SplitMix64: the same numbers from the same seed.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
