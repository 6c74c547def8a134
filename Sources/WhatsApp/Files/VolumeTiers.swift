import Ledger

/// Volume tiers as CSV: the columns `market`, `category`, `from_message`, `to_message`, `rate`, and where they are there
/// `currency` and `effective_from`, which then must be the card's. An empty `to_message` is the top tier.
///
/// Steps count for a price only when they are complete: from 0 or 1 without gap to the top, each with its rate. Of others
/// the list price stands alone, and a warning says so: unknown is never guessed.
struct VolumeTiers {
  private struct Step {
    var line: Int
    var currency: String?
    var day: CalendarDay?
    var market: String
    var category: String
    var lower: UInt64
    var upper: UInt64?
    var price: Micros?
  }

  private var steps: [Step] = []

  init(_ table: CSVTable) throws(Refusal) {
    guard let header = table.rows.first else {
      throw FileRefusal.make("the tiers are empty", remedy: "give their file")
    }
    let names = header.cells.map(\.columnName)
    for name in ["market", "category", "from_message", "to_message", "rate"] where !names.contains(name) {
      throw FileRefusal.make("the tiers have no column \(name)", remedy: "add it to the header line")
    }
    for row in table.rows.dropFirst() { steps.append(try Self.step(row, names)) }
  }

  /// - Returns: what was left out and why.
  func add(to cards: inout [RateCard]) throws(Refusal) -> [String] {
    var warnings: [String] = []
    var used = 0
    for card in cards.indices {
      for index in cards[card].rates.indices {
        let rate = cards[card].rates[index]
        let own = steps.filter {
          $0.market == rate.market && $0.category == rate.category
            && ($0.currency ?? cards[card].currency)
              == cards[card].currency
            && ($0.day ?? cards[card].effectiveFrom) == cards[card].effectiveFrom
        }
        guard !own.isEmpty else { continue }
        used += own.count
        if let tiers = Self.complete(own, listPrice: rate.price) {
          cards[card].rates[index].tiers = tiers
        } else {
          warnings.append(
            "the tiers of \(rate.market) \(rate.category) (from line \(own[0].line)) are not complete and were left out"
          )
        }
      }
    }
    guard used > 0 else {
      throw FileRefusal.make("none of the tiers belongs to a price of the card", remedy: "give the card's own tiers")
    }
    if used < steps.count { warnings.append("\(steps.count - used) lines of tiers belong to other cards") }
    return warnings
  }

  private static func complete(_ steps: [Step], listPrice: Micros) -> [RateCard.Tier]? {
    var tiers: [RateCard.Tier] = []
    var next: UInt64 = 0
    for step in steps {
      guard let price = step.price, step.lower == next || next == 0 && step.lower == 1 else { return nil }
      tiers.append(RateCard.Tier(upper: step.upper, price: price))
      guard let upper = step.upper else {
        let isTop = tiers.count == steps.count
        return isTop && tiers[0].price == listPrice ? tiers : nil
      }
      guard upper >= step.lower else { return nil }
      next = upper + 1
    }
    return nil
  }

  private static func step(_ row: CSVTable.Row, _ names: [String]) throws(Refusal) -> Step {
    func cell(_ name: String) -> String? {
      guard let column = names.firstIndex(of: name), column < row.cells.count else { return nil }
      return row.cells[column].isEmpty ? nil : row.cells[column]
    }
    func column(_ name: String) -> Int { (names.firstIndex(of: name) ?? 0) + 1 }
    func bound(_ name: String) throws(Refusal) -> UInt64? {
      guard let text = cell(name), text.uppercased() != "MAX" else { return nil }
      guard let number = UInt64(text), number <= 1_000_000_000_000_000 else {
        throw FileRefusal.make(
          "\"\(text.cut(toBytes: 64))\" is not a count", line: row.line, column: column(name),
          remedy: "give a whole number")
      }
      return number
    }
    guard let market = cell("market"), let category = cell("category"), let lower = try bound("from_message") else {
      throw FileRefusal.make("line \(row.line) lacks market, category or from_message", remedy: "fill it in")
    }
    var step = Step(line: row.line, market: market, category: category.columnName, lower: lower)
    step.upper = try bound("to_message")
    step.currency = try cell("currency").map { text throws(Refusal) in
      try CurrencyCell.read(text, line: row.line, column: column("currency"))
    }
    step.day = try cell("effective_from").map { text throws(Refusal) in
      guard let day = text.read({ CalendarDay($0) }) else {
        throw FileRefusal.make(
          "\"\(text.cut(toBytes: 64))\" is not a day", line: row.line, column: column("effective_from"),
          remedy: "give one such as 2026-10-01")
      }
      return day
    }
    if let text = cell("rate") { step.price = try PriceCell.read(text, line: row.line, column: column("rate")) }
    return step
  }
}
