import JSONTape

/// What all accounts share and no account owns: zones, cards, markets, and the names of markets and categories.
struct Reference: Sendable {
  var names: Names
  var cards = RateCards()
  var markets = MarketTable()
  /// Zones by name, in the order first resolved.
  private var zoneNames = Names()
  private var zones: [Zone] = []

  /// The market of every number that no prefix claims.
  static var otherMarket: NameID { NameID(rawValue: 11) }

  init() {
    names = Names()
    for category in Category.known { _ = names.intern(category) }
    precondition(Category.known.count == Category.knownCount && names.intern("Other") == Self.otherMarket)
  }

  mutating func resolve(zone name: Text, transitions: [Zone.Transition]) {
    guard let zone = Zone(transitions: transitions) else { return }
    let id = zoneNames.intern(name)
    if Int(id.rawValue) <= zones.count { zones[Int(id.rawValue) - 1] = zone } else { zones.append(zone) }
  }

  func zone(named name: String) -> Zone? {
    guard let id = zoneNames.find(name) else { return nil }
    return zones[Int(id.rawValue) - 1]
  }

  var namesOfZones: [String] { (0..<zones.count).map { zoneNames.string(NameID(rawValue: UInt32($0 + 1))) } }

  func encode(into encoder: inout StateEncoder) {
    names.encode(into: &encoder)
    encoder.write(cards.cards) { encoder, card in card.encode(into: &encoder) }
    markets.encode(into: &encoder)
    zoneNames.encode(into: &encoder)
    encoder.write(zones) { encoder, zone in
      encoder.write(zone.transitions) { encoder, transition in
        encoder.write(transition.at)
        encoder.write(transition.offsetSeconds)
      }
    }
  }

  init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    names = try Names(from: &decoder)
    for _ in 0..<(try decoder.readCount()) { cards.add(try RateCard(from: &decoder)) }
    markets = try MarketTable(from: &decoder)
    zoneNames = try Names(from: &decoder)
    zones = try decoder.readList { (decoder) throws(StateDecodingError) in
      let transitions = try decoder.readList { (decoder) throws(StateDecodingError) in
        Zone.Transition(at: try decoder.readTimestamp(), offsetSeconds: try decoder.readInt32())
      }
      guard let zone = Zone(transitions: transitions) else { throw decoder.failure("a zone without transitions") }
      return zone
    }
    guard zones.count == zoneNames.count else { throw decoder.failure("zones without names") }
  }
}

/// The categories that rules speak of; every other category is a name without a rule. Their numbers are the same in every
/// state, since ``Reference`` interns them first.
enum Category {
  static let known: [Text] = [
    "marketing", "utility", "authentication", "authentication_international", "service", "marketing_lite",
    "group_marketing", "group_utility", "group_service", "referral_conversion",
  ]
  /// How many have a number of their own.
  static var knownCount: UInt32 { 10 }
  static var marketing: NameID { NameID(rawValue: 1) }
  static var utility: NameID { NameID(rawValue: 2) }
  static var authentication: NameID { NameID(rawValue: 3) }
  static var authenticationInternational: NameID { NameID(rawValue: 4) }
  static var service: NameID { NameID(rawValue: 5) }
  static var marketingLite: NameID { NameID(rawValue: 6) }
  static var groupMarketing: NameID { NameID(rawValue: 7) }
  static var groupUtility: NameID { NameID(rawValue: 8) }
  static var groupService: NameID { NameID(rawValue: 9) }
  static var referralConversion: NameID { NameID(rawValue: 10) }

  static func isService(_ category: NameID) -> Bool { category == service || category == groupService }
  static func isUtility(_ category: NameID) -> Bool { category == utility || category == groupUtility }

  /// The category that a free entry point can free (facts, section 5).
  static func isKnown(_ category: NameID) -> Bool { category.rawValue >= 1 && category.rawValue <= knownCount }
}

extension Names {
  /// A category as rules compare it: lower case, `-` becomes `_` (RULES.md 7).
  @inline(__always)
  mutating func internCategory(_ text: Text) -> NameID { Category.find(text) ?? internFolded(text) }

  @inline(never)
  private mutating func internFolded(_ text: Text) -> NameID {
    for index in 0..<text.count where (65...90).contains(text[index]) || text[index] == 45 {
      let folded = (0..<text.count).map { position -> UInt8 in
        let byte = text[position]
        return byte == 45 ? 95 : (65...90).contains(byte) ? byte + 32 : byte
      }
      return unsafe folded.withUnsafeBufferPointer { unsafe intern(Text(buffer: $0)) }
    }
    return intern(text)
  }
}

extension Category {
  /// The categories that nearly all events name, without a look at a table.
  @inline(__always)
  fileprivate static func find(_ text: Text) -> NameID? {
    switch text.count {
    case 7: text == "service" ? service : text == "utility" ? utility : nil
    case 9: text == "marketing" ? marketing : nil
    case 14: text == "authentication" ? authentication : nil
    default: nil
    }
  }
}
