import Foundation
import LedgerEngine

/// What a start costs on a folder that stays: with its checkpoints, and without any.
enum StartBench {
  /// Appends the lines of a file to the ledger in `folder`, in requests of 8,000, and closes it with a checkpoint.
  static func fill(_ lines: [[UInt8]], _ folder: String) async throws {
    guard let engine = try await Engine.open(DataFolder(folder)) else { return }
    for start in stride(from: 0, to: lines.count, by: 8_000) {
      let submission = engine.makeSubmission()
      submission.append(contentsOf: Array(lines[start..<min(start + 8_000, lines.count)].joined(separator: [10])))
      try submission.check(.lines)
      _ = try await engine.append(submission)
      engine.recycle(submission)
    }
    print("\(engine.lastSequence) events, digest \(try await engine.digest)")
    await engine.close()
  }

  /// Opens the ledger in `folder` so often, and says what the log and what the state took each time.
  static func start(_ folder: String, rounds: Int, digest: Bool) async throws {
    for _ in 0..<rounds {
      let began = ContinuousClock.now
      let meter = CPUMeter()
      let data = try DataFolder(folder)
      let opened = ContinuousClock.now
      guard let engine = try await Engine.open(data) else { return }
      let done = ContinuousClock.now
      let count = Int(engine.lastSequence - engine.startedFrom)
      print(
        String(
          format: "log and index %.0f ms, state %.0f ms; from event %d, %d folded", (opened - began) / .milliseconds(1),
          (done - opened) / .milliseconds(1), engine.startedFrom, count))
      meter.report("the start", max(count, 1))
      if digest { print("digest \(try await engine.digest)") }
      await engine.close()
    }
  }
}
