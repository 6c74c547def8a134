import Ledger

/// The rows of a rate-card file, read by the names of their columns.
struct RateCardTable {
  private static let categories: Set<String> = [
    "marketing", "utility", "authentication", "authentication_international", "service", "marketing_lite",
    "referral_conversion", "business_initiated", "user_initiated", "group_marketing", "group_utility", "group_service",
    "general_purpose_ai",
  ]

  private struct Entry {
    var line: Int
    var currency: String
    var day: CalendarDay?
    var rates: [RateCard.Rate]
  }

  private var entries: [Entry] = []

  init(_ table: CSVTable, currency: String?) throws(Refusal) {
    let header = try Header(table)
    let given = try currency.map { text throws(Refusal) in try CurrencyCell.read(text, line: 1, column: 1) }
    var lines: [String: Int] = [:]
    for row in table.rows[(header.index + 1)...] where header.hasPrice(row) {
      let entry = try Self.entry(row, header, currency: given)
      for rate in entry.rates {
        let key = "\(entry.currency)|\(entry.day?.description ?? "")|\(rate.market)|\(rate.category)"
        if let first = lines[key] {
          throw FileRefusal.make(
            "line \(row.line): \(rate.market) \(rate.category) was priced in line \(first)",
            remedy: "leave one row for each market")
        }
        lines[key] = row.line
      }
      entries.append(entry)
    }
    guard entries.contains(where: { !$0.rates.isEmpty }) else {
      throw FileRefusal.make("there is no price in the file", remedy: "give at least one row with a price")
    }
  }

  /// In the order of the file.
  func cards(startingOn day: CalendarDay?) throws(Refusal) -> [RateCard] {
    var cards: [RateCard] = []
    for entry in entries {
      guard let day = entry.day ?? day else {
        throw FileRefusal.make(
          "neither the file nor its name says from which day the prices hold",
          remedy: "say it: waybill import rates FILE --effective-from 2026-10-01")
      }
      if let index = cards.firstIndex(where: { $0.currency == entry.currency && $0.effectiveFrom == day }) {
        cards[index].rates += entry.rates
      } else {
        cards.append(RateCard(currency: entry.currency, effectiveFrom: day, rates: entry.rates))
      }
    }
    return cards.filter { !$0.rates.isEmpty }
  }

  private static func entry(
    _ row: CSVTable.Row, _ header: Header, currency given: String?
  ) throws(Refusal) -> Entry {
    guard let market = header.cell(header.market, of: row) else {
      throw FileRefusal.make("no market", line: row.line, column: header.market + 1, remedy: "name the market")
    }
    var entry = Entry(line: row.line, currency: "", day: nil, rates: [])
    entry.currency = try Self.currency(row, header, given)
    if let column = header.effectiveFrom, let text = header.cell(column, of: row) {
      guard let day = text.read({ CalendarDay($0) }) else {
        throw FileRefusal.make(
          "\"\(text.cut(toBytes: 64))\" is not a day", line: row.line, column: column + 1,
          remedy: "give one such as 2026-10-01")
      }
      entry.day = day
    }
    for (column, category) in header.categories {
      guard let cell = header.cell(column, of: row) else { continue }
      guard let price = try PriceCell.read(cell, line: row.line, column: column + 1) else { continue }
      entry.rates.append(RateCard.Rate(market: market, category: category, price: price))
    }
    return entry
  }

  private static func currency(_ row: CSVTable.Row, _ header: Header, _ given: String?) throws(Refusal) -> String {
    guard let column = header.currency, let cell = header.cell(column, of: row), !(cell == "$" && given != nil) else {
      guard let given else {
        throw FileRefusal.make(
          "line \(row.line) names no currency", remedy: "say it: waybill import rates FILE --currency USD")
      }
      return given
    }
    let currency = try CurrencyCell.read(cell, line: row.line, column: column + 1)
    guard given == nil || given == currency else {
      throw FileRefusal.make(
        "the prices are in \(currency), not \(given!)", line: row.line, column: column + 1,
        remedy: "leave the currency out or name the file's")
    }
    return currency
  }

  /// The first line that names a market column and a category.
  private struct Header {
    var index: Int
    var market: Int
    var currency: Int?
    var effectiveFrom: Int?
    var categories: [(column: Int, name: String)]

    init(_ table: CSVTable) throws(Refusal) {
      for (index, row) in table.rows.enumerated() {
        let names = row.cells.map(\.columnName)
        let categories = names.enumerated().filter { RateCardTable.categories.contains($0.element) }
        guard let market = names.firstIndex(of: "market"), !categories.isEmpty else { continue }
        if let (column, name) = categories.first(where: { names.firstIndex(of: $0.element) != $0.offset }) {
          throw FileRefusal.make(
            "a second column \(name)", line: row.line, column: column + 1, remedy: "leave one column for each category")
        }
        self.index = index
        self.market = market
        currency = names.firstIndex(of: "currency")
        effectiveFrom = names.firstIndex(of: "effective_from")
        self.categories = categories.map { (column: $0.offset, name: $0.element) }
        return
      }
      throw Self.missing(table)
    }

    func cell(_ column: Int, of row: CSVTable.Row) -> String? {
      guard column < row.cells.count, !row.cells[column].isEmpty else { return nil }
      return row.cells[column]
    }

    /// Notes below a table do not reach the prices.
    func hasPrice(_ row: CSVTable.Row) -> Bool { categories.contains { cell($0.column, of: row) != nil } }

    private static func missing(_ table: CSVTable) -> Refusal {
      let headings = table.rows.map { Set($0.cells.map(\.columnName)) }
      if headings.contains(where: { $0.isSuperset(of: ["market", "category", "rate"]) }) {
        return FileRefusal.make(
          "these are volume tiers, which belong to the prices of a card",
          remedy: "import them with their card: waybill import rates CARD.csv --tiers TIERS.csv")
      }
      return FileRefusal.make(
        "no line names the columns market and one of \(RateCardTable.categories.sorted().joined(separator: ", "))",
        remedy: "give a header line such as market,currency,marketing,utility,authentication,service")
    }
  }
}
