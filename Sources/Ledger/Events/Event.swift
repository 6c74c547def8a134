public import JSONTape

/// One checked event. Texts point into the parser's buffers and are valid only as long as those.
public struct Event: Sendable {
  public var id: Text
  public var source: Text
  public var type: EventType
  /// The account; nil for global events.
  public var subject: Text?
  public var time: Timestamp
  public var data: EventData
  /// Set in records of the log.
  public var sequence: SequenceNumber?
  public var recordedTime: Timestamp?

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
  public var phone: Phone?
  public var user: Text?
  public var name: Text?
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
  public var kind: Text
  public var group: Text?
  public var text: Text?
  public var topic: Text?
  public var hasReferral: Bool
}

public struct MessageSent: Sendable {
  public var message: Text
  public var number: Text
  public var contact: ContactName
  public var kind: Text
  public var template: Text?
  public var language: Text?
  public var category: Text?
  public var agent: Text?
  public var isBot: Bool
  public var isEcho: Bool
  public var text: Text?

  /// RULES.md 26.
  public var isHumanReply: Bool { isEcho || (agent != nil && !isBot) }
}

public struct MessageStatus: Sendable {
  public struct Pricing: Sendable {
    public var billable: Bool?
    public var model: Text?
    public var type: Text?
    public var category: Text?
    public var subtype: Text?
  }

  public struct Window: Sendable {
    public var id: Text?
    public var expiresAt: Timestamp?
    public var origin: Text?
  }

  public var message: Text
  public var number: Text
  public var contact: ContactName
  /// The group the message went to, where Meta told; `contact` is then the participant.
  public var group: Text?
  public var participant: Text?
  public var status: Text
  public var window: Window?
  public var pricing: Pricing?
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
