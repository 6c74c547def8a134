internal import Crypto
internal import JSONTape
internal import Ledger

/// Why a piece of a webhook has no effect on the ledger.
public enum KeptReason: String, Sendable, CaseIterable {
  /// No account has this number or WABA.
  case unclaimed
  /// A field, shape or value that is new to this translator.
  case notUnderstood = "not_understood"
  /// Known, and of no consequence for money or the desk.
  case noEffect = "no_effect"
  /// The event's identity is taken by other content.
  case conflict
}

/// One event made of a webhook, ready to append.
public struct TranslatedEvent: Sendable {
  /// A CloudEvents JSON object, compact, without `sequence` and `recordedtime`.
  public let bytes: [UInt8]
  /// The event's `subject`.
  public let account: String?
  /// Why it was kept without effect; nil for an event that was understood.
  public let reason: KeptReason?
  /// What a `whatsapp.kept` would be made of.
  let origin: UpdateOrigin

  public var isKept: Bool { reason != nil }

  /// The `whatsapp.kept` events (one, or several parts of a large one) that take this event's place when the ledger does
  /// not want it: `.conflict` where its identity is taken by other content, `.notUnderstood` where it was refused.
  ///
  /// An event that is itself kept and meets its own identity is already in the log; it needs no second one.
  public func kept(_ reason: KeptReason) -> [TranslatedEvent] { origin.kept(reason, account: account) }
}

/// Where an event came from: enough to keep it and to translate it again.
///
/// What is only needed to keep it is worked out then: most updates are understood.
struct UpdateOrigin: Sendable {
  /// The largest event that the ledger admits.
  static let largestEvent = 65_536 - 128
  /// A part of a body leaves room for the event around it.
  static let largestPart = 49_152

  /// Nil where it is unknown, or no name of a source.
  let waba: String?
  let field: String?
  /// Meta's own time; nil where it gave none.
  let time: Timestamp?
  private let change: Change

  /// - Parameter time: what the translation found, or nil to look for it.
  init(_ change: Change, time: Timestamp?) {
    waba = change.waba.flatMap { $0.utf8.count <= 200 ? $0 : nil }
    field = change.field
    self.time = time ?? change.time
    self.change = change
  }

  private var source: String { "/whatsapp/" + (waba ?? "unknown") }

  /// The id of an event that Meta gave none.
  var hash: String { hexadecimal(change.digest(time: time).prefix(16)) }

  func kept(_ reason: KeptReason, account: String?) -> [TranslatedEvent] {
    let (body, id) = (change.bodyToKeep, keptID(reason, account))
    let whole = keptEvent(reason, account, id: id, part: nil) { $0.json(body) }
    if admits(whole.bytes, by: TapeParser()) { return [whole] }
    let parts = Self.parts(of: body)
    return parts.indices.map { index in
      let part = Part(number: index + 1, count: parts.count, update: id)
      return keptEvent(reason, account, id: "\(id):\(part.number)", part: part) { $0.string(bytes: parts[index]) }
    }
  }

  private struct Part {
    var number: Int
    var count: Int
    /// What all parts of the update have in common.
    var update: String
  }

  /// Differs by reason and account, so that a delivery repeated after an account was opened meets no conflict.
  private func keptID(_ reason: KeptReason, _ account: String?) -> String {
    var hash = SHA256()
    hash.update(data: change.digest(time: time))
    hash.update(data: Array("\(reason.rawValue)/\(account ?? "")".utf8))
    return "kept:" + hexadecimal(hash.finalize().prefix(16))
  }

  private func keptEvent(
    _ reason: KeptReason, _ account: String?, id: String, part: Part?, body: (inout JSONWriter) -> Void
  ) -> TranslatedEvent {
    let bytes = event(type: "whatsapp.kept", id: id, account: account, time: time ?? Timestamp(seconds: 0)) { data in
      data.member("reason", reason.rawValue)
      data.member("field", field?.cut(toBytes: 256))
      if let part {
        data.key("part")
        data.number(part.number)
        data.key("parts")
        data.number(part.count)
        data.member("update", part.update)
      }
      data.key("body")
      body(&data)
    }
    return TranslatedEvent(bytes: bytes, account: account, reason: reason, origin: self)
  }

  func event(
    type: String, id: String, account: String?, time: Timestamp, data: (inout JSONWriter) -> Void
  ) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("specversion", "1.0")
    writer.member("id", id)
    writer.member("source", source)
    writer.member("type", "waybill." + type)
    writer.member("subject", account)
    writer.member("time", time)
    writer.member("data", object: data)
    writer.endObject()
    return writer.bytes
  }

  /// Slices of JSON text, each of at most ``largestPart`` bytes when written as a string, cut between characters.
  private static func parts(of body: [UInt8]) -> [[UInt8]] {
    var parts: [[UInt8]] = []
    var part: [UInt8] = []
    var written = 0
    for byte in body {
      let isStart = byte & 0xC0 != 0x80
      if isStart, written > largestPart - 8 {
        parts.append(part)
        part = []
        written = 0
      }
      part.append(byte)
      written += byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") ? 2 : 1
    }
    parts.append(part)
    return parts
  }
}

/// Whether the ledger would take these bytes as a client's event.
func admits(_ bytes: [UInt8], by parser: TapeParser) -> Bool {
  guard bytes.count <= UpdateOrigin.largestEvent, let value = try? parser.parse(copying: bytes) else { return false }
  return (try? EventParser.parse(value, from: .client)) != nil
}
