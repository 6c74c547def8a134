import JSONTape

extension MessageReceived {
  private enum Key: Int, MemberKey {
    case message, number, contact, kind, group, text, topic, referral
    static let names: MemberNames = ["message", "number", "contact", "kind", "group", "text", "topic", "referral"]
  }

  @inline(__always)
  init(_ data: TapeValue) throws(Refusal) {
    let fields = try Fields<Key>(data)
    let message = try fields.name(.message)
    let number = try fields.name(.number)
    let contact = try fields.contact(.contact)
    let kind = MessageKind(try fields.name(.kind))
    let group = try fields.nameIfAny(.group)
    _ = try fields.text(.text)
    _ = try fields.text(.topic)
    let referral = fields[.referral]
    if let referral, !referral.isObject { throw .wrongType("an object", at: "/data/referral") }
    self.init(
      message: message, number: number, contact: contact, group: group, kind: kind, hasReferral: referral != nil)
  }
}

extension MessageSent {
  private enum Key: Int, MemberKey {
    case message, number, contact, kind, template, language, category, agent, bot, echo, text
    static let names: MemberNames = [
      "message", "number", "contact", "kind", "template", "language", "category", "agent", "bot", "echo", "text",
    ]
  }

  @inline(__always)
  init(_ data: TapeValue) throws(Refusal) {
    let fields = try Fields<Key>(data)
    let message = try fields.name(.message)
    let number = try fields.name(.number)
    let contact = try fields.contact(.contact)
    let kind = MessageKind(try fields.name(.kind))
    let template = try fields.nameIfAny(.template)
    let language = try fields.nameIfAny(.language)
    let category = try fields.nameIfAny(.category)
    let agent = try fields.nameIfAny(.agent)
    let isBot = try fields.bool(.bot) ?? false
    let isEcho = try fields.bool(.echo) ?? false
    _ = try fields.text(.text)
    self.init(
      message: message, number: number, contact: contact, template: template, language: language, category: category,
      agent: agent, kind: kind, isBot: isBot, isEcho: isEcho)
  }
}

extension MessageStatus {
  private enum Key: Int, MemberKey {
    case message, number, contact, group, participant, status, window, pricing, error
    static let names: MemberNames = [
      "message", "number", "contact", "group", "participant", "status", "window", "pricing", "error",
    ]
  }

  @inline(__always)
  init(_ data: TapeValue) throws(Refusal) {
    let fields = try Fields<Key>(data)
    let message = try fields.name(.message)
    let number = try fields.name(.number)
    let contact = try fields.contact(.contact)
    let group = try fields.nameIfAny(.group)
    let participant = try fields.nameIfAny(.participant)
    let rank = StatusRank(try fields.name(.status))
    let window: Window? = if let value = fields[.window] { try Window(value) } else { nil }
    let pricing: Pricing? = if let value = fields[.pricing] { try Pricing(value) } else { nil }
    if let error = fields[.error], !error.isObject { throw .wrongType("an object", at: "/data/error") }
    self.init(
      message: message, number: number, contact: contact, group: group, participant: participant, window: window,
      pricing: pricing, rank: rank)
  }
}

extension MessageStatus.Window {
  private struct InWindow: ObjectPlace {
    var pointer: String { "/data/window" }
  }

  private enum Key: Int, MemberKey {
    typealias Place = InWindow
    case id, expiresAt, origin
    static let names: MemberNames = ["id", "expires_at", "origin"]
  }

  init(_ value: TapeValue) throws(Refusal) {
    let fields = try Fields<Key>(value, at: InWindow())
    _ = try fields.nameIfAny(.id)
    expiresAt = try fields.instantIfAny(.expiresAt)
    origin = try fields.nameIfAny(.origin)
  }
}

extension MessageStatus.Pricing {
  private struct InPricing: ObjectPlace {
    var pointer: String { "/data/pricing" }
  }

  private enum Key: Int, MemberKey {
    typealias Place = InPricing
    case billable, model, type, category, subtype
    static let names: MemberNames = ["billable", "model", "type", "category", "subtype"]
  }

  init(_ value: TapeValue) throws(Refusal) {
    let fields = try Fields<Key>(value, at: InPricing())
    let billable = try fields.bool(.billable)
    let model = MetaWord.Model(try fields.nameIfAny(.model))
    let kind = MetaWord.Kind(try fields.nameIfAny(.type))
    let category = try fields.nameIfAny(.category)
    let isExempt = try fields.nameIfAny(.subtype) == "paid_exempt"
    self.init(category: category, billable: billable, model: model, kind: kind, isExempt: isExempt)
  }
}

extension WindowOpened {
  private enum Key: Int, MemberKey {
    case window, number, contact, origin, category, expiresAt
    static let names: MemberNames = ["window", "number", "contact", "origin", "category", "expires_at"]
  }

  init(_ data: TapeValue) throws(Refusal) {
    let fields = try Fields<Key>(data)
    window = try fields.name(.window)
    conversation = ConversationName(number: try fields.name(.number), contact: try fields.contact(.contact))
    origin = try fields.name(.origin)
    category = try fields.nameIfAny(.category)
    expiresAt = try fields.instantIfAny(.expiresAt)
  }
}
