import Testing

@testable import Ledger

/// The tables of facts/whatsapp-pricing.md, sections 4 and 9, on both sides of each midnight in several zones. Prices are
/// Brazil's on the cards `usd-2025-10-01` and `usd-2026-10-01`: marketing 0.0625, utility and authentication 0.0068,
/// service 0.0068 from 2026-10-01.
@Suite struct PriceTableTests {
  enum Window: CaseIterable { case closed, service, entryPoint }

  struct Row: Sendable {
    var kind: String
    var category: String
    /// Amount, or the reason why free; by window.
    var closed: String
    var service: String
    var entryPoint: String

    func expected(_ window: Window) -> String {
      switch window {
      case .closed: closed
      case .service: service
      case .entryPoint: entryPoint
      }
    }
  }

  static let from2025 = [
    Row(kind: "template", category: "marketing", closed: "0.0625", service: "0.0625", entryPoint: "entry_point"),
    Row(kind: "template", category: "authentication", closed: "0.0068", service: "0.0068", entryPoint: "entry_point"),
    Row(kind: "template", category: "utility", closed: "0.0068", service: "window", entryPoint: "entry_point"),
    Row(kind: "text", category: "service", closed: "window", service: "window", entryPoint: "entry_point"),
  ]
  static let from2026 = [
    Row(kind: "template", category: "marketing", closed: "0.0625", service: "0.0625", entryPoint: "entry_point"),
    Row(kind: "template", category: "authentication", closed: "0.0068", service: "0.0068", entryPoint: "entry_point"),
    Row(kind: "template", category: "utility", closed: "0.0068", service: "0.0068", entryPoint: "entry_point"),
    Row(kind: "text", category: "service", closed: "allowance", service: "allowance", entryPoint: "entry_point"),
  ]

  struct Midnight: Sendable {
    var zone: String
    var before: String
    var after: String
  }

  /// 2026-10-01T00:00 of each zone, and the last second before it.
  static let midnights2026 = [
    Midnight(zone: "America/Sao_Paulo", before: "2026-10-01T02:59:59Z", after: "2026-10-01T03:00:00Z"),
    Midnight(zone: "Asia/Kolkata", before: "2026-09-30T18:29:59Z", after: "2026-09-30T18:30:00Z"),
    Midnight(zone: "America/New_York", before: "2026-10-01T03:59:59Z", after: "2026-10-01T04:00:00Z"),
    Midnight(zone: "Pacific/Apia", before: "2026-09-30T10:59:59Z", after: "2026-09-30T11:00:00Z"),
  ]

  /// 2025-07-01T00:00 of each zone, and the last second before it, when no per-message regime holds.
  static let midnights2025 = [
    Midnight(zone: "America/Sao_Paulo", before: "2025-07-01T02:59:59Z", after: "2025-07-01T03:00:00Z"),
    Midnight(zone: "Asia/Kolkata", before: "2025-06-30T18:29:59Z", after: "2025-06-30T18:30:00Z"),
    Midnight(zone: "America/New_York", before: "2025-07-01T03:59:59Z", after: "2025-07-01T04:00:00Z"),
  ]

  @Test(arguments: midnights2026)
  func `in-window utility and service are charged from the account's own midnight`(midnight: Midnight) throws {
    for window in Window.allCases {
      for row in Self.from2025 { try check(row, window, at: midnight.before, in: midnight.zone) }
      for row in Self.from2026 { try check(row, window, at: midnight.after, in: midnight.zone) }
    }
  }

  @Test(arguments: midnights2025)
  func `the per-message regime begins at the account's own midnight`(midnight: Midnight) throws {
    for window in Window.allCases {
      for row in Self.from2025 {
        let unrated = Row(kind: row.kind, category: row.category, closed: "regime", service: "regime", entryPoint: "regime")
        try check(unrated, window, at: midnight.before, in: midnight.zone)
        try check(row, window, at: midnight.after, in: midnight.zone)
      }
    }
  }

  private func check(_ row: Row, _ window: Window, at instant: String, in zone: String) throws {
    var ledger = try TestLedger.priced(zone: zone)
    let moment = try #require(Timestamp(string: instant))
    let hourBefore = moment.advanced(hours: -1).description
    if window != .closed {
      let referral = window == .entryPoint ? #","referral":{"source_type":"ad"}"# : ""
      try ledger.append(
        "message.received", at: hourBefore,
        #"{"message":"in","number":"n1","contact":{"phone":"5511987654321"},"kind":"text"\#(referral)}"#)
    }
    if window == .entryPoint {
      try ledger.append(
        "message.sent", at: hourBefore,
        #"{"message":"opener","number":"n1","contact":{"phone":"5511987654321"},"kind":"text"}"#)
    }
    let template = row.kind == "template" ? #","template":"t","category":"\#(row.category)""# : ""
    try ledger.append(
      "message.sent", at: instant,
      #"{"message":"m","number":"n1","contact":{"phone":"5511987654321"},"kind":"\#(row.kind)"\#(template)}"#)
    try ledger.append(
      "message.status", at: instant,
      #"{"message":"m","number":"n1","contact":{"phone":"5511987654321"},"status":"delivered"}"#)
    let outcome = try ledger.member("outcome", of: "charges/m")
    let figure = outcome == "charged" ? try ledger.member("amount", of: "charges/m") : try ledger.member("reason", of: "charges/m")
    #expect(figure == row.expected(window), "\(row.category) with window \(window) at \(instant) in \(zone)")
  }
}

extension TestLedger {
  /// An account with markets, the two cards and one number.
  static func priced(zone: String = "UTC") throws -> TestLedger {
    var ledger = TestLedger()
    try ledger.append(
      "markets.published", at: "2025-01-01T00:00:00Z", account: nil,
      #"{"markets":[{"prefix":"55","country":"BR","market":"Brazil"},{"prefix":"91","country":"IN","market":"India"}]}"#)
    try ledger.append(
      "rate_card.published", at: "2025-01-01T00:00:00Z", account: nil,
      #"{"card":"usd-2025-07-01","currency":"USD","unit":"message","effective_from":"2025-07-01","rates":[{"market":"Brazil","category":"marketing","price":"0.0625"},{"market":"Brazil","category":"utility","price":"0.0068"},{"market":"Brazil","category":"authentication","price":"0.0068"},{"market":"Brazil","category":"service","price":"0"}]}"#
    )
    try ledger.append(
      "rate_card.published", at: "2026-09-01T00:00:00Z", account: nil,
      #"{"card":"usd-2026-10-01","currency":"USD","unit":"message","effective_from":"2026-10-01","rates":[{"market":"Brazil","category":"marketing","price":"0.0625"},{"market":"Brazil","category":"utility","price":"0.0068"},{"market":"Brazil","category":"authentication","price":"0.0068"},{"market":"Brazil","category":"service","price":"0.0068"}]}"#
    )
    try ledger.append(
      "account.opened", at: "2025-01-01T00:00:00Z",
      #"{"name":"Acme","currency":"USD","time_zone":"\#(zone)"}"#)
    try ledger.append("number.added", at: "2025-01-01T00:00:00Z", #"{"number":"n1"}"#)
    try ledger.append(
      "payment.received", at: "2025-01-01T00:00:00Z", #"{"payment":"p1","amount":"10","currency":"USD"}"#)
    return ledger
  }
}
