public import JSONTape

/// One checked event. Texts point into the parser's buffers and are valid only as long as those.
public struct Event: Sendable {
  public let id: Text
  public let source: Text
  /// The account; nil for global events.
  public let subject: Text?
  public let data: EventData
  public let time: Timestamp
  /// When the log took it; nil but in records of the log.
  public var recordedTime: Timestamp? { recordedMoment < 0 ? nil : Timestamp(rawValue: recordedMoment) }
  /// As `recordedTime`; below 0 for none. (An optional would take a word more, and every event is copied.)
  let recordedMoment: Int64
  public let type: EventType

  /// Identifies the event for ever: `source` + `id`.
  public var identity: Fingerprint128 { Fingerprint128(source, id) }
}

/// Flat: copied without a reference count. Lists and what holds them are read from the tape when they are asked for.
public enum EventData: Sendable {
  case accountOpened(AccountOpened)
  case accountConfigured(Checked<AccountConfigured>)
  case numberAdded(NumberAdded)
  case rateCardPublished(Checked<RateCardPublished>)
  case marketsPublished(Checked<MarketsPublished>)
  case templateUpdated(TemplateUpdated)
  case teamDefined(team: Text, name: Text)
  case agentDefined(agent: Text, name: Text, team: Text?)
  case messageReceived(MessageReceived)
  case messageSent(MessageSent)
  case messageStatus(MessageStatus)
  case windowOpened(WindowOpened)
  case conversationAssigned(ConversationName, agent: Text?, team: Text?)
  case conversationUnassigned(ConversationName)
  case conversationResolved(ConversationName)
  case conversationReopened(ConversationName)
  case conversationSnoozed(ConversationName, until: Timestamp)
  case conversationLabelled(ConversationName, labels: CheckedList<Text>)
  case conversationUnlabelled(ConversationName, labels: CheckedList<Text>)
  case conversationPrioritised(ConversationName, Priority)
  case paymentReceived(PaymentReceived)
  case paymentFailed(payment: Text, amount: Micros, reason: Text)
  case paymentRefunded(payment: Text, amount: Micros)
  case creditGranted(CreditGranted)
  case creditVoided(grant: Text)
  case balanceAdjusted(adjustment: Text, amount: Micros)
  case chargeCorrected(ChargeCorrected)
  case tierReported(TierReported)
  case statementClosed(month: CalendarMonth)
  case contactErased(ContactName)
  case zoneResolved(zone: Text, transitions: CheckedList<Zone.Transition>)
  case whatsAppKept(reason: Text, field: Text?)
  /// A rule, an announcement or a fact that has no effect on any figure yet: kept in the log, folded into nothing.
  case withoutEffect
}

extension EventData {
  /// The message that the event is about.
  public var message: Text? {
    switch self {
    case .messageReceived(let event): event.message
    case .messageSent(let event): event.message
    case .messageStatus(let event): event.message
    case .chargeCorrected(let event): event.message
    default: nil
    }
  }
}

/// Who a message goes to or comes from; at least one of the two is there.
public struct ContactName: Sendable {
  public var phone: Phone? { phoneWord == 0 ? nil : Phone(rawValue: phoneWord) }
  public var user: Text?
  /// Of no phone: 0, as no phone is. (An optional would take a word more, and every event is copied.)
  private let phoneWord: UInt64

  @inline(__always)
  init(phone: Phone?, user: Text?) {
    phoneWord = phone?.rawValue ?? 0
    self.user = user
  }
}

/// What a message is, as far as it matters.
public enum MessageKind: UInt8, Sendable {
  /// Text, media and whatever else a person says.
  case other
  case template, system
  /// Another kind that neither opens a conversation nor waits for an answer.
  case remark

  init(_ name: Text) {
    switch name {
    case "template": self = .template
    case "system": self = .system
    case "reaction", "edit", "revoke", "unsupported": self = .remark
    default: self = .other
    }
  }

  /// Whether it opens a conversation and waits for an answer (RULES.md 25).
  var canWait: Bool { self != .system && self != .remark }
}

/// sent < delivered < read < played, with `failed` beside them (facts, webhooks section 1).
public enum StatusRank: UInt8, Sendable {
  case other = 0
  case sent = 1
  case delivered, read, played, failed

  init(_ status: Text) {
    switch status {
    case "sent": self = .sent
    case "delivered": self = .delivered
    case "read": self = .read
    case "played": self = .played
    case "failed": self = .failed
    default: self = .other
    }
  }

  var isDelivery: Bool { self == .delivered || self == .read || self == .played }
}

/// A conversation is known by the business number and the contact.
public struct ConversationName: Sendable {
  public var number: Text
  public var contact: ContactName
}

public struct AccountOpened: Sendable {
  public var name: Text
  public var currency: Text
  public var timeZone: Text
  public var creditLimit: Micros?
  public var portfolio: Text?
}

/// Members that are absent leave the setting as it is.
public struct AccountConfigured: Sendable {
  public struct Markup: Sendable {
    /// Millionths of a percent: 10 % is 10,000,000.
    public var percent: Micros
    public var perMessage: Micros
    /// Nil: the day of the event.
    public var from: CalendarDay?
  }

  public struct ServiceLevel: Sendable {
    public var firstResponse: Duration64?
    public var nextResponse: Duration64?
  }

  public struct Hours: Sendable {
    /// Nil: the account's own.
    public var zone: Text?
    /// Monday first; each a list of half-open stretches in minutes since local midnight, rising and apart.
    public var days: [[HoursStretch]]
    public var holidays: [CalendarDay]
  }

  public var name: Text?
  public var creditLimit: Micros?
  public var lowBalance: [Micros]?
  public var dailySpendLimit: Micros?
  public var serviceLevel: ServiceLevel?
  public var businessHours: Hours?
  public var markup: Markup?
  public var urgentLabels: [Text]?
  public var holdDays: Int?
  public var freeEntryPointHours: Int?
  public var paymentMethod: Bool?
}

/// Half-open, in minutes since local midnight; 1,440 is the next midnight.
public struct HoursStretch: Hashable, Sendable {
  public var opensAtMinute: Int
  public var closesAtMinute: Int
}

public struct NumberAdded: Sendable {
  public var number: Text
  public var display: Text?
  public var waba: Text?
}

public enum ChargeUnit: UInt8, Sendable { case conversation, message }

public struct RateCardPublished: Sendable {
  public struct Tier: Sendable {
    /// Inclusive; `UInt64.max` for `"MAX"`.
    public var upper: UInt64
    public var price: Micros
  }

  public struct Rate: Sendable {
    public var market: Text
    public var category: Text
    public var price: Micros
    public var tiers: [Tier]
  }

  public var card: Text
  public var currency: Text
  public var unit: ChargeUnit
  public var effectiveFrom: CalendarDay
  public var rates: [Rate]
}

public struct MarketsPublished: Sendable {
  public struct Row: Sendable {
    /// Digits behind the `+`, as a number, and how many.
    public var prefix: UInt64
    public var digitCount: Int
    public var country: Text
    public var market: Text
    /// Half-open days; nil is open.
    public var from: CalendarDay?
    public var to: CalendarDay?
    /// The prefix as it was written.
    public var prefixText: Text
  }

  public var rows: [Row]
}

public struct TemplateUpdated: Sendable {
  public var template: Text
  public var language: Text?
  public var category: Text?
}

public struct MessageReceived: Sendable {
  public var message: Text
  public var number: Text
  public var contact: ContactName
  public var group: Text?
  public var kind: MessageKind
  public var hasReferral: Bool
}

public struct MessageSent: Sendable {
  public var message: Text
  public var number: Text
  public var contact: ContactName
  public var template: Text?
  public var language: Text?
  public var category: Text?
  public var agent: Text?
  public var kind: MessageKind
  public var isBot: Bool
  public var isEcho: Bool

  /// RULES.md 26.
  public var isHumanReply: Bool { isEcho || (agent != nil && !isBot) }
}

public struct MessageStatus: Sendable {
  public struct Pricing: Sendable {
    public var category: Text?
    public var billable: Bool?
    var model: MetaWord.Model
    var kind: MetaWord.Kind
    var isExempt: Bool
  }

  public struct Window: Sendable {
    public var origin: Text?
    public var expiresAt: Timestamp?
  }

  public var message: Text
  public var number: Text
  public var contact: ContactName
  /// The group the message went to, where Meta told; `contact` is then the participant.
  public var group: Text?
  public var participant: Text?
  public var window: Window?
  public var pricing: Pricing?
  public var rank: StatusRank
}

public struct WindowOpened: Sendable {
  public var window: Text
  public var conversation: ConversationName
  public var origin: Text
  public var category: Text?
  public var expiresAt: Timestamp?
}

public enum Priority: UInt8, Sendable, BitwiseCopyable { case low, normal, high, urgent }

public struct PaymentReceived: Sendable {
  public var payment: Text
  public var amount: Micros
  public var currency: Text
  public var method: Text?
  public var expiresAt: Timestamp?
  /// 0…100.
  public var priority: UInt8
}

public struct CreditGranted: Sendable {
  public var grant: Text
  public var amount: Micros
  public var currency: Text
  public var expiresAt: Timestamp?
  /// 0…100.
  public var priority: UInt8
  public var isPromotional: Bool
}

public struct ChargeCorrected: Sendable {
  public var message: Text?
  public var window: Text?
  public var amount: Micros
}

public struct TierReported: Sendable {
  public var market: Text
  public var category: Text
  public var month: CalendarMonth
  public var lower: UInt64
  /// `UInt64.max` for `"MAX"`.
  public var upper: UInt64
  public var at: Timestamp
}
