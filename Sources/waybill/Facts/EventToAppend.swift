import ArgumentParser
import Ledger
import LedgerClient
import WaybillTables

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What every command that appends one event takes.
struct EventOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The event's id; the same id again appends nothing (default: a new one).", valueName: "id"))
  var id: String?
  @Option(help: ArgumentHelp("When it happened, RFC 3339 (default: now).", valueName: "instant")) var time: String?
  @OptionGroup var global: GlobalOptions
}

/// A command that tells the daemon one thing.
protocol Fact: AsyncParsableCommand {
  var event: EventOptions { get }
  /// What follows `waybill.`
  var type: String { get }
  var account: String { get }
  /// The event's data; `client` may be asked for what the person did not say.
  func data(_ id: String, _ client: LedgerClient) async throws -> [JSONValue.Member?]
}

extension Fact {
  func run() async throws {
    let id = event.id ?? EventIdentity.newID()
    let global = event.global
    let body = try await global.withClient { client in
      let data = try await data(id, client).compactMap { $0 }
      let event = JSONValue.object([
        .init("specversion", .string("1.0")), .init("id", .string(id)), .init("source", .string(EventIdentity.source)),
        .init("type", .string("waybill." + type)), .init("subject", .string(account)),
        .init("time", .string(self.event.time ?? EventIdentity.now())), .init("data", .object(data)),
      ])
      return try await client.post(
        Route("v1", "events"), Array(event.json.utf8), type: "application/cloudevents+json")
    }
    try global.print(body, as: Sheet.appended)
  }
}

extension JSONValue.Member {
  /// A member if there is a value.
  static func ifGiven(_ name: String, _ value: String?) -> JSONValue.Member? {
    value.map { JSONValue.Member(name, .string($0)) }
  }

  static func ifGiven(_ name: String, _ value: Int?) -> JSONValue.Member? {
    value.map { JSONValue.Member(name, .number(String($0))) }
  }

  static func ifGiven(_ name: String, _ value: Bool?) -> JSONValue.Member? {
    value.map { JSONValue.Member(name, .bool($0)) }
  }

  static func list(_ name: String, _ values: [String]) -> JSONValue.Member? {
    values.isEmpty ? nil : JSONValue.Member(name, .array(values.map(JSONValue.string)))
  }
}

/// Who tells, under which id, and when.
enum EventIdentity {
  /// `/waybill/` and the user's name.
  static var source: String {
    let entry = unsafe getpwuid(geteuid())
    let name = unsafe entry.map { unsafe String(cString: $0.pointee.pw_name) } ?? String(geteuid())
    return "/waybill/" + name
  }

  /// A random UUID.
  static func newID() -> String {
    var generator = SystemRandomNumberGenerator()
    let high = generator.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
    let low = generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    let digits = Array((String(high, radix: 16).padded(to: 16) + String(low, radix: 16).padded(to: 16)))
    return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
  }

  /// The system's clock, in UTC with milliseconds.
  static func now() -> String {
    var moment = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &moment)
    return Timestamp(rawValue: Int64(moment.tv_sec) * 1_000_000 + Int64(moment.tv_nsec) / 1_000_000 * 1_000).description
  }
}

/// A decimal amount as people write it; `prepared` arguments may carry U+2212 for a minus.
struct Amount: ExpressibleByArgument, Equatable {
  var text: String

  init?(argument: String) {
    text = argument.hasPrefix("\u{2212}") ? "-" + argument.dropFirst() : argument
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber || $0 == "." }) else { return nil }
  }
}
