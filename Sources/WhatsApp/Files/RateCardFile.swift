public import Ledger

/// Rate cards as CSV: Meta's own files and the layout of `fixtures/rate-cards`.
///
/// A card is a header line with `market` and at least one category, then one row a market. Lines above the header are
/// passed over. An empty cell, `n/a` or a dash is no price; `0` is a price of 0.
public enum RateCardFile {
  public struct Options: Sendable {
    /// The card's name; the file's name without its ending where nil.
    public var card: String?
    /// For files that have no currency column, or only a `$` in it.
    public var currency: String?
    /// `2026-10-01`; else the column `effective_from`, else the date in the file's name.
    public var effectiveFrom: String?
    /// Else `conversation` for file names that say so and for days before 2025-07-01, `message` after.
    public var unit: ChargeUnit?

    public init(
      card: String? = nil, currency: String? = nil, effectiveFrom: String? = nil, unit: ChargeUnit? = nil
    ) {
      self.card = card
      self.currency = currency
      self.effectiveFrom = effectiveFrom
      self.unit = unit
    }
  }

  /// One `rate_card.published` for each currency and starting day in the file.
  ///
  /// The event's `time` is 00:00 UTC of the day the card starts, its id the card's name and a hash of the content.
  /// - Parameters:
  ///   - fileName: the last part of the path; it may give the card's name, day and unit.
  ///   - tiers: a second CSV, with the volume tiers of the card's prices.
  /// - Throws: a refusal that names line and column.
  public static func parse(
    csv: some Collection<UInt8>, fileName: String, options: Options = Options(), tiers: [UInt8]? = nil
  ) throws(Refusal) -> [ImportedEvent] {
    let name = RateCardName(fileName)
    let table = try RateCardTable(CSVTable(csv), currency: options.currency)
    var cards = try table.cards(startingOn: day(options, name))
    let isOnly = cards.count == 1
    let unused = try tiers.map { bytes throws(Refusal) in
      try VolumeTiers(CSVTable(bytes)).add(to: &cards)
    }
    var events: [ImportedEvent] = []
    for card in cards {
      let unit = options.unit ?? name.unit ?? (card.effectiveFrom < perMessageDay ? .conversation : .message)
      let suffix = isOnly ? "" : "-\(card.currency.lowercased())-\(card.effectiveFrom)"
      events.append(
        try event(card, name: (options.card ?? name.card) + suffix, unit: unit, warnings: unused ?? []))
    }
    return events
  }

  /// Per-message pricing began on this day.
  private static let perMessageDay = CalendarDay(year: 2025, month: 7, day: 1)!

  private static func day(_ options: Options, _ name: RateCardName) throws(Refusal) -> CalendarDay? {
    guard let text = options.effectiveFrom else { return name.day }
    guard let day = text.read({ CalendarDay($0) }) else {
      throw FileRefusal.make("\"\(text)\" is not a day", remedy: "give one such as 2026-10-01")
    }
    return day
  }

  private static func event(
    _ card: RateCard, name: String, unit: ChargeUnit, warnings: [String]
  ) throws(Refusal) -> ImportedEvent {
    let unitName = unit == .message ? "message" : "conversation"
    var data = JSONWriter()
    data.beginObject()
    data.member("card", name)
    data.member("currency", card.currency)
    data.member("unit", unitName)
    data.key("effective_from")
    data.day(card.effectiveFrom)
    data.key("rates")
    data.beginArray()
    for rate in card.rates { rate.write(to: &data) }
    data.endArray()
    data.endObject()
    let markets = Set(card.rates.map(\.market))
    var warnings = warnings
    if !markets.contains("Other") {
      warnings.append(
        "\(name) has no row Other, so it is not a complete card. A card replaces the one before it whole: messages to "
          + "markets it lacks stay unrated.")
    }
    return try ImportedEvent(
      type: "rate_card.published", name: name, at: card.effectiveFrom, data: data.bytes,
      summary: "\(name): \(markets.count) markets, \(card.rates.count) prices in \(card.currency) per \(unitName) "
        + "from \(card.effectiveFrom)",
      warnings: warnings)
  }
}

/// What a file's name says about its card: `usd-2023-06-01-conversations.csv`.
struct RateCardName {
  var card: String
  var day: CalendarDay?
  var unit: ChargeUnit?

  init(_ fileName: String) {
    card = fileName.lowercased().hasSuffix(".csv") ? String(fileName.dropLast(4)) : fileName
    if card.hasSuffix("-conversations") { unit = .conversation }
    if card.hasSuffix("-messages") { unit = .message }
    let characters = Array(card)
    for start in characters.indices where start + 10 <= characters.count {
      day = String(characters[start..<start + 10]).read { CalendarDay($0) }
      if day != nil { break }
    }
  }
}
