import CLMDB
import EventLog
import Foundation
import JSONTape
import Ledger
import LedgerEngine

/// What a record costs between "decided" and "durable", and what reading it costs.
///
///     LogBench append LINES BATCH      CPU and disk a record, of the log alone
///     LogBench engine LINES BATCH      CPU an event by thread, of the engine without parsing; then the same events again
///     LogBench single LINES COUNT      one record a commit, beside the same bytes in LMDB alone
///     LogBench read LINES COUNT        every record, frame by frame; then COUNT records here and there
///     LogBench fill LINES FOLDER       appends the lines to the ledger in a folder that stays, and writes a checkpoint
///     LogBench start FOLDER ROUNDS     opens that ledger so often: with its checkpoints, or folding all if they are removed
///
/// LINES is a file of events, one a line (`tools/generate`). Folders are made in TMPDIR and removed.
@main
enum LogBench {
  static func main() throws {
    let arguments = CommandLine.arguments
    if arguments.count >= 4, arguments[1] == "start" || arguments[1] == "fill" {
      return waitFor { try await keptFolder(Array(arguments[1...])) }
    }
    guard arguments.count == 4, let number = Int(arguments[3]), number > 0 else {
      return print("usage: LogBench append|engine|single|read LINES NUMBER, fill LINES FOLDER or start FOLDER ROUNDS")
    }
    let lines = try Array(Data(contentsOf: URL(fileURLWithPath: arguments[2]))).split(separator: 10).map(Array.init)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("logbench-\(getpid())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    switch arguments[1] {
    case "append": try append(lines, batchCount: number, folder)
    case "engine": waitFor { try await engine(lines, batchCount: number, folder) }
    case "single": try single(lines, count: number, folder)
    default: try read(lines, count: number, folder)
    }
  }

  /// Not an asynchronous `main`: valgrind does not bear that the first thread ends.
  private static func waitFor(_ body: @escaping @Sendable () async throws -> Void) {
    let isDone = DispatchSemaphore(value: 0)
    Task.detached {
      defer { isDone.signal() }
      do { try await body() } catch { print(error) }
    }
    isDone.wait()
  }

  private static func keptFolder(_ arguments: [String]) async throws {
    if arguments[0] == "fill" {
      let lines = try Data(contentsOf: URL(fileURLWithPath: arguments[1])).split(separator: 10).map(Array.init)
      try await StartBench.fill(lines, arguments[2])
    } else {
      let withDigest = arguments.count > 3 && arguments[3] == "digest"
      try await StartBench.start(arguments[1], rounds: Int(arguments[2]) ?? 1, digest: withDigest)
    }
  }

  // MARK: The log alone

  private static let facts: FactsReader = { record in
    RecordFacts(eventTime: 0, recordedTime: 0, typeBit: 1, identity: Fingerprint(high: UInt64(record.count), low: 0))
  }

  private static func batches(_ lines: [[UInt8]], _ batchCount: Int) -> [LogBatch] {
    var random = SystemRandomNumberGenerator()
    var sequence: UInt64 = 0
    return stride(from: 0, to: lines.count, by: batchCount).map { start in
      var batch = LogBatch()
      for line in lines[start..<min(start + batchCount, lines.count)] {
        sequence += 1
        let identity = Fingerprint(high: random.next(), low: random.next())
        let subject = Fingerprint(high: random.next(), low: random.next())
        let suffix = ",\"sequence\":\"\(sequence)\",\"recordedtime\":\"2026-11-22T17:03:44.123456Z\"}"
        batch.append(
          record: line.dropLast() + Array(suffix.utf8),
          facts: RecordFacts(
            eventTime: Int64(sequence), recordedTime: Int64(sequence), typeBit: 1 << UInt64(line.count % 30),
            identity: identity, subject: subject))
      }
      return batch
    }
  }

  private static func append(_ lines: [[UInt8]], batchCount: Int, _ folder: String) throws {
    let batches = batches(lines, batchCount)
    let log = try unsafe EventLog.open(at: folder, extract: facts)
    let meter = CPUMeter()
    for batch in batches { try log.append(batch) }
    meter.report("append, batches of \(batchCount)", lines.count)
    print(String(format: "%.1f bytes of disk a record", Double(log.usage.usedBytes) / Double(lines.count)))
    log.close()
  }

  private static func single(_ lines: [[UInt8]], count: Int, _ folder: String) throws {
    let records = Array(lines.filter { $0.count < 1_500 }.prefix(count))
    let raw = try RawLMDB(folder + "-raw")
    defer { try? FileManager.default.removeItem(atPath: folder + "-raw") }
    let log = try unsafe EventLog.open(at: folder, extract: facts)
    let batches = batches(records, 1)
    var seconds = (raw: [Double](), log: [Double]())
    // Turn by turn, so that whatever else the machine does hits both alike.
    for (record, batch) in zip(records, batches) {
      var start = ContinuousClock.now
      raw.put(record)
      seconds.raw.append((ContinuousClock.now - start) / .microseconds(1))
      start = .now
      try log.append(batch)
      seconds.log.append((ContinuousClock.now - start) / .microseconds(1))
    }
    let (rawMedian, logMedian) = (median(seconds.raw), median(seconds.log))
    print(
      String(
        format: "one record a commit, %d: LMDB alone %.0f µs, the log %.0f µs at the median, %.2f times as long",
        records.count, rawMedian, logMedian, logMedian / rawMedian))
    log.close()
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

  private static func read(_ lines: [[UInt8]], count: Int, _ folder: String) throws {
    let log = try unsafe EventLog.open(at: folder, extract: facts)
    for batch in batches(lines, 8_000) { try log.append(batch) }
    var meter = CPUMeter()
    var byteCount = 0
    try log.forEachFrame { frame in
      byteCount += frame.header.byteCount
      return true
    }
    meter.report("every frame read, \(byteCount / lines.count) bytes a record", lines.count)
    var random = SystemRandomNumberGenerator()
    meter = CPUMeter()
    for _ in 0..<count { _ = try log.record(UInt64.random(in: 1...log.lastSequence, using: &random)) }
    meter.report("records here and there", count)
    meter = CPUMeter()
    for sequence in 1...min(UInt64(count), log.lastSequence) { _ = try log.record(sequence) }
    meter.report("records in order", min(count, lines.count))
    log.close()
  }

  // MARK: The engine

  private static func engine(_ lines: [[UInt8]], batchCount: Int, _ folder: String) async throws {
    guard let engine = try await Engine.open(DataFolder(folder)) else { return }
    for title in ["new events", "the same again"] {
      var submissions: [Submission] = []
      for start in stride(from: 0, to: lines.count, by: batchCount) {
        let submission = engine.makeSubmission()
        submission.append(
          contentsOf: Array(lines[start..<min(start + batchCount, lines.count)].joined(separator: [10])))
        try submission.check(.lines)
        submissions.append(submission)
      }
      let meter = CPUMeter()
      var answer = Appended(first: 0, last: 0, appended: 0, duplicates: 0)
      // The first request opens the accounts.
      let first = try await engine.append(submissions[0])
      answer.appended = first.appended
      answer.duplicates = first.duplicates
      for start in stride(from: 1, to: submissions.count, by: 4) {
        try await withThrowingTaskGroup(of: Appended.self) { group in
          for submission in submissions[start..<min(start + 4, submissions.count)] {
            group.addTask { try await engine.append(submission) }
          }
          for try await appended in group {
            answer.appended += appended.appended
            answer.duplicates += appended.duplicates
          }
        }
      }
      meter.report("\(title), four requests of \(batchCount): \(answer.appended) and \(answer.duplicates)", lines.count)
    }
    print(String(format: "%.1f bytes of disk a record", Double(engine.logUsage.usedBytes) / Double(lines.count)))
    await engine.close()
  }
}
