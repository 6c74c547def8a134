import ArgumentParser
import LedgerClient
import WaybillTables

/// What every command takes.
struct GlobalOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The daemon's socket (default: $WAYBILL_SOCKET, else /run/waybill/waybill.sock).", valueName: "path"))
  var socket: String?

  @Flag(help: "Print the daemon's answer as it is.") var json = false
  @Flag(help: "Print rows as CSV (RFC 4180).") var csv = false

  func validate() throws {
    if json && csv { throw ValidationError("--json and --csv are two forms of one answer: choose one.") }
    if let socket, socket.isEmpty { throw ValidationError("--socket wants a path.") }
  }

  var terminal: Terminal { .standard }

  var socketPath: String {
    if let socket { return socket }
    if let named = Terminal.environment("WAYBILL_SOCKET"), !named.isEmpty { return named }
    return "/run/waybill/waybill.sock"
  }

  /// Runs `body` with a client that is closed afterwards.
  func withClient<Result: Sendable>(
    _ body: (LedgerClient) async throws -> Result
  ) async throws -> Result {
    let client = LedgerClient(socket: socketPath)
    do {
      let result = try await body(client)
      await client.close()
      return result
    } catch {
      await client.close()
      throw error
    }
  }

  /// Prints an answer in the form that was asked for.
  func print(_ body: [UInt8], as sheet: (JSONValue) -> Sheet) throws {
    if json {
      terminal.write(body.last == UInt8(ascii: "\n") ? body[...] : (body + [UInt8(ascii: "\n")])[...])
      return
    }
    let sheet = sheet(try JSONValue.read(body))
    if csv {
      terminal.write(CSV.text(sheet.csv))
      return
    }
    let (output, remarks) = sheet.text(terminal.data)
    terminal.write(output)
    for remark in remarks { terminal.complain(remark) }
  }
}

extension JSONValue {
  /// A daemon's answer, which is JSON or something is wrong with what listens there.
  static func read(_ body: [UInt8]) throws(Failure) -> JSONValue {
    do {
      return try JSONValue(json: body)
    } catch {
      throw Failure("The answer is not JSON: \(error.reason).", "Is that socket waybilld's? Try: waybill doctor")
    }
  }
}

/// The moment a question is asked about.
struct MomentOptions: ParsableArguments {
  @Option(help: ArgumentHelp("As if it were then: only events up to this instant.", valueName: "instant"))
  var asOf: String?

  @Option(help: ArgumentHelp("Only the first records of the log, up to this sequence.", valueName: "sequence"))
  var at: UInt64?

  func added(to route: Route) -> Route {
    route.with("as_of", asOf).with("at", at.map(String.init))
  }
}

/// A stretch of days: from inside, to outside.
struct PeriodOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The first day, or an instant.", valueName: "day")) var from: String?
  @Option(help: ArgumentHelp("The first day that no longer counts.", valueName: "day")) var to: String?
  @Option(help: ArgumentHelp("A whole month, as 2026-10, in place of from and to.", valueName: "month"))
  var month: CalendarMonthArgument?

  func validate() throws {
    if month != nil && (from != nil || to != nil) {
      throw ValidationError("--month stands for --from and --to: give one or the other.")
    }
  }

  func added(to route: Route) -> Route {
    route.with("from", month?.firstDay ?? from).with("to", month?.next.firstDay ?? to)
  }
}

/// `2026-10`
struct CalendarMonthArgument: ExpressibleByArgument, Equatable {
  var year: Int
  var month: Int

  init(year: Int, month: Int) {
    self.year = year
    self.month = month
  }

  init?(argument: String) {
    let parts = argument.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].count == 4, parts[1].count == 2, let year = Int(parts[0]),
      let month = Int(parts[1]),
      year > 0, (1...12).contains(month)
    else { return nil }
    self.init(year: year, month: month)
  }

  var next: CalendarMonthArgument {
    month == 12 ? .init(year: year + 1, month: 1) : .init(year: year, month: month + 1)
  }

  var firstDay: String { String(year).padded(to: 4) + "-" + String(month).padded(to: 2) + "-01" }
}

extension String {
  /// Zeros in front, up to `count` digits.
  func padded(to count: Int) -> String { String(repeating: "0", count: max(0, count - self.count)) + self }
}
