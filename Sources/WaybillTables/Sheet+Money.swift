extension Sheet {
  /// `GET /v1/accounts`
  public static func accounts(_ answer: JSONValue) -> Sheet {
    let table = Table(
      answer["accounts"]?.elements ?? [],
      [
        .init("account", "account"), .init("name", "name"), .init("currency", "currency"),
        .init("time_zone", "time zone"), .init("balance", "balance", .money, always: false),
        .init("available", "available", .money, always: false), .init("numbers", "numbers", always: false),
      ])
    return Sheet([.table(nil, table, whenEmpty: "There are no accounts yet. Open one: waybill account open --help")])
  }

  /// `GET /v1/accounts/{a}/balance`
  public static func balance(_ answer: JSONValue) -> Sheet {
    let facts = Facts(
      answer,
      [
        .init("account", "account"), .init("currency", "currency"), .init("balance", "balance", .money),
        .init("held", "held", .money), .init("available", "available", .money),
        .init("credit_limit", "credit limit", .money), .init("overdraft", "overdraft", .money),
        .init("credits.paid", "credits, paid", .money), .init("credits.promotional", "credits, promotional", .money),
        .init("next_expiry.amount", "next to expire", .money), .init("next_expiry.at", "expires", .instant),
        .init("charged_total", "charged in all", .money), .init("payments_total", "paid in all", .money),
        .init("grants_total", "granted in all", .money), .init("unrated.count", "unrated messages"),
        .init("as_of", "as of", .instant), .init("sequence", "at sequence"),
      ])
    return Sheet([.facts(nil, facts)])
  }

  private static let chargeKeys = [
    "template", "category", "market", "day", "month", "number", "agent", "team", "label", "language",
  ]

  /// `GET /v1/accounts/{a}/charges`: one column for each key that the lines were grouped by.
  public static func charges(_ answer: JSONValue) -> Sheet {
    let lines = answer["lines"]?.elements ?? []
    let keys = (lines.first?.members.map(\.name) ?? []).filter(chargeKeys.contains)
    let table = counted(lines, keys: keys, total: answer["total"] ?? .null)
    guard !keys.isEmpty else {
      // Without `by` there are no lines: the total alone is the answer.
      let total = answer["total"] ?? .null
      return Sheet([.table(period(of: answer), counted([total], keys: [], total: nil), whenEmpty: "")])
    }
    return Sheet([.table(period(of: answer), table, whenEmpty: "Nothing was sent or charged in that period.")])
  }

  /// `GET /v1/accounts/{a}/usage`
  public static func usage(_ answer: JSONValue) -> Sheet {
    let lines = answer["lines"]?.elements ?? []
    let keys = (lines.first?.members.map(\.name) ?? ["day"]).filter(chargeKeys.contains)
    let table = counted(lines, keys: keys, total: answer["total"] ?? .null, isUsage: true)
    return Sheet([.table(period(of: answer), table, whenEmpty: "There was no traffic in that period.")])
  }

  /// Counts of messages by outcome, the free ones in a column for each reason that occurs.
  private static func counted(
    _ lines: [JSONValue], keys: [String], total: JSONValue?, isUsage: Bool = false
  ) -> Table {
    var fields = keys.map { Table.Field($0, $0) }
    if isUsage { fields += [.init("conversations", "conversations", .count), .init("received", "received", .count)] }
    fields += [
      .init("sent", "sent", .count), .init("delivered", "delivered", .count), .init("charged", "charged", .count),
    ]
    let reasons = (lines + (total.map { [$0] } ?? [])).flatMap { $0["free"]?.members.map(\.name) ?? [] }
    let known = ["window", "entry_point", "allowance", "conversation", "service", "exempt"]
    let others = Set(reasons).subtracting(known).sorted()
    for reason in known + others {
      // Reasons that did not occur are left out of an answer.
      let title = "free: \(reason.replacing("_", with: " "))"
      fields.append(.init("free.\(reason)", title, .count, always: reasons.contains(reason), absent: .number("0")))
    }
    fields += [.init("failed", "failed", .count), .init("unrated", "unrated", .count)]
    if !isUsage { fields.append(.init("held", "held", .money)) }
    fields.append(.init("amount", "amount", .money))
    return Table(lines, fields, total: total)
  }

  private static func period(of answer: JSONValue) -> String? {
    guard let from = answer["from"]?.string, let to = answer["to"]?.string else { return nil }
    let currency = answer["currency"]?.string.map { ", in \($0)" } ?? ""
    return "from \(from), before \(to)\(currency)"
  }

  /// `GET /v1/accounts/{a}/payments`
  public static func payments(_ answer: JSONValue) -> Sheet {
    let table = Table(
      answer["payments"]?.elements ?? [],
      [
        .init("time", "time", .instant), .init("payment", "payment"), .init("amount", "amount", .money),
        .init("refunded", "refunded", .money), .init("status", "status", .state), .init("method", "method"),
        .init("reference", "reference", always: false), .init("reason", "reason", always: false),
        .init("sequence", "sequence", .count),
      ])
    return Sheet([.table(nil, table, whenEmpty: "No payment is known. Record one: waybill pay ACCOUNT AMOUNT")])
  }

  /// `GET /v1/accounts/{a}/credits`
  public static func credits(_ answer: JSONValue) -> Sheet {
    let table = Table(
      answer["credits"]?.elements ?? [],
      [
        .init("id", "credit"), .init("kind", "kind"), .init("amount", "amount", .money),
        .init("remaining", "remaining", .money), .init("expires_at", "expires", .instant),
        .init("priority", "priority", .count), .init("promotional", "promotional"),
      ])
    return Sheet([.table(nil, table, whenEmpty: "There is no credit: nothing was paid or granted.")])
  }

  /// `GET /v1/accounts/{a}/allowances`
  public static func allowances(_ answer: JSONValue) -> Sheet {
    let free: [Table.Field] = [
      .init("used", "used", .count), .init("left", "left", .count), .init("limit", "limit", .count),
      .init("projected_crossing", "used up", .instant, always: false),
    ]
    let numbers = Table(answer["numbers"]?.elements ?? [], [.init("number", "number")] + free)
    let wabas = Table(answer["wabas"]?.elements ?? [], [.init("waba", "WABA")] + free)
    let tiers = Table(
      answer["tiers"]?.elements ?? [],
      [
        .init("market", "market"), .init("category", "category"), .init("month", "month"),
        .init("count", "count", .count), .init("lower", "from", .count), .init("upper", "to", .count),
        .init("reported", "reported by Meta"),
      ])
    let month = answer["month"]?.string ?? "this month"
    return Sheet([
      .table(
        "Free messages of \(month), by number", numbers, whenEmpty: "No number has used free messages in \(month)."),
      .table("Free conversations of \(month), by WABA", wabas, whenEmpty: ""),
      .table("Volume tiers of \(month)", tiers, whenEmpty: ""),
    ])
  }

  /// `GET /v1/accounts/{a}/unrated`
  public static func unrated(_ answer: JSONValue) -> Sheet {
    let table = Table(
      answer["lines"]?.elements ?? [],
      [
        .init("at", "at", .instant), .init("message", "message"), .init("reason", "lacks"),
        .init("market", "market", always: false), .init("category", "category", always: false),
      ])
    return Sheet([.table(nil, table, whenEmpty: "Every message has its price.")])
  }

  /// `GET /v1/accounts/{a}/differences`
  public static func differences(_ answer: JSONValue) -> Sheet {
    let table = Table(
      answer["lines"]?.elements ?? [],
      [
        .init("at", "at", .instant), .init("message", "message"), .init("kind", "difference"),
        .init("meta", "Meta says"), .init("derived", "the ledger says"),
      ])
    return Sheet([.table(nil, table, whenEmpty: "Meta and the ledger agree on every message.")])
  }

  /// `GET /v1/accounts/{a}/alerts`
  public static func alerts(_ answer: JSONValue) -> Sheet {
    let table = Table(
      answer["alerts"]?.elements ?? [],
      [
        .init("raised_at", "raised", .instant), .init("alert", "alert"), .init("threshold", "threshold", .money),
        .init("cleared_at", "cleared", .instant), .init("cause", "cause", .count),
        .init("sequence", "sequence", .count),
      ])
    return Sheet([.table(nil, table, whenEmpty: "No alert was raised.")])
  }
}
