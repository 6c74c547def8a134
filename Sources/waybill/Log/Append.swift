import ArgumentParser
import LedgerClient
import WaybillTables

struct Append: AsyncParsableCommand {
  static let configuration = CommandConfiguration.of(
    "append", "Append events from files: one JSON object, an array, or one object a line.",
    examples: "waybill append october.ndjson", "generate-events | waybill append -", "waybill append a.json b.json")
  @Argument(help: "Files of CloudEvents JSON; - is standard input. Running it again appends nothing twice.")
  var files: [String]
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let total = try await global.withClient { client in
      var sender = EventSender(client: client, label: "append", terminal: global.terminal)
      for file in files { try await sender.send(file) }
      return sender.total
    }
    try global.print(Array(total.answer.json.utf8), as: Sheet.appended)
  }
}

extension Appended {
  /// The daemon's answers of several requests as one, in the same form.
  var answer: JSONValue {
    .object([
      .init("first", first.map(JSONValue.string) ?? .null), .init("last", last.map(JSONValue.string) ?? .null),
      .init("appended", .number(String(appended))), .init("duplicates", .number(String(duplicates))),
    ])
  }

  /// Counts the next request's answer in.
  mutating func add(_ next: Appended) {
    first = first ?? next.first
    last = next.last ?? last
    appended += next.appended
    duplicates += next.duplicates
  }
}

/// Sends events in batches, in order: while one is on its way, the next is being read.
struct EventSender {
  private let client: LedgerClient
  private let terminal: Terminal
  private var progress: Progress
  private(set) var total = Appended(first: nil, last: nil, appended: 0, duplicates: 0)
  /// The batch that is being sent, and what to say of it if it is refused.
  private var underWay: (task: Task<Result<Appended, LedgerClientError>, Never>, lines: [Int])?

  init(client: LedgerClient, label: String, terminal: Terminal) {
    self.client = client
    self.terminal = terminal
    progress = Progress(label, terminal: terminal)
  }

  /// Sends all events of a file. On return they are on the daemon's disk.
  mutating func send(_ path: String) async throws {
    let file = try InputFile(path)
    var cutter = EventCutter(name: file.name)
    var batch = EventBatch()
    var readCount = 0
    defer { progress.end() }
    while true {
      let bytes = try file.read(upTo: 1 << 20)
      if bytes.isEmpty { break }
      readCount += bytes.count
      cutter.add(bytes)
      while let event = try await nextEvent(&cutter, sending: &batch, of: file.name) {
        if batch.add(event) { continue }
        try await hand(over: batch, of: file.name)
        batch = EventBatch()
        _ = batch.add(event)
      }
      progress.show(readCount, of: file.byteCount, "\(total.appended) appended, \(total.duplicates) already there")
    }
    try await hand(over: batch, of: file.name)
    try await settle(of: file.name)
    try cutter.finish()
  }

  /// When the file turns out broken, what came before the break is sent all the same: it can be fixed and sent again.
  private mutating func nextEvent(
    _ cutter: inout EventCutter, sending batch: inout EventBatch, of name: String
  ) async throws -> EventCutter.Event? {
    do {
      return try cutter.next()
    } catch {
      try await hand(over: batch, of: name)
      try await settle(of: name)
      throw stopped(error.failure)
    }
  }

  private mutating func hand(over batch: EventBatch, of name: String) async throws {
    try await settle(of: name)
    guard !batch.isEmpty else { return }
    let client = client
    let body = batch.body
    let task = Task { () async -> Result<Appended, LedgerClientError> in
      do throws(LedgerClientError) {
        return .success(try await client.append(batch: body))
      } catch {
        return .failure(error)
      }
    }
    underWay = (task, batch.lines)
  }

  /// Waits for the batch that is under way.
  private mutating func settle(of name: String) async throws {
    guard let (task, lines) = underWay else { return }
    underWay = nil
    switch await task.value {
    case .success(let appended): total.add(appended)
    case .failure(let error): throw stopped(located(error, lines, name))
    }
  }

  /// An event's index in its batch means nothing to people: its line in the file does.
  private func located(_ error: LedgerClientError, _ lines: [Int], _ name: String) -> Failure {
    guard case .refused(let problem) = error, let index = problem.index, lines.indices.contains(index) else {
      return error.failure
    }
    let field = problem.unsaidPointer.map { ", \($0)" } ?? ""
    return Failure("\(name), line \(lines[index])\(field): \(problem.sentence)", problem.nextStep)
  }

  /// Says what is already done when a file is not sent to its end.
  private func stopped(_ failure: Failure) -> Failure {
    var failure = failure
    let done = total.appended + total.duplicates
    if done > 0 {
      failure.nextStep +=
        "\n  \(done) events before it are in the log. Run the command again to go on: nothing is appended twice."
    }
    return failure
  }
}
