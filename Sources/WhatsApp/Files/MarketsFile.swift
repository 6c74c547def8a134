public import Ledger

/// The table of calling codes and markets as CSV: `calling_code_prefix` (or `prefix`), `iso_country` (`country`),
/// `market`, and where they are there `effective_from` (`from`) and `effective_to` (`to`, the first day outside).
public enum MarketsFile {
  /// One `markets.published`, which replaces the table before it.
  ///
  /// The event's `time` is 00:00 UTC of the latest day in the table (of 2022-02-01 when it has none), its id a hash of
  /// the content.
  /// - Throws: a refusal that names line and column.
  public static func parse(csv: some Collection<UInt8>) throws(Refusal) -> ImportedEvent {
    let table = try CSVTable(csv)
    guard let header = table.rows.first else { throw FileRefusal.make("the file is empty", remedy: "give the table") }
    let columns = try Columns(header)
    var rows: [Row] = []
    for line in table.rows.dropFirst() {
      let row = try Row(line, columns)
      try checkOverlap(row, rows)
      rows.append(row)
    }
    guard !rows.isEmpty else { throw FileRefusal.make("the table has no rows", remedy: "give at least one") }
    return try event(rows)
  }

  private static let firstRegime = CalendarDay(year: 2022, month: 2, day: 1)!

  private static func event(_ rows: [Row]) throws(Refusal) -> ImportedEvent {
    var data = JSONWriter()
    data.beginObject()
    data.key("markets")
    data.beginArray()
    for row in rows { row.write(to: &data) }
    data.endArray()
    data.endObject()
    let day = rows.flatMap { [$0.from, $0.to] }.compactMap(\.self).max() ?? firstRegime
    let markets = Set(rows.map(\.market)).count
    return try ImportedEvent(
      type: "markets.published", name: "markets", at: day, data: data.bytes,
      summary: "\(rows.count) calling codes in \(markets) markets")
  }

  /// One prefix has one market on one day.
  private static func checkOverlap(_ row: Row, _ rows: [Row]) throws(Refusal) {
    for other in rows where other.prefix == row.prefix && other.market != row.market {
      let startsBefore = row.to.flatMap { to in other.from.map { to <= $0 } } ?? false
      let startsAfter = other.to.flatMap { to in row.from.map { to <= $0 } } ?? false
      guard startsBefore || startsAfter else {
        throw FileRefusal.make(
          "line \(row.line): +\(row.prefix) is \(other.market) in line \(other.line) at the same time",
          remedy: "let the days of the two rows not overlap")
      }
    }
  }

  private struct Columns {
    var prefix: Int
    var country: Int
    var market: Int
    var from: Int?
    var to: Int?

    init(_ header: CSVTable.Row) throws(Refusal) {
      let names = header.cells.map(\.columnName)
      func find(_ spellings: [String]) -> Int? { names.firstIndex { spellings.contains($0) } }
      guard let prefix = find(["calling_code_prefix", "prefix"]), let country = find(["iso_country", "country"]),
        let market = find(["market"])
      else {
        throw FileRefusal.make(
          "line \(header.line) does not name the columns calling_code_prefix, iso_country and market",
          remedy: "give a header line such as calling_code_prefix,iso_country,market,effective_from,effective_to")
      }
      self.prefix = prefix
      self.country = country
      self.market = market
      from = find(["effective_from", "from"])
      to = find(["effective_to", "to"])
    }
  }

  private struct Row {
    var line: Int
    var prefix: String
    var country: String
    var market: String
    var from: CalendarDay?
    var to: CalendarDay?

    init(_ row: CSVTable.Row, _ columns: Columns) throws(Refusal) {
      func cell(_ column: Int?) -> String? {
        guard let column, column < row.cells.count, !row.cells[column].isEmpty else { return nil }
        return row.cells[column]
      }
      func required(_ column: Int, _ what: String) throws(Refusal) -> String {
        guard let text = cell(column) else {
          throw FileRefusal.make("no \(what)", line: row.line, column: column + 1, remedy: "fill it in")
        }
        return text
      }
      func day(_ column: Int?) throws(Refusal) -> CalendarDay? {
        guard let column, let text = cell(column) else { return nil }
        guard let day = text.read({ CalendarDay($0) }) else {
          throw FileRefusal.make(
            "\"\(text.cut(toBytes: 64))\" is not a day", line: row.line, column: column + 1,
            remedy: "give one such as 2026-10-01")
        }
        return day
      }
      line = row.line
      let written = try required(columns.prefix, "calling code")
      prefix = written.hasPrefix("+") ? String(written.dropFirst()) : written
      guard (1...9).contains(prefix.utf8.count), prefix.utf8.allSatisfy({ (48...57).contains($0) }) else {
        throw FileRefusal.make(
          "\"\(prefix.cut(toBytes: 64))\" is not a calling code", line: row.line, column: columns.prefix + 1,
          remedy: "give 1 to 9 digits")
      }
      country = try required(columns.country, "country")
      market = try required(columns.market, "market")
      from = try day(columns.from)
      to = try day(columns.to)
      if let from, let to, to <= from {
        throw FileRefusal.make(
          "the row ends on \(to) and begins on \(from)", line: row.line, column: (columns.to ?? 0) + 1,
          remedy: "effective_to is the first day outside")
      }
    }

    func write(to writer: inout JSONWriter) {
      writer.beginObject()
      writer.member("prefix", prefix)
      writer.member("country", country)
      writer.member("market", market)
      if let from {
        writer.key("from")
        writer.day(from)
      }
      if let to {
        writer.key("to")
        writer.day(to)
      }
      writer.endObject()
    }
  }
}
