extension Sheet {
  /// `GET /v1/accounts/{a}/charges/{message}`: why a message cost what it cost, down to the events.
  public static func explain(_ answer: JSONValue) -> Sheet {
    // A group message has one charge for each participant.
    guard let charges = answer["charges"]?.elements, charges.count > 1 else {
      return Sheet(sections(ofCharge: answer["charges"]?.elements.first ?? answer, in: answer))
    }
    return Sheet(charges.flatMap { sections(ofCharge: $0, in: answer) })
  }

  private static func sections(ofCharge charge: JSONValue, in answer: JSONValue) -> [Section] {
    var facts = Facts(
      charge,
      [
        .init("message", "message"), .init("participant", "participant", always: false),
        .init("outcome", "outcome", .state), .init("reason", "because", always: false),
      ])
    if let amount = charge["amount"]?.string {
      let currency = (charge["currency"] ?? answer["currency"])?.string
      facts.add("amount", Cell(currency.map { "\(amount) \($0)" } ?? amount, raw: amount, tone: .strong))
    }
    facts.add(market: charge["market"])
    for (label, name) in [("regime since", "regime"), ("category", "category"), ("tier", "tier")] {
      if let value = charge[name], !value.isNull { facts.add(label, Cell(value, .text), name: name) }
    }
    if let ordinal = charge["ordinal"], !ordinal.isNull {
      let text = "number \(ordinal["n"]?.plain ?? "?") of \(ordinal["of"]?.plain.replacing("_", with: " ") ?? "?")"
      facts.add("counted as", Cell(text, raw: ordinal["n"]?.plain), name: "ordinal")
    }
    if let card = charge["card"], !card.isNull {
      let text = "\(card["card"]?.plain ?? "?") says \(card["price"]?.plain ?? "?"), published at sequence"
      facts.add("rate card", Cell("\(text) \(card["sequence"]?.plain ?? "?")", raw: card["card"]?.plain), name: "card")
    }
    for (label, name) in [
      ("markup", "markup"), ("window", "window"), ("Meta says", "meta"), ("own rules say", "derived"),
    ] {
      if let value = charge[name], !value.readable.isEmpty {
        facts.add(label, Cell(value.readable, raw: value.json), name: name)
      }
    }
    return [.facts(nil, facts), burned(charge), events((charge["events"] ?? answer["events"])?.elements ?? [])]
  }

  private static func burned(_ charge: JSONValue) -> Section {
    let table = Table(
      charge["burned"]?.elements ?? [], [.init("credit", "credit"), .init("amount", "amount", .money)])
    return .table("Paid from", table, whenEmpty: "")
  }

  private static func events(_ events: [JSONValue]) -> Section {
    let table = Table(
      events,
      [.init("sequence", "sequence", .count), .init("time", "time", .instant), .init("type", "event")])
    return .table("Events", table, whenEmpty: "")
  }
}

extension Facts {
  fileprivate mutating func add(market: JSONValue?) {
    guard let market, !market.isNull else { return }
    guard let name = market["name"]?.string else { return add("market", Cell(market, .text)) }
    let prefix = market["prefix"]?.string.map { " (by prefix \($0))" } ?? ""
    add("market", Cell(name + prefix, raw: name))
  }
}
