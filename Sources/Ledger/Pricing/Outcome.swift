import JSONTape

/// What became of a delivered message.
enum Outcome: UInt8, Sendable, BitwiseCopyable { case pending, unrated, free, charged }

/// Why a delivered message cost nothing (RULES.md 10).
enum FreeReason: UInt8, CaseIterable, Sendable {
  case allowance, conversation, entryPoint, exempt, service, window

  var name: StaticString {
    switch self {
    case .window: "window"
    case .entryPoint: "entry_point"
    case .allowance: "allowance"
    case .conversation: "conversation"
    case .service: "service"
    case .exempt: "exempt"
    }
  }
}

/// Which fact a delivered message lacks to be priced. When several are missing, the first in this order is named.
enum UnratedReason: UInt8, Sendable {
  case regime, category, market, card

  var name: StaticString {
    switch self {
    case .regime: "regime"
    case .category: "category"
    case .market: "market"
    case .card: "card"
    }
  }
}

/// The rules in force, chosen by the charge's day in the account's zone (facts, section 1).
enum Regime: UInt8, Sendable, BitwiseCopyable {
  /// No per-message regime holds on that day or for that message.
  case none
  case perMessage2025
  case perMessage2026

  /// 2025-07-01.
  static var perMessageFrom: CalendarDay { CalendarDay(rawValue: 20_270) }
  /// 2026-10-01.
  static var serviceChargedFrom: CalendarDay { CalendarDay(rawValue: 20_727) }

  /// Meta's word on the model wins over the date: `CBP` is a conversation at any time, `PMP` before the change is
  /// believed (RULES.md 13).
  static func of(_ day: CalendarDay, model: MetaWord.Model) -> Regime {
    switch model {
    case .conversation: return .none
    case .perMessage: return day >= serviceChargedFrom ? .perMessage2026 : .perMessage2025
    case .unsaid:
      guard day >= perMessageFrom else { return .none }
      return day >= serviceChargedFrom ? .perMessage2026 : .perMessage2025
    }
  }

  var name: StaticString? {
    switch self {
    case .none: nil
    case .perMessage2025: "2025-07-01"
    case .perMessage2026: "2026-10-01"
    }
  }
}

/// What Meta's statuses say about the price of one message: the `pricing` of the status of highest rank, then the last
/// folded (RULES.md 8), and the origin of its window.
struct MetaWord: Hashable, Combination {
  enum Model: UInt8, Sendable {
    case unsaid, conversation, perMessage

    init(_ name: Text?) {
      self =
        switch name {
        case "CBP": .conversation
        case "PMP": .perMessage
        default: .unsaid
        }
    }
  }

  enum Kind: UInt8, Sendable {
    case unsaid, regular, freeCustomerService, freeEntryPoint

    init(_ name: Text?) {
      self =
        switch name {
        case "regular": .regular
        case "free_customer_service", "free_group_customer_service": .freeCustomerService
        case "free_entry_point": .freeEntryPoint
        default: .unsaid
        }
    }
  }

  /// Of the status that carried it; 0 when none did.
  var rank: UInt8 = 0
  var originRank: UInt8 = 0
  var model = Model.unsaid
  var kind = Kind.unsaid
  var billable: Bool?
  var isExempt = false
  /// Fills the words of eight bytes.
  private var unused: UInt16 = 0
  /// In the reference's names.
  var category = NameID.none
  var origin = NameID.none

  var isSaid: Bool { rank > 0 }
  var saysEntryPoint: Bool {
    kind == .freeEntryPoint || category == Category.referralConversion || origin == Category.referralConversion
  }

  /// - Returns: whether anything that counts has changed.
  mutating func hear(_ status: MessageStatus, names: inout Names) -> Bool {
    let before = self
    let rank = status.rank.rawValue
    if let pricing = status.pricing, rank >= self.rank {
      self.rank = rank
      billable = pricing.billable
      isExempt = pricing.isExempt
      model = pricing.model
      kind = pricing.kind
      category = pricing.category.map { names.internCategory($0) } ?? .none
    }
    if let origin = status.window?.origin, rank >= originRank {
      originRank = rank
      self.origin = names.internCategory(origin)
    }
    var after = self
    after.rank = before.rank
    after.originRank = before.originRank
    return !after.isSame(as: before) || (status.pricing != nil && before.rank == 0)
  }

  func encode(into encoder: inout StateEncoder) {
    encoder.write(rank)
    encoder.write(originRank)
    encoder.write(model.rawValue)
    encoder.write(kind.rawValue)
    encoder.write(UInt8(billable.map { $0 ? 2 : 1 } ?? 0))
    encoder.write(isExempt)
    encoder.write(category)
    encoder.write(origin)
  }

  init() {}

  init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    rank = try decoder.readUInt8()
    originRank = try decoder.readUInt8()
    guard let model = Model(rawValue: try decoder.readUInt8()), let kind = Kind(rawValue: try decoder.readUInt8())
    else { throw decoder.failure("an unknown word of Meta's") }
    self.model = model
    self.kind = kind
    let said = try decoder.readUInt8()
    billable = said == 0 ? nil : said == 2
    isExempt = try decoder.readBool()
    category = try decoder.readName()
    origin = try decoder.readName()
  }
}
