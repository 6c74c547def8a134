import EventLog
import Foundation
import JSONTape
import Ledger
import Testing

@testable import LedgerEngine

@Suite struct ReplayTests {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("waybill-\(UUID().uuidString)").path

  private static let opening = [
    #"{"specversion":"1.0","id":"z","source":"/waybilld","type":"waybill.zone.resolved","time":"2026-10-01T00:00:00Z","#
      + #""data":{"zone":"America/Sao_Paulo","transitions":[["2015-01-01T00:00:00Z",-10800]]}}"#,
    Events.account("acme"), Events.account("other"),
  ]

  private static func payments(_ range: Range<Int>) -> [String] {
    range.map { Events.payment("p\($0)", "\(1 + $0 % 7)", account: $0 % 3 == 0 ? "other" : "acme") }
  }

  /// A log of these records, whatever they say: the log itself understands none of them.
  private func log(of events: [String], commit: Int = 700) throws -> EventLog {
    let log = try EventLog.open(at: path, extract: { _ in Self.facts(0) })
    for start in stride(from: 0, to: events.count, by: commit) {
      var batch = LogBatch()
      for (index, event) in events[start..<min(start + commit, events.count)].enumerated() {
        batch.append(record: Array(event.utf8), facts: Self.facts(UInt64(start + index)))
      }
      try log.append(batch)
    }
    return log
  }

  private static func facts(_ number: UInt64) -> RecordFacts {
    RecordFacts(eventTime: 0, recordedTime: 0, typeBit: 1, identity: Fingerprint(high: number, low: number))
  }

  private static func fold(_ log: EventLog, to last: UInt64? = nil, threadCount: Int) throws -> State {
    var replay = Replay()
    try replay.run(log, to: last ?? log.lastSequence, threadCount: threadCount) { _, _ in true }
    return replay.state
  }

  @Test func `however many threads read ahead, and wherever it stops on the way, the fold is the same`() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let events = Self.opening + Self.payments(0..<2_000)
    let log = try log(of: events)
    let expected = try Self.fold(log, threadCount: 1).digest
    for threadCount in [2, 3, 8] { #expect(try Self.fold(log, threadCount: threadCount).digest == expected) }
    for border in [1, 255, 256, 257, 512, 1_023, 1_024, 1_999, 2_002] as [UInt64] {
      var replay = Replay()
      try replay.run(log, to: border, threadCount: 2) { _, _ in true }
      #expect(replay.state.sequence.rawValue == border)
      try replay.run(log, to: log.lastSequence, threadCount: 2) { _, _ in true }
      #expect(replay.state.digest == expected, "stopped after \(border)")
    }
  }

  @Test(arguments: [
    ("no JSON", 1_537), (#"{"specversion":"1.0"}"#, 256), (#"["a"]"#, 257), (Events.payment("x", "one"), 2_000),
    (Events.payment("x", account: "nobody"), 513), (Events.account("acme"), 2_048),
    (Events.resolved("x", account: "nobody"), 770),
  ])
  func `a record that cannot be folded is named by its place, and nothing behind it matters`(
    record: String, place: Int
  ) throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    var events = Self.opening + Self.payments(0..<3_000)
    events[place - 1] = record
    events[3_002] = "worse"
    let log = try log(of: events)
    for threadCount in [1, 4] {
      let error = #expect(throws: LogError.self) { try Self.fold(log, threadCount: threadCount) }
      guard case .unreadable(let sequence, let reason) = error else {
        return #expect(Bool(false), "\(String(describing: error))")
      }
      #expect(sequence == UInt64(place) && !reason.isEmpty)
      #expect(
        try Self.fold(log, to: UInt64(place - 1), threadCount: threadCount).sequence.rawValue == UInt64(place - 1))
    }
  }

  @Test func `of several records of a frame that cannot be folded the first is named`() throws {
    let nobody = Events.resolved("x", account: "nobody")
    let unpaid = Events.payment("y", account: "nobody")
    for (first, second, count) in [(nobody, unpaid, 2), (unpaid, nobody, 2), (nobody, nobody, 100)] {
      defer { try? FileManager.default.removeItem(atPath: path) }
      // With a hundred accounts events are folded several at a time.
      var events = Self.opening + (0..<count).map { Events.account("more-\($0)") } + Self.payments(0..<700)
      (events[599], events[610]) = (first, second)
      let log = try log(of: events)
      let error = #expect(throws: LogError.self) { try Self.fold(log, threadCount: 1) }
      guard case .unreadable(600, let reason) = error else {
        return #expect(Bool(false), "\(String(describing: error))")
      }
      #expect(reason.contains("nobody is not open"))
    }
  }

  @Test func `a damaged frame is named by its place`() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    try log(of: Self.opening + Self.payments(0..<3_000)).close()
    let file = path + "/log/data.mdb"
    var content = try Data(contentsOf: URL(fileURLWithPath: file))
    // The header of the frame that begins at 1,025: version 2, 256 records, and behind four bytes the first sequence.
    let header = try #require(
      content.indices.dropLast(16).filter {
        content[$0..<$0 + 4] == Data([2, 0, 0, 1]) && content[$0 + 8..<$0 + 16] == Data([1, 4, 0, 0, 0, 0, 0, 0])
      }.last)
    content[header + 72 + 100] ^= 0x10
    try content.write(to: URL(fileURLWithPath: file))
    let log = try unsafe EventLog.open(at: path, readOnly: true, extract: Replay.facts)
    for threadCount in [1, 4] {
      let error = #expect(throws: LogError.self) { try Self.fold(log, threadCount: threadCount) }
      guard case .damaged(file, let place, _) = error else {
        return #expect(Bool(false), "\(String(describing: error))")
      }
      #expect(place.contains("1025"))
    }
  }

  @Test func `a replay that is told to stop ends at once, and reads no further`() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    // What cannot be read lies behind the place where it stops.
    let log = try log(of: Self.opening + Self.payments(0..<3_000) + ["no JSON"])
    var replay = Replay()
    var asked: [UInt64] = []
    #expect(throws: Replay.Stopped.self) {
      try replay.run(log, to: log.lastSequence, reportingEvery: 1_000) { done, total in
        #expect(total == 3_004)
        asked.append(done)
        return asked.count < 2
      }
    }
    #expect(asked == [1_024, 2_048] && replay.state.sequence.rawValue == 2_048)
  }

  @Test func `facts read a stretch at a time are those read record by record`() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let log = try log(of: Self.opening + Self.payments(0..<1_533) + ["no JSON"])
    let last = log.lastSequence - 1  // the end of a frame
    let alone = try (1...last).map { try unsafe log.withRecord($0) { record in try unsafe Replay.facts(of: record) } }
    for wanted in [1...last, 1...1, 256...257, 700...1_100, 1_281...last] as [ClosedRange<UInt64>] {
      var found: [RecordFacts] = []
      try Replay.forEachFacts(of: log, wanted) { found += $0 }
      #expect(found == Array(alone[Int(wanted.lowerBound) - 1..<Int(wanted.upperBound)]), "\(wanted)")
    }
    let error = #expect(throws: LogError.self) { try Replay.forEachFacts(of: log, 5...last + 1) { _ in } }
    guard case .unreadable(last + 1, _) = error else { return #expect(Bool(false), "\(String(describing: error))") }
  }
}
