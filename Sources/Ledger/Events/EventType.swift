public import JSONTape

/// The types of INTERFACE.md 1, in the order of its table. The raw value is the bit of a frame's type set: never reused,
/// never renumbered, below 64.
public enum EventType: UInt8, CaseIterable, Sendable {
  case accountOpened = 0, accountConfigured, numberAdded, rateCardPublished, marketsPublished, templateUpdated
  case teamDefined, agentDefined, ruleDefined, ruleRemoved
  case messageReceived = 10, messageSent, messageStatus, windowOpened
  case conversationAssigned = 14, conversationUnassigned, conversationResolved, conversationReopened
  case conversationSnoozed, conversationLabelled, conversationUnlabelled, conversationPrioritised
  case conversationForwarded
  case paymentReceived = 23, paymentFailed, paymentRefunded, creditGranted, creditVoided, balanceAdjusted
  case chargeCorrected, tierReported, statementClosed, contactErased
  case alertRaised = 33, alertCleared, creditExpired, holdReleased, slaMissed, zoneResolved
  case authInternationalReported = 39, primaryLocationReported, whatsAppKept

  /// The part of the type's name behind `waybill.`.
  public var shortName: Text { Self.shortNames[Int(rawValue)] }

  /// The whole name: `waybill.message.sent`.
  public var name: String { "waybill." + shortName.string }

  private static let shortNames: [Text] = [
    "account.opened", "account.configured", "number.added", "rate_card.published", "markets.published",
    "template.updated", "team.defined", "agent.defined", "rule.defined", "rule.removed",
    "message.received", "message.sent", "message.status", "window.opened",
    "conversation.assigned", "conversation.unassigned", "conversation.resolved", "conversation.reopened",
    "conversation.snoozed", "conversation.labelled", "conversation.unlabelled", "conversation.prioritised",
    "conversation.forwarded",
    "payment.received", "payment.failed", "payment.refunded", "credit.granted", "credit.voided", "balance.adjusted",
    "charge.corrected", "tier.reported", "statement.closed", "contact.erased",
    "alert.raised", "alert.cleared", "credit.expired", "hold.released", "sla.missed", "zone.resolved",
    "auth_international.reported", "primary_location.reported", "whatsapp.kept",
  ]

  /// - Returns: nil for a name that INTERFACE.md does not list.
  public init?(name: Text) {
    guard name.hasPrefix("waybill.") else { return nil }
    let short = name.dropFirst(8)
    switch short {
    case "message.status": self = .messageStatus
    case "message.sent": self = .messageSent
    case "message.received": self = .messageReceived
    default:
      guard let index = Self.number(of: short) else { return nil }
      self = EventType(rawValue: UInt8(index))!
    }
  }

  private static func number(of shortName: Text) -> Int? {
    let names = shortNames
    for index in 0..<names.count where names[index] == shortName { return index }
    return nil
  }

  /// Decided by the daemon; a client may not send it (RULES.md 4).
  public var isDecision: Bool {
    switch self {
    case .alertRaised, .alertCleared, .creditExpired, .holdReleased, .slaMissed, .zoneResolved, .conversationForwarded:
      true
    default: false
    }
  }

  enum Scope { case account, global, either }

  /// Whether the event names an account in `subject`.
  var scope: Scope {
    switch self {
    case .rateCardPublished, .marketsPublished, .zoneResolved: .global
    case .whatsAppKept: .either
    default: .account
    }
  }
}
