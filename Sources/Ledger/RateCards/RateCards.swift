import JSONTape

/// One published card: the prices of one currency and unit from one day on.
struct RateCard: Sendable {
  struct Tier: Hashable, Sendable {
    /// Inclusive; `UInt64.max` for the open end.
    var upper: UInt64
    var price: Micros
  }

  struct Rate: Hashable, Sendable {
    var market: NameID
    var category: NameID
    var price: Micros
    var tiers: [Tier]
  }

  var name: NameID
  var currency: NameID
  var unit: ChargeUnit
  var effectiveFrom: CalendarDay
  var sequence: SequenceNumber
  /// Sorted by market and category; of rows for the same pair the last on the card stands.
  private(set) var rates: [Rate]

  init(_ published: RateCardPublished, at sequence: SequenceNumber, names: inout Names) {
    name = names.intern(published.card)
    currency = names.intern(published.currency)
    unit = published.unit
    effectiveFrom = published.effectiveFrom
    self.sequence = sequence
    var byPair: [UInt64: Rate] = [:]
    for rate in published.rates {
      let row = Rate(
        market: names.intern(rate.market), category: names.internCategory(rate.category), price: rate.price,
        tiers: rate.tiers.map { Tier(upper: $0.upper, price: $0.price) })
      byPair[Self.key(row.market, row.category)] = row
    }
    rates = byPair.values.sorted { Self.key($0.market, $0.category) < Self.key($1.market, $1.category) }
  }

  private static func key(_ market: NameID, _ category: NameID) -> UInt64 {
    UInt64(market.rawValue) << 32 | UInt64(category.rawValue)
  }

  /// The place of a row in ``rates``.
  /// - Complexity: O(log *n*).
  func row(market: NameID, category: NameID) -> Int? {
    let wanted = Self.key(market, category)
    let place = rates.indices.partitionPoint { Self.key(rates[$0].market, rates[$0].category) >= wanted }
    guard place < rates.count, Self.key(rates[place].market, rates[place].category) == wanted else { return nil }
    return place
  }

  func rate(market: NameID, category: NameID) -> Rate? { row(market: market, category: category).map { rates[$0] } }

  /// The price of the tier that `ordinal` falls in; without an ordinal or tiers the list price.
  /// - Returns: nil when the tiers end before the ordinal.
  func price(row: Int, ordinal: UInt64) -> (Micros, tier: Int8)? {
    guard ordinal > 0, !rates[row].tiers.isEmpty else { return (rates[row].price, -1) }
    for tier in rates[row].tiers.indices where rates[row].tiers[tier].upper >= ordinal {
      return (rates[row].tiers[tier].price, Int8(clamping: tier))
    }
    return nil
  }

  func encode(into encoder: inout StateEncoder) {
    encoder.write(name)
    encoder.write(currency)
    encoder.write(unit.rawValue)
    encoder.write(effectiveFrom)
    encoder.write(sequence)
    encoder.write(rates) { encoder, rate in
      encoder.write(rate.market)
      encoder.write(rate.category)
      encoder.write(rate.price)
      encoder.write(rate.tiers) { encoder, tier in
        encoder.write(tier.upper)
        encoder.write(tier.price)
      }
    }
  }

  init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    name = try decoder.readName()
    currency = try decoder.readName()
    guard let unit = ChargeUnit(rawValue: try decoder.readUInt8()) else { throw decoder.failure("an unknown unit") }
    self.unit = unit
    effectiveFrom = try decoder.readDay()
    sequence = try decoder.readSequence()
    rates = try decoder.readList { (decoder) throws(StateDecodingError) in
      Rate(
        market: try decoder.readName(), category: try decoder.readName(), price: try decoder.readMicros(),
        tiers: try decoder.readList { (decoder) throws(StateDecodingError) in
          Tier(upper: try decoder.readUInt64(), price: try decoder.readMicros())
        })
    }
  }
}

/// All published cards, and which of them rules.
struct RateCards: Sendable {
  /// In the order of publication; an index into it names a card for ever.
  private(set) var cards: [RateCard] = []
  /// Of each currency and unit the cards by `effective_from`; of one day only the last published.
  private var ruling: [Ruling] = []

  private struct Ruling: Sendable {
    var currency: NameID
    var unit: ChargeUnit
    var from: [(day: CalendarDay, card: Int)]
  }

  init() {}

  @discardableResult
  mutating func add(_ card: RateCard) -> Int {
    let index = cards.count
    cards.append(card)
    let place = ruling.firstIndex { $0.currency == card.currency && $0.unit == card.unit }
    guard let place else {
      ruling.append(Ruling(currency: card.currency, unit: card.unit, from: [(card.effectiveFrom, index)]))
      return index
    }
    ruling[place].from.removeAll { $0.day == card.effectiveFrom }
    let position = ruling[place].from.firstIndex { $0.day > card.effectiveFrom } ?? ruling[place].from.count
    ruling[place].from.insert((card.effectiveFrom, index), at: position)
    return index
  }

  /// By currency and unit, the latest `effective_from` not after `day`, then the highest sequence (INTERFACE.md 1).
  /// - Complexity: O(currencies + cards of the currency): there are a few a year.
  func index(currency: NameID, unit: ChargeUnit, on day: CalendarDay) -> Int? {
    for place in ruling.indices where ruling[place].currency == currency && ruling[place].unit == unit {
      var index = ruling[place].from.count
      while index > 0 {
        index -= 1
        if ruling[place].from[index].day <= day { return ruling[place].from[index].card }
      }
    }
    return nil
  }
}
