import JSONTape

extension MessageReceived {
  private enum Key: Int, MemberKey {
    case message, number, contact, kind, group, text, topic, referral
    static let names: MemberNames = ["message", "number", "contact", "kind", "group", "text", "topic", "referral"]
  }

  @inline(__always)
  init(_ data: TapeValue) throws(Refusal) {
    let fields = try Fields<Key>(data)
    message = try fields.name(.message)
    number = try fields.name(.number)
    contact = try fields.contact(.contact)
    kind = try fields.name(.kind)
    group = try fields.nameIfAny(.group)
    text = try fields.text(.text)
    topic = try fields.text(.topic)
    if let referral = fields[.referral] {
      guard referral.isObject else { throw .wrongType("an object", at: "/data/referral") }
      hasReferral = true
    } else {
      hasReferral = false
    }
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
    message = try fields.name(.message)
    number = try fields.name(.number)
    contact = try fields.contact(.contact)
    kind = try fields.name(.kind)
    template = try fields.nameIfAny(.template)
    language = try fields.nameIfAny(.language)
    category = try fields.nameIfAny(.category)
    agent = try fields.nameIfAny(.agent)
    isBot = try fields.bool(.bot) ?? false
    isEcho = try fields.bool(.echo) ?? false
    text = try fields.text(.text)
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
    message = try fields.name(.message)
    number = try fields.name(.number)
    contact = try fields.contact(.contact)
    group = try fields.nameIfAny(.group)
    participant = try fields.nameIfAny(.participant)
    status = try fields.name(.status)
    if let value = fields[.window] { window = try Window(value) }
    if let value = fields[.pricing] { pricing = try Pricing(value) }
    if let error = fields[.error], !error.isObject { throw .wrongType("an object", at: "/data/error") }
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
    id = try fields.nameIfAny(.id)
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
    billable = try fields.bool(.billable)
    model = try fields.nameIfAny(.model)
    type = try fields.nameIfAny(.type)
    category = try fields.nameIfAny(.category)
    subtype = try fields.nameIfAny(.subtype)
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
