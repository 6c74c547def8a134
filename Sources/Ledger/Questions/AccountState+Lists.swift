extension AccountState {
  // MARK: Allowances and tiers

  func writeAllowances(
    _ question: Question, now: Timestamp, reference: Reference, to json: inout JSONWriter
  ) throws(Refusal) {
    var month = zone.month(of: now)
    if let parameter = question.parameter("month") {
      guard let asked = CalendarMonth(string: parameter.value) else {
        throw Question.bad(parameter, "give a month such as 2026-10")
      }
      month = asked
    }
    json.key("month")
    json.month(month)
    json.key("numbers")
    json.beginArray()
    for number in allNumbers() {
      let used = allowances.used(number, month)
      json.beginObject()
      json.key("number")
      json.name(number, in: names)
      json.count("used", Int(used))
      json.count("left", Int(Allowances.limit) - min(Int(used), Int(Allowances.limit)))
      json.count("limit", Int(Allowances.limit))
      json.endObject()
    }
    json.endArray()
    json.key("wabas")
    json.beginArray()
    json.endArray()
    writeTiers(month, now: now, reference: reference, to: &json)
  }

  /// The numbers added and those that messages named, by bytes.
  private func allNumbers() -> [NameID] {
    var all = Set(numbers.map(\.number))
    for index in 0..<pairs.count { all.insert(pairs.number(of: PairID(rawValue: UInt32(index)))) }
    return all.sorted { names.isOrdered($0, before: $1) }
  }

  /// The counted pairs of market and category, with the tier that the next message falls in (RULES.md 48).
  private func writeTiers(_ month: CalendarMonth, now: Timestamp, reference: Reference, to json: inout JSONWriter) {
    let keys = tiers.keys.filter { $0.month == month.rawValue }
    let sorted = keys.sorted { left, right in
      left.market == right.market
        ? reference.names.isOrdered(left.category, before: right.category)
        : reference.names.isOrdered(left.market, before: right.market)
    }
    json.key("tiers")
    json.beginArray()
    for key in sorted {
      json.beginObject()
      json.key("market")
      json.name(key.market, in: reference.names)
      json.key("category")
      json.name(key.category, in: reference.names)
      json.key("month")
      json.month(month)
      json.count("count", Int(tiers.count(of: key)))
      writeTier(of: key, now: now, reference: reference, to: &json)
      json.key("reported")
      if let report = tiers.reports(of: key).last(where: { $0.at <= now }) {
        json.beginObject()
        json.count("lower", Int(report.lower))
        json.key("upper")
        json.bound(report.upper)
        json.key("at")
        json.instant(report.at)
        json.endObject()
      } else {
        json.null()
      }
      json.endObject()
    }
    json.endArray()
  }

  private func writeTier(
    of key: TierCounters.Key, now: Timestamp, reference: Reference, to json: inout JSONWriter
  ) {
    let day = min(zone.day(of: now), CalendarMonth(rawValue: key.month).next.firstDay.advanced(days: -1))
    let rate = reference.cards.index(currency: currency, unit: .message, on: day).flatMap {
      reference.cards.cards[$0].rate(market: key.market, category: key.category)
    }
    let ordinal = tiers.ordinal(key, at: now)
    let bounds = RateCard.bounds(rate?.tiers ?? [], at: rate?.tiers.firstIndex { $0.upper >= ordinal })
    json.key("lower")
    json.bound(bounds.lower)
    json.key("upper")
    json.bound(bounds.upper)
  }

  // MARK: What could not be priced, and where Meta and the ledger disagree

  func writeUnrated(limit: Int, to json: inout JSONWriter) {
    json.count("count", unrated.count)
    json.key("lines")
    json.beginArray()
    for index in unrated.places.prefix(limit) {
      let message = messages[index]
      guard let reason = message.rating.unratedReason, let moment = message.deliveredAt else { continue }
      json.beginObject()
      json.key("message")
      json.messageID(of: message.sequence)
      json.key("reason")
      json.string(bytes: Array(reason.name.description.utf8))
      json.key("at")
      json.instant(moment)
      json.endObject()
    }
    json.endArray()
  }

  func writeDifferences(limit: Int, reference: Reference, to json: inout JSONWriter) {
    json.key("lines")
    json.beginArray()
    var left = limit
    for index in 0..<UInt32(messages.count) where left > 0 {
      let message = messages[index]
      for difference in differences(message, reference: reference) where left > 0 {
        left -= 1
        json.beginObject()
        json.key("message")
        json.messageID(of: message.sequence)
        json.key("kind")
        json.string(difference.kind)
        json.key("meta")
        json.string(difference.meta)
        json.key("derived")
        json.string(difference.derived)
        json.key("at")
        json.instant(difference.at)
        json.endObject()
      }
    }
    json.endArray()
  }

  private func differences(
    _ message: Message, reference: Reference
  ) -> [(kind: String, meta: String, derived: String, at: Timestamp)] {
    guard let deliveredAt = message.deliveredAt else { return [] }
    var found: [(kind: String, meta: String, derived: String, at: Timestamp)] = []
    let rating = message.rating
    if message.failedAfterDelivery {
      found.append(("failed_after_delivered", "failed", "delivered", message.failedAt ?? deliveredAt))
    }
    let word = message.word
    let saysPrice = word.kind != .unsaid || word.billable != nil || word.isExempt || word.saysEntryPoint
    if saysPrice, rating.derivedOutcome != .pending {
      let metaCharges = rating.outcome == .charged || rating.outcome == .unrated
      let derivedReason = FreeReason(rawValue: rating.derivedReason).map { $0.name.description } ?? ""
      if metaCharges, rating.derivedOutcome == .free, rating.unratedReason != .regime {
        found.append(("charged_but_free", "charged", "free \(derivedReason)", deliveredAt))
      } else if rating.outcome == .free, rating.derivedOutcome == .charged {
        let reason = rating.freeReason.map { $0.name.description } ?? ""
        found.append(("free_but_charged", "free \(reason)", "charged", deliveredAt))
      }
    }
    if !word.category.isNone, !rating.derivedCategory.isNone, word.category != rating.derivedCategory,
      word.category != Category.referralConversion
    {
      found.append(
        (
          "category", reference.names.string(word.category), reference.names.string(rating.derivedCategory), deliveredAt
        ))
    }
    return found
  }
}

extension JSONWriter {
  /// A tier's bound: a number, or `"MAX"`.
  mutating func bound(_ value: UInt64) { if value == .max { string("MAX") } else { number(value) } }
}

extension RateCard {
  /// The inclusive bounds of a tier; `0` to `MAX` for an untiered rate.
  static func bounds(_ tiers: [Tier], at index: Int?) -> (lower: UInt64, upper: UInt64) {
    guard let index, index < tiers.count else { return (0, .max) }
    return (index == 0 ? 0 : tiers[index - 1].upper + 1, tiers[index].upper)
  }
}
