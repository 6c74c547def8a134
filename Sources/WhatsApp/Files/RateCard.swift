import Ledger

/// The prices of one currency from one day on.
struct RateCard {
  struct Rate {
    var market: String
    var category: String
    var price: Micros
    var tiers: [Tier] = []

    func write(to writer: inout JSONWriter) {
      writer.beginObject()
      writer.member("market", market)
      writer.member("category", category)
      writer.key("price")
      writer.money(price)
      if !tiers.isEmpty {
        writer.key("tiers")
        writer.beginArray()
        for tier in tiers { tier.write(to: &writer) }
        writer.endArray()
      }
      writer.endObject()
    }
  }

  struct Tier {
    /// Inclusive; nil is without bound.
    var upper: UInt64?
    var price: Micros

    func write(to writer: inout JSONWriter) {
      writer.beginObject()
      writer.key("upper")
      if let upper { writer.number(upper) } else { writer.string("MAX") }
      writer.key("price")
      writer.money(price)
      writer.endObject()
    }
  }

  var currency: String
  var effectiveFrom: CalendarDay
  var rates: [Rate]
}

/// Reads prices: `0.0068`, `$0.0068`, `1,234.50`.
enum PriceCell {
  /// - Returns: nil for "no price": an empty cell, `n/a`, a dash.
  static func read(_ cell: String, line: Int, column: Int) throws(Refusal) -> Micros? {
    guard !["", "n/a", "na", "-", "–", "—"].contains(cell.lowercased()) else { return nil }
    let number = withoutSeparators(CurrencyCell.withoutCurrency(cell))
    guard let price = number.read({ Micros($0) }), !price.isNegative, price.rawValue <= 1_000_000_000_000 else {
      throw FileRefusal.make(
        "\"\(cell.cut(toBytes: 64))\" is not a price", line: line, column: column,
        remedy: "write it with a point and at most 6 decimals, such as 0.0068; leave the cell empty for no price")
    }
    return price
  }

  /// Commas count as separators of thousands only where they stand like them; zeros beyond six decimals are cut.
  private static func withoutSeparators(_ text: Substring) -> String {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard let first = parts.first else { return String(text) }
    let groups = first.split(separator: ",", omittingEmptySubsequences: false)
    let isGrouped =
      groups.count > 1 && (1...3).contains(groups[0].count) && groups.dropFirst().allSatisfy { $0.count == 3 }
    let whole = isGrouped ? groups.joined() : String(first)
    guard parts.count == 2 else { return ([whole] + parts.dropFirst().map(String.init)).joined(separator: ".") }
    var decimals = parts[1]
    while decimals.count > 6, decimals.last == "0" { decimals.removeLast() }
    return "\(whole).\(decimals)"
  }
}

/// The ways in which Meta's cards write currencies.
enum CurrencyCell {
  private static let spellings: [String: String] = [
    "$US": "USD", "US$": "USD", "A$": "AUD", "$A": "AUD", "AU$": "AUD", "€": "EUR", "£": "GBP", "GBD": "GBP",
    "RP": "IDR", "₹": "INR", "RS": "INR", "$MX": "MXN", "MX$": "MXN", "R$": "BRL", "$AR": "ARS", "AR$": "ARS",
    "CLP$": "CLP", "$CL": "CLP", "COL$": "COP", "$CO": "COP", "RM": "MYR", "S/": "PEN", "S$": "SGD", "$SG": "SGD",
  ]

  /// The cell behind a currency that it begins with.
  static func withoutCurrency(_ cell: String) -> Substring {
    let signs = spellings.keys.filter { cell.uppercased().hasPrefix($0) } + (cell.hasPrefix("$") ? ["$"] : [])
    return cell.dropFirst(signs.map(\.count).max() ?? 0).drop { $0 == " " }
  }

  static func read(_ cell: String, line: Int, column: Int) throws(Refusal) -> String {
    let name = cell.uppercased()
    if let code = spellings[name] { return code }
    guard name.utf8.count == 3, name.utf8.allSatisfy({ (65...90).contains($0) }) else {
      throw FileRefusal.make(
        "\"\(cell.cut(toBytes: 64))\" is not a currency", line: line, column: column,
        remedy: "write its ISO 4217 code, such as USD")
    }
    return name
  }
}
