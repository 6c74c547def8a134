import FoundationEssentials
import JSONTape
import Ledger
import WhatsApp

/// The real files that the tests read.
enum Fixtures {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "fixtures")

  static func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.appending(path: path))) }

  /// Names of the payloads, sorted.
  static var webhooks: [String] {
    get throws {
      try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "webhooks").path)
        .filter { $0.hasSuffix(".json") }.sorted()
    }
  }
}

/// An account for every WABA but `0`.
func everyWABA(_ number: String?, _ waba: String?) -> String? { waba != nil && waba != "0" ? "acme" : nil }

/// A JSON value that outlives its parser, for looking into events.
indirect enum JSON: Hashable, Sendable, CustomStringConvertible {
  case null, bool(Bool), number(String), string(String), array([JSON]), object([String: JSON])

  init(_ value: TapeValue) {
    switch value.kind {
    case .null: self = .null
    case .bool: self = .bool(value.bool == true)
    case .int64, .uint64, .double:
      var bytes: [UInt8] = []
      value.appendJSON(to: &bytes)
      self = .number(String(decoding: bytes, as: UTF8.self))
    case .string: self = .string(value.text!.string)
    case .array:
      var elements: [JSON] = []
      value.forEachElement { elements.append(JSON($0)) }
      self = .array(elements)
    case .object:
      var members: [String: JSON] = [:]
      value.forEachMember { members[$0.string] = JSON($1) }
      self = .object(members)
    }
  }

  init(parsing bytes: [UInt8]) throws {
    let parser = TapeParser(maxDepth: 1_024)
    self = try withExtendedLifetime(parser) { JSON(try parser.parse(copying: bytes)) }
  }

  subscript(name: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members[name]
  }

  var string: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  var elements: [JSON] {
    guard case .array(let elements) = self else { return [] }
    return elements
  }

  var description: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .number(let text): text
    case .string(let text): "\"\(text)\""
    case .array(let elements): "[" + elements.map(\.description).joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
    }
  }
}

extension TranslatedEvent {
  var json: JSON { get throws { try JSON(parsing: bytes) } }
}

extension ImportedEvent {
  var json: JSON { get throws { try JSON(parsing: bytes) } }
}

/// Bodies of webhooks as Meta builds them.
enum Body {
  static func messages(_ value: String, number: String = "777", waba: String = "42") -> [UInt8] {
    let metadata = #""metadata":{"display_phone_number":"15550783881","phone_number_id":"\#(number)"}"#
    return change(#""messages""#, #"{"messaging_product":"whatsapp",\#(metadata),\#(value)}"#, waba: waba)
  }

  static func change(_ field: String, _ value: String, waba: String = "42", time: String? = nil) -> [UInt8] {
    let time = time.map { #","time":\#($0)"# } ?? ""
    return Array(
      (#"{"object":"whatsapp_business_account","entry":[{"id":"\#(waba)"\#(time),"#
        + #""changes":[{"field":\#(field),"value":\#(value)}]}]}"#).utf8)
  }
}

/// The events of a body, as JSON.
func translated(
  _ body: [UInt8], accountOf: WebhookTranslator.AccountLookup = everyWABA
) throws -> [JSON] {
  try WebhookTranslator.translate(body: body, accountOf: accountOf).map { try $0.json }
}

/// Whether the ledger takes the bytes as a client's event.
func isAdmitted(_ bytes: [UInt8]) -> Bool {
  let parser = TapeParser()
  return withExtendedLifetime(parser) {
    guard bytes.count <= 65_536, let value = try? parser.parse(copying: bytes) else { return false }
    return (try? EventParser.parse(value, from: .client)) != nil
  }
}
