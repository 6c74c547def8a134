public import JSONTape

/// Checks one CloudEvents object, field by field, and gives it its type.
public enum EventParser {
  public enum Origin: Sendable {
    /// As a client sends it: neither `sequence` nor `recordedtime`, none of the daemon's types, not its source.
    case client
    /// As the daemon itself or the log has it.
    case log
  }

  /// The `source` of the daemon's own events.
  public static let daemonSource: Text = "/waybilld"

  /// - Throws: the first ``Refusal`` in the order of the envelope's members, then of the type's.
  public static func parse(_ value: TapeValue, from origin: Origin) throws(Refusal) -> Event {
    let fields = try Fields<EnvelopeKey>(value, at: InEnvelope())
    try checkVersion(fields)
    let id = try fields.name(.id)
    let source = try fields.name(.source)
    let type = try eventType(fields, from: origin)
    if origin == .client { try checkReserved(fields, source: source) }
    let subject = try subject(fields, of: type)
    guard let timeText = try fields.text(.time) else { throw .missingMember(at: "/time") }
    guard let time = Timestamp(timeText) else {
      throw Refusal(
        .malformed, status: 400, "/time is \"\(timeText.excerpt)\"",
        remedy: "give an RFC 3339 instant from 1970 to 9999 such as 2026-10-03T09:15:02Z", pointer: "/time")
    }
    if fields[.dataBase64] != nil {
      throw Refusal(
        .malformed, status: 400, "/data_base64 is not read", remedy: "send the data as a JSON object in data",
        pointer: "/data_base64")
    }
    guard let data = fields[.data] else { throw .missingMember(at: "/data") }
    guard data.isObject else { throw .wrongType("an object", at: "/data") }
    let recordedMoment = origin == .log ? try recordedMoment(fields) : -1
    return Event(
      id: id, source: source, subject: subject, data: try EventData(type, data), time: time,
      recordedMoment: recordedMoment, type: type)
  }

  private static func checkVersion(_ fields: Fields<EnvelopeKey>) throws(Refusal) {
    guard let version = try fields.text(.specversion) else { throw .missingMember(at: "/specversion") }
    guard version == "1.0" else {
      throw Refusal(
        .malformed, status: 400, "/specversion is \"\(version.excerpt)\"", remedy: "send CloudEvents 1.0",
        pointer: "/specversion")
    }
    if let contentType = try fields.text(.datacontenttype), contentType != "application/json",
      !contentType.hasPrefix("application/json;")
    {
      throw Refusal(
        .malformed, status: 400, "/datacontenttype is \"\(contentType.excerpt)\"",
        remedy: "send application/json or leave it out", pointer: "/datacontenttype")
    }
  }

  private static func eventType(_ fields: Fields<EnvelopeKey>, from origin: Origin) throws(Refusal) -> EventType {
    let name = try fields.name(.type)
    guard let type = EventType(name: name) else {
      throw Refusal(
        .unknownType, status: 422, "/type \"\(name.excerpt)\" is not a type that the ledger knows",
        remedy: "use one of the types of the interface, such as waybill.message.sent", pointer: "/type")
    }
    if origin == .client, type.isDecision {
      throw Refusal(
        .reservedType, status: 422, "/type \"\(name.excerpt)\" is decided by the daemon alone",
        remedy: "leave it to the daemon", pointer: "/type")
    }
    return type
  }

  private static func checkReserved(_ fields: Fields<EnvelopeKey>, source: Text) throws(Refusal) {
    if source == daemonSource {
      throw Refusal(
        .reservedType, status: 422, "/source \"/waybilld\" is the daemon's own",
        remedy: "name your system as the source",
        pointer: "/source")
    }
    for key in [EnvelopeKey.sequence, .recordedtime] where fields[key] != nil {
      throw Refusal(
        .reservedMember, status: 422, "\(fields.path(key)) is given by the daemon", remedy: "leave it out",
        pointer: fields.path(key))
    }
  }

  private static func subject(_ fields: Fields<EnvelopeKey>, of type: EventType) throws(Refusal) -> Text? {
    let subject = try fields.text(.subject)
    switch (type.scope, subject) {
    case (.account, nil): throw .missingMember(at: "/subject")
    case (.global, .some):
      throw Refusal(
        .badValue, status: 422, "/subject: \(type.name) concerns no account", remedy: "leave the subject out",
        pointer: "/subject")
    case (_, .some(let account)):
      guard isAccountName(account) else {
        throw Refusal(
          .badValue, status: 422, "/subject is \"\(account.excerpt)\"",
          remedy: "name the account with 1 to 64 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit",
          pointer: "/subject")
      }
      return account
    default: return nil
    }
  }

  /// `[a-z0-9][a-z0-9._-]{0,63}`.
  public static func isAccountName(_ text: Text) -> Bool {
    let count = text.count
    guard count >= 1, count <= 64, text[0] != 46, text[0] != 95, text[0] != 45 else { return false }
    // Each byte of a short one is somewhere in the first word; what of that is empty stands for letters.
    guard count >= 8 else { return areNameBytes(Mixing.words(text).0 | (count < 4 ? 0x6161_6161_6100_0000 : 0)) }
    var offset = 0
    while offset &+ 8 < count {
      guard areNameBytes(text.word(offset)) else { return false }
      offset &+= 8
    }
    return areNameBytes(text.word(count &- 8))
  }

  /// Whether each of eight bytes is one of `[a-z0-9._-]`, all looked at together.
  @inline(__always)
  private static func areNameBytes(_ word: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops = ones &* 0x80
    // Bytes below 0x80 carry into their top bit from `low` on; `word` itself must have no top bit.
    func from(_ low: UInt64) -> UInt64 { word &+ ones &* (0x80 &- low) }
    func not(_ byte: UInt64) -> UInt64 { (word ^ ones &* byte) &+ ones &* 0x7F }
    let isLetter = from(0x61) & ~from(0x7B)
    let isDigitOrMark = from(0x2D) & ~from(0x3A) & not(0x2F)
    return word & tops == 0 && (isLetter | isDigitOrMark | ~not(0x5F)) & tops == tops
  }

  /// What the daemon has added: the number, and the instant, which is below 0 where there is none.
  private static func recordedMoment(_ fields: Fields<EnvelopeKey>) throws(Refusal) -> Int64 {
    if let text = try fields.text(.sequence) {
      var reader = DigitReader(text)
      guard let number = reader.number(limit: Int64.max / 16), reader.isAtEnd, number > 0 else {
        throw .badValue("is \"\(text.excerpt)\"", remedy: "the log is damaged: run waybill verify", at: "/sequence")
      }
    }
    return try fields.instantIfAny(.recordedtime)?.rawValue ?? -1
  }
}

struct InEnvelope: ObjectPlace {
  var pointer: String { "" }
}

enum EnvelopeKey: Int, MemberKey {
  typealias Place = InEnvelope
  case specversion, id, source, type, subject, time, datacontenttype, data, sequence, recordedtime, dataBase64
  static let names: MemberNames = [
    "specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data", "sequence", "recordedtime",
    "data_base64",
  ]
}
