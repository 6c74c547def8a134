import EventLog
import Foundation
import Synchronization
import Testing

struct IndexTests {
  /// A log with small runs, so that a few thousand records are sealed and merged many times.
  private static func open(_ path: String, records: Int = 64) throws -> EventLog {
    try unsafe EventLog.open(at: path, recordsPerIndexRun: records, extract: TestRecord.extract)
  }

  private static func append(_ count: Int, to log: EventLog, _ random: inout SeededGenerator) throws -> [RecordFacts] {
    var batch = LogBatch()
    var facts: [RecordFacts] = []
    for number in log.lastSequence + 1...log.lastSequence + UInt64(count) {
      // Every seventh record has the identity of an earlier one: the log itself allows it.
      let name = number.isMultiple(of: 7) ? number / 2 : number
      let subject = random.next() % 3 == 0 ? nil : random.next() % 200
      let group = random.next() % 5 == 0 ? nil : random.next() % 20
      let record = TestRecord(number: name, subject: subject, group: group, filler: 10, &random)
      facts.append(record.facts)
      batch.append(record: record.bytes, facts: record.facts)
    }
    try log.append(batch)
    return facts
  }

  private static func check(_ log: EventLog, _ all: [RecordFacts]) throws {
    var identities: [Fingerprint: [UInt64]] = [:]
    var subjects: [Fingerprint: Set<UInt64>] = [:]
    var groups: [Fingerprint: Set<UInt64>] = [:]
    for (index, facts) in all.enumerated() {
      identities[facts.identity, default: []].append(UInt64(index + 1))
      if let subject = facts.subject { subjects[subject, default: []].insert(UInt64(index / 256)) }
      if let group = facts.group { groups[group, default: []].insert(UInt64(index / 256)) }
    }
    let wrongIdentity = identities.first { log.candidates(identity: $0.key) != $0.value }
    #expect(wrongIdentity == nil)
    let wrongSubject = try subjects.first { try log.frames(subject: $0.key) != $0.value.sorted() }
    #expect(wrongSubject == nil)
    let wrongGroup = try groups.first { try log.frames(group: $0.key) != $0.value.sorted() }
    #expect(wrongGroup == nil)
    let early = try groups.first {
      try log.frames(group: $0.key, upTo: 700) != $0.value.filter { $0 <= 699 / 256 }.sorted()
    }
    #expect(early == nil)
    let unknown = (1_000_000...1_000_500).map { TestRecord.fingerprint($0, 1) }
    #expect(unknown.allSatisfy { log.candidates(identity: $0).isEmpty })
    let mixed = unknown.map { RecordFacts(eventTime: 0, recordedTime: 0, typeBit: 1, identity: $0) } + all
    #expect(log.candidates(among: mixed[...]) == Array(unknown.count..<mixed.count))
  }

  @Test(arguments: [41, 42] as [UInt64])
  func `every duplicate is found, in memory, in runs and across their borders`(seed: UInt64) throws {
    print("seed \(seed)")
    var random = SeededGenerator(state: seed)
    let folder = try TemporaryFolder()
    var all: [RecordFacts] = []
    for round in 0..<8 {
      let log = try Self.open(folder.path)
      for _ in 0..<6 { all += try Self.append(Int.random(in: 1...300, using: &random), to: log, &random) }
      try Self.check(log, all)
      if round.isMultiple(of: 2) { log.close() }
    }
  }

  @Test func `an index that was removed, cut short or left by a crash is made again, the same`() throws {
    var random = SeededGenerator(state: 43)
    let folder = try TemporaryFolder()
    var log: EventLog? = try Self.open(folder.path)
    var all: [RecordFacts] = []
    for _ in 0..<10 { all += try Self.append(333, to: log!, &random) }
    log!.close()
    log = nil
    let index = folder.path + "/index"
    let files = { try FileManager.default.contentsOfDirectory(atPath: index).sorted() }
    #expect(try !files().isEmpty && files().count < 40)

    for name in try files() { try FileManager.default.removeItem(atPath: index + "/" + name) }
    try Self.check(try Self.open(folder.path), all)

    let largest = try #require(try files().last)
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: index + "/" + largest))
    try file.truncate(atOffset: 200)
    try file.close()
    try Data("rubbish".utf8).write(to: URL(fileURLWithPath: index + "/run-1-9999.partial"))
    try Self.check(try Self.open(folder.path), all)
    #expect(try files().contains { $0.hasSuffix(".partial") } == false)
  }

  @Test func `what an index has missed is asked for as one stretch, from the end of its runs on`() throws {
    var random = SeededGenerator(state: 48)
    let folder = try TemporaryFolder()
    var log: EventLog? = try Self.open(folder.path)
    let all = try Self.append(999, to: log!, &random)
    log = nil  // not closed: the newest records are in no run
    let asked = Mutex<[ClosedRange<UInt64>]>([])
    let open = { (failure: LogError?) in
      try unsafe EventLog.open(at: folder.path, recordsPerIndexRun: 64, extract: TestRecord.extract) {
        (_, wanted, body) in
        asked.withLock { $0.append(wanted) }
        for start in stride(from: Int(wanted.lowerBound), through: Int(wanted.upperBound), by: 10) {
          body(Array(all[start - 1..<min(start + 9, Int(wanted.upperBound))]))
          if let failure { throw failure }
        }
      }
    }
    let failure = LogError.unreadable(sequence: 971, reason: "a trial")
    let error = #expect(throws: LogError.self) { try open(failure) }
    guard case .unreadable(971, "a trial") = error else { return #expect(Bool(false), "\(String(describing: error))") }
    try Self.check(try open(nil), all)
    #expect(asked.withLock { $0 } == [961...999, 961...999])
  }

  @Test func `an index of another or longer log is not believed`() throws {
    var random = SeededGenerator(state: 44)
    let folder = try TemporaryFolder()
    let short = try Self.open(folder.path + "/short")
    let few = try Self.append(200, to: short, &random)
    try short.backup(to: folder.path + "/backup")
    _ = try Self.append(800, to: short, &random)
    short.close()
    try unsafe EventLog.restore(from: folder.path + "/backup", to: folder.path + "/new", extract: TestRecord.extract)
    try FileManager.default.removeItem(atPath: folder.path + "/new/index")
    try FileManager.default.copyItem(atPath: folder.path + "/short/index", toPath: folder.path + "/new/index")
    let new = try Self.open(folder.path + "/new")
    let more = try Self.append(900, to: new, &random)
    try Self.check(new, few + more)
  }

  @Test func `the frames of a group are read, and no others`() throws {
    var random = SeededGenerator(state: 47)
    let folder = try TemporaryFolder()
    let log = try Self.open(folder.path, records: 512)
    var all: [RecordFacts] = []
    for _ in 0..<9 { all += try Self.append(1_003, to: log, &random) }
    let numbers: [UInt64] = [0, 3, 4, 5, 17, 30, UInt64((all.count - 1) / 256)]
    var seen: [UInt64] = []
    var sequences: [UInt64] = []
    try log.forEachFrame(numbered: numbers) { frame in
      seen.append((frame.header.firstSequence - 1) / 256)
      frame.forEachRecord { sequence, _ in sequences.append(sequence) }
      return true
    }
    #expect(seen == numbers)
    let wanted = Set(numbers)
    #expect(sequences == (1...UInt64(all.count)).filter { wanted.contains(($0 - 1) / 256) })
    seen = []
    try log.forEachFrame(numbered: numbers, wants: { $0.firstSequence > 1_000 }) { frame in
      seen.append((frame.header.firstSequence - 1) / 256)
      return seen.count < 2
    }
    #expect(seen == [4, 5])
  }

  @Test func `a damaged index file is reported by verify`() throws {
    var random = SeededGenerator(state: 45)
    let folder = try TemporaryFolder()
    var log: EventLog? = try Self.open(folder.path)
    _ = try Self.append(64, to: log!, &random)
    log!.close()
    log = nil
    let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/index").first)
    let file = URL(fileURLWithPath: folder.path + "/index/" + name)
    var bytes = try Data(contentsOf: file)
    bytes[bytes.count / 2] ^= 4
    try bytes.write(to: file)
    let problems = try Self.open(folder.path).verify().problems
    #expect(problems.map(\.file) == [file.path])
  }

  @Test func `a subject with many records neither stalls nor loses any`() throws {
    let folder = try TemporaryFolder()
    let log = try Self.open(folder.path, records: 4_096)
    var random = SeededGenerator(state: 46)
    for _ in 0..<10 {
      var batch = LogBatch()
      for number in log.lastSequence + 1...log.lastSequence + 2_000 {
        let record = TestRecord(number: number, subject: 5, filler: 0, &random)
        batch.append(record: record.bytes, facts: record.facts)
      }
      try log.append(batch)
    }
    #expect(try log.frames(subject: TestRecord.fingerprint(5, 2)) == Array(0...19_999 / 256))
  }
}
