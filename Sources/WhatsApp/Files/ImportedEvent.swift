internal import Crypto
internal import JSONTape
internal import Ledger

/// An event made of a file, ready to append. The same file with the same options gives the same bytes, so importing it
/// twice appends nothing twice.
public struct ImportedEvent: Sendable {
  /// A CloudEvents JSON object, compact, without `sequence` and `recordedtime`.
  public let bytes: [UInt8]
  /// For people: `usd-2026-10-01: 47 markets, 204 prices in USD per message from 2026-10-01`.
  public let summary: String
  /// What a person should know before appending it; empty when all is well.
  public let warnings: [String]

  /// The `source` of all imports.
  static let source = "/waybill/import"

  /// - Parameter name: stands before the hash of the content in the event's id.
  init(
    type: String, name: String, at day: CalendarDay, data: [UInt8], summary: String, warnings: [String] = []
  ) throws(Refusal) {
    let hash = hexadecimal(SHA256.hash(data: data).prefix(16))
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("specversion", "1.0")
    writer.member("id", "\(name):\(hash)")
    writer.member("source", Self.source)
    writer.member("type", "waybill." + type)
    writer.member("time", Timestamp(seconds: Int64(day.rawValue) * 86_400))
    writer.key("data")
    writer.json(data)
    writer.endObject()
    bytes = writer.bytes
    self.summary = summary
    self.warnings = warnings
    guard bytes.count <= UpdateOrigin.largestEvent else {
      throw FileRefusal.make(
        "the file makes an event of \(bytes.count) bytes, the ledger takes \(UpdateOrigin.largestEvent)",
        remedy: "split it into files of fewer rows under the same name")
    }
    try Self.check(bytes)
  }

  /// What the ledger would refuse is refused here, before anything is sent.
  private static func check(_ bytes: [UInt8]) throws(Refusal) {
    let parser = TapeParser()
    let value: TapeValue
    do { value = try parser.parse(copying: bytes) } catch {
      throw FileRefusal.make(
        "the file's text cannot be written as JSON: \(error)", remedy: "look for control characters")
    }
    _ = try EventParser.parse(value, from: .client)
    _ = consume parser
  }
}
