import ArgumentParser
import LedgerClient
import WaybillTables

struct Log: AsyncParsableCommand {
  static let configuration = CommandConfiguration.of(
    "log", "Print the records, one JSON object a line.",
    examples: "waybill log --from 1200 --account acme", "waybill log --type waybill.payment.received --csv",
    "waybill log --follow | jq .type")
  @Option(help: ArgumentHelp("The first sequence (default: 1).", valueName: "sequence"))
  var from: UInt64?
  @Option(help: ArgumentHelp("The first sequence that is no longer printed.", valueName: "sequence")) var to: UInt64?
  @Option(help: "Only this account's.") var account: String?
  @Option(help: ArgumentHelp("Only this type, as waybill.payment.received or payment.received.", valueName: "type"))
  var type: String?
  @Option(help: "At most so many.") var limit: Int?
  @Flag(help: "Go on for ever: print records as they are appended.") var follow = false
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if follow && (to != nil || limit != nil) {
      throw ValidationError("--follow has no end: leave out --to and --limit.")
    }
    if let limit, limit < 1 { throw ValidationError("--limit is at least 1.") }
  }

  private var route: Route {
    let full = type.map { $0.contains("waybill.") ? $0 : "waybill." + $0 }
    return Route("v1", "events").with("to", to.map(String.init)).with("account", account).with("type", full)
      .with("limit", limit.map(String.init))
  }

  func run() async throws {
    let printer = RecordPrinter(terminal: global.terminal, isCSV: global.csv)
    try await global.withClient { client in
      if follow {
        try await FollowedLog(client: client, route: route, printer: printer).run(from: from)
      } else {
        let route = route.with("from", from.map(String.init))
        try await client.forEachLine(route, whenCaughtUp: printer.flush) { line in
          try printer.print(line)
          return true
        }
      }
    }
  }
}

/// Writes records as they are, or as CSV.
final class RecordPrinter {
  private let terminal: Terminal
  private let isCSV: Bool
  private var waiting: [UInt8] = []

  init(terminal: Terminal, isCSV: Bool) {
    self.terminal = terminal
    self.isCSV = isCSV
    if isCSV {
      terminal.write(CSV.line(["sequence", "recordedtime", "time", "type", "account", "id", "source", "data"]))
    }
  }

  /// Collects until there is enough for one write.
  func print(_ line: ArraySlice<UInt8>) throws {
    guard !line.isEmpty else { return }
    if isCSV {
      waiting += Array(try row(line).utf8)
    } else {
      waiting += line
      waiting.append(UInt8(ascii: "\n"))
    }
    if waiting.count > 64 << 10 { flush() }
  }

  func flush() {
    guard !waiting.isEmpty else { return }
    terminal.write(waiting[...])
    waiting.removeAll(keepingCapacity: true)
  }

  private func row(_ line: ArraySlice<UInt8>) throws -> String {
    let record = try JSONValue.read(Array(line))
    let names = ["sequence", "recordedtime", "time", "type", "subject", "id", "source"]
    return CSV.line(names.map { record[$0]?.plain ?? "" } + [record["data"]?.json ?? ""])
  }
}

/// Server-sent events for as long as it takes; when the daemon is restarted, the stream goes on where it ended.
struct FollowedLog {
  let client: LedgerClient
  let route: Route
  let printer: RecordPrinter

  func run(from: UInt64?) async throws {
    var last = from.map { $0 > 0 ? String($0 - 1) : "0" }
    while true {
      do {
        try await once(&last)
      } catch LedgerClientError.interrupted {
        // The daemon went away in the middle: the next connection says whether it comes back.
      }
      try await Task.sleep(for: .milliseconds(250))
    }
  }

  private func once(_ last: inout String?) async throws {
    let headers = last.map { [(name: "Last-Event-ID", value: $0)] } ?? []
    var id: String?
    try await client.forEachLine(
      route, accept: "text/event-stream", headers: headers, whenCaughtUp: printer.flush
    ) { line in
      if let value = FollowedLog.field("id", of: line) {
        id = String(decoding: value, as: UTF8.self)
      } else if let value = FollowedLog.field("data", of: line) {
        try printer.print(value)
      } else if line.isEmpty {
        last = id ?? last
      }
      return true
    }
  }

  /// `name: value` of the event-stream format.
  static func field(_ name: StaticString, of line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    let prefix =
      unsafe Array(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)) + [UInt8(ascii: ":")]
    guard line.starts(with: prefix) else { return nil }
    let value = line.dropFirst(prefix.count)
    return value.first == UInt8(ascii: " ") ? value.dropFirst() : value
  }
}
