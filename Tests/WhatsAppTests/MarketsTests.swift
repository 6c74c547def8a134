import Ledger
import Testing
import WhatsApp

struct MarketsTests {
  @Test func `the table of markets becomes one event with every row`() throws {
    let csv = try Fixtures.bytes("markets.csv")
    let event = try MarketsFile.parse(csv: csv)
    #expect(isAdmitted(event.bytes))
    let json = try event.json
    #expect(json["type"]?.string == "waybill.markets.published")
    #expect(json["time"]?.string == "2026-10-01T00:00:00Z")
    let rows = try #require(json["data"]?["markets"]?.elements)
    #expect(rows.count == 183)
    #expect(Set(rows.map { $0["market"]?.string }).count == 47)
    #expect(
      rows.filter { $0["prefix"]?.string == "36" } == [
        .object([
          "prefix": .string("36"), "country": .string("HU"), "market": .string("Rest of Central & Eastern Europe"),
          "to": .string("2026-07-01"),
        ]),
        .object([
          "prefix": .string("36"), "country": .string("HU"), "market": .string("Hungary"),
          "from": .string("2026-07-01"),
        ]),
      ])
    #expect(try MarketsFile.parse(csv: csv).bytes == event.bytes)
  }

  /// Every market of a complete card is one that the table leads to, or `Other`.
  @Test func `the table and the newest card name the same markets`() throws {
    let table = try MarketsFile.parse(csv: try Fixtures.bytes("markets.csv")).json
    let card = try RateCardFile.parse(
      csv: try Fixtures.bytes("rate-cards/usd-2026-10-01.csv"), fileName: "usd-2026-10-01.csv")
    let markets = Set(try #require(table["data"]?["markets"]?.elements).map { $0["market"]?.string })
    let priced = Set(try #require(try card[0].json["data"]?["rates"]?.elements).map { $0["market"]?.string })
    #expect(markets == priced)
  }

  @Test func `short column names and a plus before the code are read`() throws {
    let event = try MarketsFile.parse(
      csv: Array("prefix,country,market,from,to\n+55,BR,Brazil,,2026-01-01\n55,BR,Other,2026-01-01,\n".utf8))
    let rows = try #require(try event.json["data"]?["markets"]?.elements)
    #expect(rows.map { $0["prefix"]?.string } == ["55", "55"])
  }

  @Test(arguments: [
    ("", "the file is empty"), ("prefix,country,market\n", "the table has no rows"),
    ("prefix,market\n1,Other\n", "line 1 does not name the columns calling_code_prefix, iso_country and market"),
    ("prefix,country,market\n5x,BR,Brazil\n", "line 2, column 1: \"5x\" is not a calling code"),
    ("prefix,country,market\n1234567890,BR,Brazil\n", "line 2, column 1: \"1234567890\" is not a calling code"),
    ("prefix,country,market\n55,,Brazil\n", "line 2, column 2: no country"),
    ("prefix,country,market\n55,BR,\n", "line 2, column 3: no market"),
    ("prefix,country,market,from\n55,BR,Brazil,now\n", "line 2, column 4: \"now\" is not a day"),
    (
      "prefix,country,market,from,to\n55,BR,Brazil,2026-01-01,2026-01-01\n",
      "line 2, column 5: the row ends on 2026-01-01 and begins on 2026-01-01"
    ),
    ("prefix,country,market\n55,BR,Brazil\n55,BR,Other\n", "line 3: +55 is Brazil in line 2 at the same time"),
    (
      "prefix,country,market,from,to\n55,BR,Brazil,,2026-02-01\n55,BR,Other,2026-01-31,\n",
      "line 3: +55 is Brazil in line 2 at the same time"
    ),
  ]) func `what is wrong with a table is said with its line and column`(csv: String, message: String) {
    #expect {
      _ = try MarketsFile.parse(csv: Array(csv.utf8))
    } throws: {
      ($0 as? Refusal)?.message == message
    }
  }
}
