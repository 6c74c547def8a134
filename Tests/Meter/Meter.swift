import Foundation

/// Runs the stages that every event passes on its way from a request's bytes into the state, one after the other, and
/// prints what each cost per event: `stage nanoseconds allocations`. `tools/meter` counts their instructions.
///
///     Meter FILE [STAGE] [REPEATS] [BATCH]
///     Meter FILE shared [ROUNDS]            folds while another thread takes copies, and compares
///
/// FILE has an event a line. STAGE is the last stage to run: parse, check, identity, admit, fold or all.
@main
struct Meter {
  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst()
    guard let path = arguments.first else {
      print("usage: Meter FILE [STAGE] [REPEATS] [BATCH]\n       Meter FILE shared [ROUNDS]")
      exit(2)
    }
    if arguments.dropFirst(1).first == "shared" {
      let rounds = arguments.dropFirst(2).first.flatMap { Int($0) } ?? 1
      print("shared", SharedFold(bodies: try Bodies(of: path, linesEach: 4)).run(rounds: rounds))
      return
    }
    let last = arguments.dropFirst(1).first.map { $0 == "all" ? .fold : Stage(name: $0) } ?? .fold
    let repeats = arguments.dropFirst(2).first.flatMap { Int($0) } ?? 1
    let batch = arguments.dropFirst(3).first.flatMap { Int($0) } ?? 1_000
    let bodies = try Bodies(of: path, linesEach: batch)
    let line = StageLine(last: last)
    // Buffers grow in the first batches; what is counted are those behind them.
    for body in bodies.first(4) { line.run(body) }
    var meters = [StageMeter](repeating: StageMeter(), count: Stage.allCases.count)
    for _ in 0..<repeats {
      line.forgetLedger()
      for body in bodies { line.run(body, &meters) }
    }
    for stage in Stage.allCases where stage <= last {
      print(stage, meters[stage.rawValue].line(perEvents: bodies.lineCount * repeats))
    }
    print("events", bodies.lineCount * repeats, "trace", line.trace)
  }
}
