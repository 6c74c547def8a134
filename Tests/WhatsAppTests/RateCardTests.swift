import Ledger
import Testing
import WhatsApp

struct RateCardTests {
  private func parse(
    _ csv: String, name: String = "usd-2026-10-01.csv", options: RateCardFile.Options = .init()
  ) throws -> [ImportedEvent] { try RateCardFile.parse(csv: Array(csv.utf8), fileName: name, options: options) }

  private func refusal(_ csv: String, name: String = "usd-2026-10-01.csv", options: RateCardFile.Options = .init())
    -> String?
  {
    do {
      _ = try parse(csv, name: name, options: options)
      return nil
    } catch { return (error as? Refusal)?.message }
  }

  private func price(_ event: JSON, _ market: String, _ category: String) -> String? {
    event["data"]?["rates"]?.elements.first {
      $0["market"]?.string == market && $0["category"]?.string == category
    }?["price"]?.string
  }

  /// Every complete card: its currency, day, unit, count of prices, and a price to look at.
  @Test(arguments: [
    ("cop-2026-07-01", "COP", "2026-07-01", "message", 38, 123, "Brazil marketing 230.1133"),
    ("cop-2026-10-01", "COP", "2026-10-01", "message", 47, 206, "Bangladesh authentication_international 353.4542"),
    ("eur-2026-07-01", "EUR", "2026-07-01", "message", 38, 123, "Brazil utility 0.0056"),
    ("inr-2025-10-01", "INR", "2025-10-01", "message", 32, 105, "Argentina marketing 4.5293"),
    ("usd-2023-06-01-conversations", "USD", "2023-06-01", "conversation", 32, 127, "India service 0.004"),
    ("usd-2024-07-01-conversations", "USD", "2024-07-01", "conversation", 32, 130, "Argentina utility 0.0408"),
    ("usd-2024-10-01-conversations", "USD", "2024-10-01", "conversation", 32, 130, "Brazil utility 0.008"),
    ("usd-2024-11-01-conversations", "USD", "2024-11-01", "conversation", 32, 130, "Brazil service 0"),
    ("usd-2025-02-01-conversations", "USD", "2025-02-01", "conversation", 32, 137, "Chile authentication 0.0527"),
    ("usd-2025-10-01", "USD", "2025-10-01", "message", 32, 137, "Argentina service 0"),
    ("usd-2026-01-01", "USD", "2026-01-01", "message", 32, 137, "Brazil marketing 0.0625"),
    ("usd-2026-04-01", "USD", "2026-04-01", "message", 32, 137, "Chile utility 0.02"),
    ("usd-2026-07-01", "USD", "2026-07-01", "message", 38, 123, "Saudi Arabia authentication_international 0.0598"),
    ("usd-2026-10-01", "USD", "2026-10-01", "message", 47, 206, "Ukraine authentication_international 0.0746"),
  ]) func `a complete card becomes one event with all its prices`(
    name: String, currency: String, day: String, unit: String, markets: Int, prices: Int, spot: String
  ) throws {
    let csv = try Fixtures.bytes("rate-cards/\(name).csv")
    let events = try RateCardFile.parse(csv: csv, fileName: "\(name).csv")
    #expect(events.count == 1)
    let event = try #require(events.first)
    #expect(event.warnings.isEmpty)
    #expect(isAdmitted(event.bytes))
    let json = try event.json
    let data = try #require(json["data"])
    #expect(json["type"]?.string == "waybill.rate_card.published")
    #expect(json["subject"] == nil)
    #expect(json["time"]?.string == "\(day)T00:00:00Z")
    #expect(data["card"]?.string == name)
    #expect(data["currency"]?.string == currency)
    #expect(data["unit"]?.string == unit)
    #expect(data["effective_from"]?.string == day)
    let rates = try #require(data["rates"]?.elements)
    #expect(Set(rates.map { $0["market"]?.string }).count == markets)
    #expect(rates.count == prices)
    #expect(rates.count == Self.filledCells(csv))
    let words = spot.split(separator: " ").map(String.init)
    #expect(price(json, words.dropLast(2).joined(separator: " "), words[words.count - 2]) == words.last)
    #expect(try RateCardFile.parse(csv: csv, fileName: "\(name).csv").map(\.bytes) == events.map(\.bytes))
  }

  /// Counted without the parser: cells behind the currency that are not empty.
  private static func filledCells(_ csv: [UInt8]) -> Int {
    String(decoding: csv, as: UTF8.self).split(separator: "\n").dropFirst()
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).dropFirst(2).count { !$0.isEmpty } }
      .reduce(0, +)
  }

  @Test func `an empty cell is no price and zero is a price`() throws {
    let event = try #require(
      try parse("market,currency,marketing,utility,service\nIndia,USD,,0,n/a\nOther,USD,0.1,-,0.000001\n").first)
    let json = try event.json
    #expect(price(json, "India", "marketing") == nil)
    #expect(price(json, "India", "utility") == "0")
    #expect(price(json, "India", "service") == nil)
    #expect(price(json, "Other", "utility") == nil)
    #expect(price(json, "Other", "service") == "0.000001")
  }

  @Test func `Meta's own layout is read, title, notes, quotes and spellings included`() throws {
    let csv =
      "\u{FEFF}WhatsApp Business Platform,,,,\r\n\"Rates, effective October 1, 2026\r\nsubject to terms\"\r\n\r\n"
      + "Market,Currency,Marketing,Utility,Authentication,Authentication-International,Service\r\n"
      + "\"Saudi Arabia\",$US,$0.0576,0.0107,0.0107,0.0598,n/a\r\n"
      + "Rest of \"Africa\" ,$US,\"1,234.5000\",N/A, 0.004 ,n/a,0.0040000000\r\nOther,$US,0.1,,,,\r\n"
      + "* Prices exclude taxes, duties and the like.\r\n"
    let json = try #require(try parse(csv, name: "Meta card 2026-10-01.csv").first).json
    #expect(json["data"]?["currency"]?.string == "USD")
    #expect(json["data"]?["card"]?.string == "Meta card 2026-10-01")
    #expect(price(json, "Saudi Arabia", "marketing") == "0.0576")
    #expect(price(json, "Saudi Arabia", "authentication_international") == "0.0598")
    #expect(price(json, "Saudi Arabia", "service") == nil)
    #expect(price(json, "Rest of \"Africa\"", "marketing") == "1234.5")
    #expect(price(json, "Rest of \"Africa\"", "service") == "0.004")
    #expect(json["data"]?["rates"]?.elements.count == 8)
  }

  @Test(arguments: [
    ("$US", "USD"), ("US$", "USD"), ("A$", "AUD"), ("£", "GBP"), ("GBD", "GBP"), ("₹", "INR"), ("RP", "IDR"),
    ("Rp", "IDR"), ("€", "EUR"), ("usd", "USD"), ("BRL", "BRL"), ("R$", "BRL"),
  ]) func `currencies are read as Meta spells them`(spelling: String, code: String) throws {
    let events = try parse("market,currency,utility\nOther,\(spelling),1\n")
    #expect(try events.first?.json["data"]?["currency"]?.string == code)
  }

  @Test func `each currency and day of a file is a card of its own`() throws {
    let events = try RateCardFile.parse(
      csv: try Fixtures.bytes("rate-cards/single-rows.csv"), fileName: "single-rows.csv")
    #expect(events.count == 8)
    #expect(events.allSatisfy { !$0.warnings.isEmpty && isAdmitted($0.bytes) })
    let cards = try events.map { try $0.json["data"]?["card"]?.string }
    #expect(cards[0] == "single-rows-inr-2026-01-01")
    #expect(Set(cards).count == 8)
    let rupees = try events[1].json
    #expect(price(rupees, "India", "authentication") == "0.115")
    #expect(price(rupees, "India", "authentication_international") == "2.4971")
  }

  @Test func `options win over the file's name, and a card without a day is refused`() throws {
    let csv = "market,marketing\nOther,0.1\n"
    let options = RateCardFile.Options(card: "own", currency: "EUR", effectiveFrom: "2022-02-01", unit: .message)
    let json = try #require(try parse(csv, name: "x-2026-10-01-conversations.csv", options: options).first).json
    #expect(json["data"]?["card"]?.string == "own")
    #expect(json["data"]?["currency"]?.string == "EUR")
    #expect(json["data"]?["effective_from"]?.string == "2022-02-01")
    #expect(json["data"]?["unit"]?.string == "message")
    let old = try #require(try parse(csv, name: "x-2023-06-01.csv", options: .init(currency: "EUR")).first).json
    #expect(old["data"]?["unit"]?.string == "conversation")
    #expect(refusal(csv, name: "x.csv", options: .init(currency: "EUR"))?.contains("from which day") == true)
    #expect(refusal(csv, name: "x-2026-13-01.csv", options: .init(currency: "EUR"))?.contains("from which day") == true)
    #expect(refusal(csv)?.contains("line 2 names no currency") == true)
    #expect(refusal(csv, options: .init(currency: "EUR", effectiveFrom: "soon")) == "\"soon\" is not a day")
  }

  @Test(arguments: [
    ("market,currency,utility\nOther,USD,0.0068x\n", "line 2, column 3: \"0.0068x\" is not a price"),
    ("market,currency,utility\nOther,USD,0.1\nIndia,USD,\"0,0068\"\n", "line 3, column 3: \"0,0068\" is not a price"),
    ("market,currency,utility\nOther,USD,0.1234567\n", "line 2, column 3: \"0.1234567\" is not a price"),
    ("market,currency,utility\nOther,USD,x0.1\n", "line 2, column 3: \"x0.1\" is not a price"),
    ("market,currency,utility\nOther,USD,-1\n", "line 2, column 3: \"-1\" is not a price"),
    ("market,currency,utility\nOther,USD,1e-3\n", "line 2, column 3: \"1e-3\" is not a price"),
    ("market,currency,utility\nOther,USD,1234567\n1,2,3,4", "line 2, column 3: \"1234567\" is not a price"),
    ("market,currency,utility\nOther,dollars,1\n", "line 2, column 2: \"dollars\" is not a currency"),
    ("market,currency,utility\nOther,XXY,1\n", "/data/currency is \"XXY\""),
    ("market,currency,utility\n,USD,1\n", "line 2, column 1: no market"),
    ("market,currency,utility\nOther,USD,1\nOther,USD,2\n", "line 3: Other utility was priced in line 2"),
    ("market,currency,utility,Utility\nOther,USD,1,2\n", "line 1, column 4: a second column utility"),
    ("market,currency,utility\nOther,USD,\n", "there is no price in the file"),
    ("market,currency,utility\nOther,USD,\"1\n", "line 2: a quote is not closed"),
    ("market,currency,utility,effective_from\nOther,USD,1,tomorrow\n", "line 2, column 4: \"tomorrow\" is not a day"),
  ]) func `what is wrong is said with its line and column`(csv: String, message: String) {
    #expect(refusal(csv) == message)
  }

  @Test(arguments: [
    ("usd-2022-reseller-business-user-initiated.csv", "no line names the columns market and one of"),
    ("volume-tiers-partial.csv", "these are volume tiers"),
  ]) func `files that are no card are refused in words`(file: String, message: String) throws {
    let csv = String(decoding: try Fixtures.bytes("rate-cards/\(file)"), as: UTF8.self)
    #expect(refusal(csv, name: file)?.hasPrefix(message) == true)
  }

  @Test func `a partial card says that it is one`() throws {
    let events = try RateCardFile.parse(
      csv: try Fixtures.bytes("rate-cards/usd-2025-07-01-partial.csv"), fileName: "usd-2025-07-01-partial.csv")
    #expect(events.count == 1)
    #expect(events.first?.warnings.count == 1)
    #expect(try events.first?.json["data"]?["rates"]?.elements.count == 36)
  }

  @Test func `volume tiers join the prices they belong to, and incomplete ones are left out`() throws {
    let tiers = try Fixtures.bytes("rate-cards/volume-tiers-partial.csv")
    let event = try #require(
      try RateCardFile.parse(
        csv: try Fixtures.bytes("rate-cards/usd-2026-07-01.csv"), fileName: "usd-2026-07-01.csv", tiers: tiers
      ).first)
    let rates = try #require(try event.json["data"]?["rates"]?.elements)
    let tiered = rates.filter { $0["tiers"] != nil }
    #expect(tiered.map { $0["market"]?.string } == ["Saudi Arabia", "United Arab Emirates"])
    let expected = try JSON(
      parsing: Array(
        (#"[{"upper":100000,"price":"0.0107"},{"upper":1000000,"price":"0.0102"},{"upper":4500000,"price":"0.0096"},"#
          + #"{"upper":40000000,"price":"0.0091"},{"upper":80000000,"price":"0.0086"},{"upper":"MAX","price":"0.008"}]"#)
          .utf8))
    #expect(tiered.first?["tiers"] == expected)
    #expect(isAdmitted(event.bytes))
    #expect(event.warnings.contains { $0.hasPrefix("the tiers of Saudi Arabia authentication (from line 14)") })
    #expect(event.warnings.contains { $0.hasPrefix("the tiers of Rest of Central & Eastern Europe utility") })
  }
}
