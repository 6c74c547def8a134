import JSONTape

extension AccountState {
  /// Why a message cost what it cost: every event, window, rule, card row and credit behind it.
  func writeExplanation(
    of message: String, now: Timestamp, reference: Reference, events: [RelatedEvent], to json: inout JSONWriter
  ) throws(Refusal) {
    guard let base = messages.find(Fingerprint128(string: message)) else {
      throw Refusal(
        .unknownMessage, status: 404, "message \(message.prefix(80)) is not known at that moment",
        remedy: "check the id: waybill log --account NAME shows the messages")
    }
    json.key("message")
    json.string(message)
    if messages[record: base].flags.contains(.group) {
      writeTotals(ofGroup: base, reference: reference, to: &json)
    } else {
      writeRating(base, now: now, reference: reference, to: &json)
    }
    json.key("events")
    json.beginArray()
    for event in events {
      json.beginObject()
      json.key("sequence")
      json.sequence(event.sequence)
      json.key("type")
      json.string(event.type.name)
      json.key("time")
      json.instant(event.time)
      json.endObject()
    }
    json.endArray()
  }

  /// A group message: the sum, and each participant's own explanation.
  private func writeTotals(ofGroup base: UInt32, reference: Reference, to json: inout JSONWriter) {
    let participants = messages.participants(of: base).reversed()
    json.key("outcome")
    json.string("group")
    json.key("amount")
    json.money(participants.reduce(MicrosTotal.zero) { $0 + MicrosTotal(messages[$1].rating.amount) })
    json.key("participants")
    json.beginArray()
    for index in participants {
      json.beginObject()
      json.key("contact")
      contacts.write(messages[index].participant, to: &json)
      writeRating(index, now: .latest, reference: reference, to: &json)
      json.endObject()
    }
    json.endArray()
  }

  private func outcome(of message: Message, now: Timestamp) -> StaticString {
    switch message.rating.outcome {
    case .charged: return "charged"
    case .free: return "free"
    case .unrated: return "unrated"
    case .pending:
      if message.failedAt != nil { return "failed" }
      if message.hold.isZero { return "pending" }
      return (message.announcedAt ?? now) > holdLimit(at: now) ? "held" : "released"
    }
  }

  private func writeRating(_ index: UInt32, now: Timestamp, reference: Reference, to json: inout JSONWriter) {
    let message = messages[index]
    let rating = message.rating
    json.key("outcome")
    json.string("\(outcome(of: message, now: now))")
    json.key("reason")
    if let reason = rating.freeReason?.name ?? rating.unratedReason?.name { json.string("\(reason)") } else { json.null() }
    json.key("amount")
    json.money(rating.amount)
    json.key("held")
    json.money(message.hold)
    json.key("charged_at")
    json.instant(message.deliveredAt)
    writeMarket(rating, reference: reference, to: &json)
    json.key("regime")
    if let regime = rating.regime.name { json.string("\(regime)") } else { json.null() }
    json.key("category")
    json.name(shownCategory(of: message), in: reference.names)
    writeMeta(message.word, reference: reference, to: &json)
    writeDerived(rating, reference: reference, to: &json)
    writeWindow(message, to: &json)
    writeOrdinal(rating, to: &json)
    writePrice(rating, at: message.deliveredAt, reference: reference, to: &json)
    json.key("corrections")
    json.money(rating.corrections)
    json.key("burned")
    funds.writeBurned(by: ChargeOwner(rawValue: index), names: names, to: &json)
  }

  private func writeMarket(_ rating: Rating, reference: Reference, to json: inout JSONWriter) {
    json.key("market")
    guard !rating.market.isNone else { return json.null() }
    json.beginObject()
    json.key("name")
    json.name(rating.market, in: reference.names)
    json.key("prefix")
    if rating.prefixDigits == 0 {
      json.null()
    } else {
      var digits: [UInt8] = []
      digits.appendPadded(Int(rating.prefix), width: Int(rating.prefixDigits))
      json.string(bytes: digits)
    }
    json.endObject()
  }

  private func writeMeta(_ word: MetaWord, reference: Reference, to json: inout JSONWriter) {
    json.key("meta")
    guard word.isSaid || !word.origin.isNone else { return json.null() }
    json.beginObject()
    json.key("billable")
    if let billable = word.billable { json.bool(billable) } else { json.null() }
    json.key("model")
    switch word.model {
    case .unsaid: json.null()
    case .conversation: json.string("CBP")
    case .perMessage: json.string("PMP")
    }
    json.key("type")
    switch word.kind {
    case .unsaid: json.null()
    case .regular: json.string("regular")
    case .freeCustomerService: json.string("free_customer_service")
    case .freeEntryPoint: json.string("free_entry_point")
    }
    json.key("category")
    json.name(word.category, in: reference.names)
    json.key("subtype")
    if word.isExempt { json.string("paid_exempt") } else { json.null() }
    json.key("origin")
    json.name(word.origin, in: reference.names)
    json.endObject()
  }

  private func writeDerived(_ rating: Rating, reference: Reference, to json: inout JSONWriter) {
    json.key("derived")
    guard rating.derivedOutcome != .pending else { return json.null() }
    json.beginObject()
    json.key("outcome")
    json.string(rating.derivedOutcome == .free ? "free" : "charged")
    json.key("reason")
    if rating.derivedOutcome == .free, let reason = FreeReason(rawValue: rating.derivedReason) {
      json.string("\(reason.name)")
    } else {
      json.null()
    }
    json.key("category")
    json.name(rating.derivedCategory, in: reference.names)
    json.endObject()
  }

  private func writeWindow(_ message: Message, to json: inout JSONWriter) {
    json.key("window")
    guard let moment = message.deliveredAt else { return json.null() }
    let entryPoint = windows.entryPoint(message.pair, at: moment)?.stretch
    guard let stretch = entryPoint ?? windows.serviceWindow(message.pair, at: moment) else { return json.null() }
    json.beginObject()
    json.key("kind")
    json.string(entryPoint == nil ? "customer_service" : "free_entry_point")
    json.key("opens_at")
    json.instant(stretch.opensAt)
    json.key("closes_at")
    json.instant(stretch.closesAt)
    json.endObject()
  }

  private func writeOrdinal(_ rating: Rating, to json: inout JSONWriter) {
    json.key("ordinal")
    guard rating.allowanceOrdinal > 0 || rating.tierOrdinal > 0 else { return json.null() }
    json.beginObject()
    json.key("of")
    json.string(rating.allowanceOrdinal > 0 ? "allowance" : "tier")
    json.key("n")
    json.number(rating.allowanceOrdinal > 0 ? UInt64(rating.allowanceOrdinal) : rating.tierOrdinal)
    json.endObject()
  }

  private func writePrice(_ rating: Rating, at moment: Timestamp?, reference: Reference, to json: inout JSONWriter) {
    guard rating.card >= 0, let moment else {
      json.key("tier")
      json.null()
      json.key("card")
      json.null()
      json.key("markup")
      return json.null()
    }
    let card = reference.cards.cards[Int(rating.card)]
    let tiers = card.rate(market: rating.market, category: rating.category)?.tiers ?? []
    let bounds = RateCard.bounds(tiers, at: rating.tier < 0 ? nil : Int(rating.tier))
    json.key("tier")
    json.string("\(bounds.lower):\(bounds.upper == .max ? "MAX" : String(bounds.upper))")
    json.key("card")
    json.beginObject()
    json.key("card")
    json.name(card.name, in: reference.names)
    json.key("sequence")
    json.sequence(card.sequence)
    json.key("effective_from")
    json.day(card.effectiveFrom)
    json.key("price")
    json.money(rating.listPrice)
    json.endObject()
    json.key("markup")
    guard let markup = settings.markup(on: zone.day(of: moment)) else { return json.null() }
    json.beginObject()
    json.key("percent")
    json.money(markup.percent)
    json.key("per_message")
    json.money(markup.perMessage)
    json.key("from")
    json.day(markup.from)
    json.endObject()
  }
}

extension Fingerprint128 {
  init(string: String) {
    var string = string
    self = string.withUTF8 { unsafe Fingerprint128(Text(buffer: $0)) }
  }
}
