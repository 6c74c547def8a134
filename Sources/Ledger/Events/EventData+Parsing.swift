import JSONTape

extension EventData {
  /// Checks `data` as the type's table row in INTERFACE.md 1 says.
  @inline(__always)
  init(_ type: EventType, _ data: TapeValue) throws(Refusal) {
    switch type {
    case .messageStatus: self = .messageStatus(try MessageStatus(data))
    case .messageSent: self = .messageSent(try MessageSent(data))
    case .messageReceived: self = .messageReceived(try MessageReceived(data))
    default: self = try Self.other(type, data)
    }
  }

  /// Apart from the three above, which are nearly all events and which the compiler then builds in place.
  @inline(never)
  private static func other(_ type: EventType, _ data: TapeValue) throws(Refusal) -> EventData {
    switch type {
    case .messageStatus: .messageStatus(try MessageStatus(data))
    case .messageSent: .messageSent(try MessageSent(data))
    case .messageReceived: .messageReceived(try MessageReceived(data))
    case .accountOpened: .accountOpened(try AccountOpened(data))
    case .accountConfigured: .accountConfigured(try Checked(data))
    case .numberAdded: .numberAdded(try NumberAdded(data))
    case .rateCardPublished: .rateCardPublished(try Checked(data))
    case .marketsPublished: .marketsPublished(try Checked(data))
    case .templateUpdated: .templateUpdated(try TemplateUpdated(data))
    case .teamDefined, .agentDefined: try people(type, data)
    case .ruleDefined, .ruleRemoved: try rule(type, data)
    case .windowOpened: .windowOpened(try WindowOpened(data))
    case .conversationAssigned, .conversationUnassigned, .conversationResolved, .conversationReopened,
      .conversationSnoozed, .conversationLabelled, .conversationUnlabelled, .conversationPrioritised,
      .conversationForwarded:
      try conversation(type, data)
    case .paymentReceived: .paymentReceived(try PaymentReceived(data))
    case .creditGranted: .creditGranted(try CreditGranted(data))
    case .paymentFailed, .paymentRefunded, .creditVoided, .balanceAdjusted: try money(type, data)
    case .chargeCorrected: .chargeCorrected(try ChargeCorrected(data))
    case .tierReported: .tierReported(try TierReported(data))
    case .statementClosed, .contactErased: try closing(type, data)
    case .zoneResolved: try zone(data)
    case .whatsAppKept: try kept(data)
    case .authInternationalReported, .primaryLocationReported: try reported(type, data)
    case .alertRaised, .alertCleared, .creditExpired, .holdReleased, .slaMissed: .withoutEffect
    }
  }

  private static func people(_ type: EventType, _ data: TapeValue) throws(Refusal) -> EventData {
    enum Key: Int, MemberKey {
      case team, agent, name
      static let names: MemberNames = ["team", "agent", "name"]
    }
    let fields = try Fields<Key>(data)
    guard type == .agentDefined else {
      return .teamDefined(team: try fields.name(.team), name: try fields.name(.name))
    }
    return .agentDefined(
      agent: try fields.name(.agent), name: try fields.name(.name), team: try fields.nameIfAny(.team))
  }

  private static func conversation(_ type: EventType, _ data: TapeValue) throws(Refusal) -> EventData {
    let fields = try Fields<ConversationKey>(data)
    let name = ConversationName(number: try fields.name(.number), contact: try fields.contact(.contact))
    switch type {
    case .conversationAssigned:
      let agent = try fields.nameIfAny(.agent)
      let team = try fields.nameIfAny(.team)
      guard agent != nil || team != nil else { throw .missingMember(at: "/data/agent", or: "team") }
      return .conversationAssigned(name, agent: agent, team: team)
    case .conversationUnassigned: return .conversationUnassigned(name)
    case .conversationResolved: return .conversationResolved(name)
    case .conversationReopened: return .conversationReopened(name)
    case .conversationSnoozed: return .conversationSnoozed(name, until: try fields.instant(.until))
    case .conversationLabelled: return .conversationLabelled(name, labels: try Self.labels(fields))
    case .conversationUnlabelled: return .conversationUnlabelled(name, labels: try Self.labels(fields))
    case .conversationPrioritised: return .conversationPrioritised(name, try Self.priority(fields))
    default: return .withoutEffect
    }
  }

  private static func labels(_ fields: Fields<ConversationKey>) throws(Refusal) -> CheckedList<Text> {
    guard let labels = try fields.names(.labels) else { throw .missingMember(at: "/data/labels") }
    guard (1...64).contains(labels.count) else {
      throw .badValue("has \(labels.count) labels", remedy: "give 1 to 64 labels", at: "/data/labels")
    }
    return labels
  }

  private static func priority(_ fields: Fields<ConversationKey>) throws(Refusal) -> Priority {
    switch try fields.name(.priority) {
    case "low": return .low
    case "normal": return .normal
    case "high": return .high
    case "urgent": return .urgent
    case let other:
      throw .badValue(
        "is \"\(other.excerpt)\"", remedy: "give low, normal, high or urgent", at: "/data/priority")
    }
  }

  private static func money(_ type: EventType, _ data: TapeValue) throws(Refusal) -> EventData {
    enum Key: Int, MemberKey {
      case payment, grant, adjustment, amount, currency, reason
      static let names: MemberNames = ["payment", "grant", "adjustment", "amount", "currency", "reason"]
    }
    let fields = try Fields<Key>(data)
    switch type {
    case .paymentFailed:
      let payment = try fields.name(.payment)
      let amount = try fields.amount(.amount)
      _ = try fields.currency(.currency)
      guard let reason = try fields.text(.reason) else { throw .missingMember(at: "/data/reason") }
      return .paymentFailed(payment: payment, amount: amount, reason: reason)
    case .paymentRefunded:
      _ = try fields.text(.reason)
      return .paymentRefunded(payment: try fields.name(.payment), amount: try fields.amount(.amount))
    case .creditVoided:
      guard try fields.text(.reason) != nil else { throw .missingMember(at: "/data/reason") }
      return .creditVoided(grant: try fields.name(.grant))
    default:
      guard try fields.text(.reason) != nil else { throw .missingMember(at: "/data/reason") }
      let amount = try fields.amount(.amount, .signed)
      guard !amount.isZero else {
        throw .badValue("is 0", remedy: "give an amount other than zero", at: "/data/amount")
      }
      return .balanceAdjusted(adjustment: try fields.name(.adjustment), amount: amount)
    }
  }

  private static func closing(_ type: EventType, _ data: TapeValue) throws(Refusal) -> EventData {
    enum Key: Int, MemberKey {
      case month, contact, reason
      static let names: MemberNames = ["month", "contact", "reason"]
    }
    let fields = try Fields<Key>(data)
    guard type == .contactErased else { return .statementClosed(month: try fields.month(.month)) }
    guard try fields.text(.reason) != nil else { throw .missingMember(at: "/data/reason") }
    return .contactErased(try fields.contact(.contact))
  }

  private static func zone(_ data: TapeValue) throws(Refusal) -> EventData {
    enum Key: Int, MemberKey {
      case zone, transitions
      static let names: MemberNames = ["zone", "transitions"]
    }
    let fields = try Fields<Key>(data)
    let transitions = try fields.requiredList(.transitions) { (value, path) throws(Refusal) -> Zone.Transition in
      guard let transition = Zone.Transition(checked: value) else {
        throw .wrongType("a pair of instant and offset in seconds", at: path)
      }
      return transition
    }
    guard Zone(transitions: transitions) != nil, let list = fields[.transitions] else {
      throw .badValue("is empty or not rising", remedy: "list transitions by time", at: "/data/transitions")
    }
    return .zoneResolved(zone: try fields.name(.zone), transitions: CheckedList(list))
  }

  private static func kept(_ data: TapeValue) throws(Refusal) -> EventData {
    enum Key: Int, MemberKey {
      case reason, field, body
      static let names: MemberNames = ["reason", "field", "body"]
    }
    let fields = try Fields<Key>(data)
    let reason = try fields.name(.reason)
    guard ["unclaimed", "not_understood", "no_effect", "conflict"].contains(reason) else {
      throw .badValue(
        "is \"\(reason.excerpt)\"", remedy: "give unclaimed, not_understood, no_effect or conflict", at: "/data/reason")
    }
    guard fields[.body] != nil else { throw .missingMember(at: "/data/body") }
    return .whatsAppKept(reason: reason, field: try fields.text(.field))
  }

  private static func reported(_ type: EventType, _ data: TapeValue) throws(Refusal) -> EventData {
    enum Key: Int, MemberKey {
      case start, exceptions, country
      static let names: MemberNames = ["start", "exceptions", "country"]
    }
    let fields = try Fields<Key>(data)
    if type == .primaryLocationReported {
      _ = try fields.name(.country)
    } else {
      _ = try fields.instant(.start)
      if let exceptions = fields[.exceptions], !exceptions.isArray {
        throw .wrongType("an array", at: "/data/exceptions")
      }
    }
    return .withoutEffect
  }

  private static func rule(_ type: EventType, _ data: TapeValue) throws(Refusal) -> EventData {
    enum Key: Int, MemberKey {
      case rule, when, then, order
      static let names: MemberNames = ["rule", "when", "then", "order"]
    }
    let fields = try Fields<Key>(data)
    _ = try fields.name(.rule)
    guard type == .ruleDefined else { return .withoutEffect }
    guard let when = fields[.when] else { throw .missingMember(at: "/data/when") }
    guard when.isObject else { throw .wrongType("an object", at: "/data/when") }
    let actions = try fields.requiredList(.then) { (value, path) throws(Refusal) -> Int in
      guard value.isObject else { throw .wrongType("an object", at: path) }
      return value.count
    }
    guard !actions.isEmpty else {
      throw .badValue("is empty", remedy: "give at least one action", at: "/data/then")
    }
    _ = try fields.integer(.order, in: -1_000_000...1_000_000)
    return .withoutEffect
  }
}

enum ConversationKey: Int, MemberKey {
  case number, contact, agent, team, until, labels, priority
  static let names: MemberNames = ["number", "contact", "agent", "team", "until", "labels", "priority"]
}
