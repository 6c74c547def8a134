/// From a delivered message to its charge (facts, section 13; RULES.md 6–20, 35–41).
extension AccountState {
  // MARK: Rating and its consequences

  /// Prices a delivered message by all that is known now, and posts the difference to what it cost before.
  mutating func rate(_ index: UInt32, sequence: SequenceNumber, reference: inout Reference) {
    guard let deliveredAt = messages[index].deliveredAt else { return }
    let old = messages[index].rating
    giveBackCounters(index, old, at: deliveredAt)
    var new = decide(messages[index], at: deliveredAt, reference: reference)
    new.corrections = old.corrections
    new.amount += old.corrections
    takeCounters(index, &new, old: old, at: deliveredAt)
    settle(index, old, new, at: deliveredAt, sequence: sequence)
  }

  /// Whether an event of an unrated message has brought the fact that it lacked. Only then it is decided anew
  /// (RULES.md 17): until then, what else has become known does not count.
  func hasWhatItLacked(_ message: Message, reference: Reference) -> Bool {
    switch message.rating.unratedReason {
    case .category: message.rating.category.isNone && category(of: message) != nil
    case .market: reference.markets.isPublished && contacts.phone(of: billedContact(message)) != nil
    case .regime, .card, nil: false
    }
  }

  /// Rates an unrated message, or its participants', if it has what it lacked.
  mutating func retry(_ index: UInt32, sequence: SequenceNumber, reference: inout Reference) {
    if hasWhatItLacked(messages[index], reference: reference) { rate(index, sequence: sequence, reference: &reference) }
    guard messages[index].flags.contains(.group) else { return }
    var next = messages[index].link
    while next != .max {
      if hasWhatItLacked(messages[next], reference: reference) { rate(next, sequence: sequence, reference: &reference) }
      next = messages[next].sibling
    }
  }

  private mutating func giveBackCounters(_ index: UInt32, _ rating: Rating, at moment: Timestamp) {
    let month = zone.month(of: moment)
    if rating.usesAllowance { allowances.giveBack(pairs.number(of: messages[index].pair), month) }
    if rating.tierOrdinal > 0 {
      tiers.discount(TierCounters.Key(market: rating.market, category: rating.category, month: month))
    }
  }

  /// Counts a rating where it counts. A place once given is kept (RULES.md 17).
  private mutating func takeCounters(_ index: UInt32, _ rating: inout Rating, old: Rating, at moment: Timestamp) {
    let month = zone.month(of: moment)
    if rating.usesAllowance {
      allowances.take(pairs.number(of: messages[index].pair), month)
      if old.usesAllowance { rating.allowanceOrdinal = old.allowanceOrdinal }
    }
    if rating.tierOrdinal > 0 {
      tiers.count(TierCounters.Key(market: rating.market, category: rating.category, month: month))
    }
  }

  private mutating func settle(
    _ index: UInt32, _ old: Rating, _ new: Rating, at moment: Timestamp, sequence: SequenceNumber
  ) {
    lastChange = sequence
    messages[index].rating = new
    if new.outcome == .unrated { unrated.insert(index) } else { unrated.remove(index) }
    if new.outcome == .charged { lastChargeDay = max(lastChargeDay, zone.day(of: moment)) }
    if old.category != new.category, !old.amount.isZero {
      funds.recategorise(old.amount, from: old.category, to: new.category, sequence: sequence)
    }
    post(index, new.amount - old.amount, category: new.category, at: moment, sequence: sequence)
  }

  /// Burns or gives back the difference of a charge.
  mutating func post(
    _ index: UInt32, _ difference: Micros, category: NameID, at moment: Timestamp, sequence: SequenceNumber
  ) {
    guard !difference.isZero else { return }
    if difference.isNegative {
      funds.giveBack(-difference, owner: ChargeOwner(rawValue: index), category: category, at: moment, sequence: sequence)
    } else {
      funds.burn(difference, owner: ChargeOwner(rawValue: index), category: category, at: moment, sequence: sequence)
    }
    creditAgent(index, difference)
  }

  /// Adds to what an agent's messages cost on the day of the charge.
  mutating func creditAgent(_ index: UInt32, _ amount: Micros) {
    guard !amount.isZero, !messages[index].agent.isNone, let moment = messages[index].deliveredAt else { return }
    let key = AgentDay(agent: messages[index].agent, day: zone.day(of: moment))
    agentDays[key, default: .zero] += amount
  }

  // MARK: Facts that arrive late

  /// A card re-rates what it now wins: charges of its currency and unit dated from its first day (RULES.md 17, 39).
  mutating func rateCardArrived(_ card: Int, sequence: SequenceNumber, reference: inout Reference) {
    let arrived = reference.cards.cards[card]
    guard arrived.currency == currency, arrived.unit == .message else { return }
    sweep(sequence: sequence, reference: &reference) { $0.unratedReason == .card || $0.lacksRowOfItsName }
    guard arrived.effectiveFrom <= lastChargeDay else { return }
    for index in 0..<UInt32(messages.count) where messages[index].rating.outcome == .charged {
      guard messages[index].rating.card != Int32(card), let moment = messages[index].deliveredAt else { continue }
      let day = zone.day(of: moment)
      guard reference.cards.index(currency: currency, unit: .message, on: day) == card else { continue }
      reprice(index, at: moment, sequence: sequence, reference: reference)
    }
  }

  /// The same decision at the price of the card that rules now.
  private mutating func reprice(
    _ index: UInt32, at moment: Timestamp, sequence: SequenceNumber, reference: Reference
  ) {
    let old = messages[index].rating
    var new = old
    new.outcome = .charged
    new.amount = .zero
    applyPrice(&new, at: moment, reference: reference)
    new.amount += old.corrections
    settle(index, old, new, at: moment, sequence: sequence)
  }

  mutating func marketsArrived(sequence: SequenceNumber, reference: inout Reference) {
    sweep(sequence: sequence, reference: &reference) { $0.unratedReason == .market }
  }

  /// Rates the unrated messages whose missing fact may have come, in the order they were first named. The others are left
  /// alone: what is known counts at the moment of rating, and theirs has not come (RULES.md 17, 36).
  private mutating func sweep(
    sequence: SequenceNumber, reference: inout Reference, where mayHaveCome: (Rating) -> Bool
  ) {
    guard !unrated.isEmpty else { return }
    for index in unrated.sorted() where mayHaveCome(messages[index].rating) {
      rate(index, sequence: sequence, reference: &reference)
    }
  }

  /// The phone of a contact known by user became known (RULES.md 16).
  mutating func phoneLearnt(of contact: ContactNumber, sequence: SequenceNumber, reference: inout Reference) {
    for index in unrated.sorted() where messages[index].rating.unratedReason == .market {
      if billedContact(messages[index]) == contact { rate(index, sequence: sequence, reference: &reference) }
    }
  }

  mutating func apply(_ correction: ChargeCorrected, sequence: SequenceNumber) {
    guard let name = correction.message, let index = messages.find(Fingerprint128(name)),
      let moment = messages[index].deliveredAt
    else { return }
    messages[index].flags.insert(.corrected)
    messages[index].rating.corrections += correction.amount
    messages[index].rating.amount += correction.amount
    post(index, correction.amount, category: messages[index].rating.category, at: moment, sequence: sequence)
  }

  // MARK: The decision

  /// What a delivery of `message` at `moment` comes to by all that is known. Counts nothing.
  func decide(_ message: Message, at moment: Timestamp, reference: Reference) -> Rating {
    let day = zone.day(of: moment)
    var rating = Rating()
    keepMarket(message, &rating, on: day, reference: reference)
    rating.regime = Regime.of(day, model: message.word.model)
    rating.category = category(of: message) ?? .none
    guard rating.regime != .none else { return unrated(rating, .regime) }
    derive(message, &rating, at: moment)
    let own = ownRule(message, rating.category, rating.regime, at: moment)
    switch metaSays(message.word) ?? (rating.category.isNone ? nil : own) {
    case nil: return unrated(rating, .category)
    case .free(nil): return free(rating, reasonUnsaid(own, rating), message, at: moment)
    case .free(.some(let reason)): return free(rating, reason, message, at: moment)
    case .charged:
      guard !rating.category.isNone else { return unrated(rating, .category) }
      guard !rating.market.isNone else { return unrated(rating, .market) }
      rating.outcome = .charged
      count(message, &rating, at: moment)
      applyPrice(&rating, at: moment, reference: reference)
      return rating
    }
  }

  private enum Verdict {
    /// Free, and why if that was said.
    case free(FreeReason?)
    case charged
  }

  /// Meta's word, first that speaks (RULES.md 9).
  private func metaSays(_ word: MetaWord) -> Verdict? {
    if word.isExempt { return .free(.exempt) }
    switch word.kind {
    case .regular: return .charged
    case .freeCustomerService: return .free(nil)
    case .freeEntryPoint: return .free(.entryPoint)
    case .unsaid: break
    }
    if word.saysEntryPoint { return .free(.entryPoint) }
    return word.billable.map { $0 ? .charged : .free(nil) }
  }

  /// Meta said free without a reason (RULES.md 37).
  private func reasonUnsaid(_ own: Verdict, _ rating: Rating) -> FreeReason {
    if case .free(.some(let reason)) = own { return reason }
    return Category.isService(rating.category) && rating.regime == .perMessage2026 ? .allowance : .window
  }

  /// The regime's own table (facts, sections 4, 5 and 9).
  private func ownRule(_ message: Message, _ category: NameID, _ regime: Regime, at moment: Timestamp) -> Verdict {
    if message.flags.contains(.echo) { return .free(.window) }
    if Category.isKnown(category), windows.entryPoint(message.pair, at: moment) != nil { return .free(.entryPoint) }
    switch regime {
    case .none: return .charged
    case .perMessage2025:
      if Category.isService(category) { return .free(.window) }
      let isOpen = windows.serviceWindow(message.pair, at: moment) != nil
      return Category.isUtility(category) && isOpen ? .free(.window) : .charged
    case .perMessage2026:
      guard Category.isService(category) else { return .charged }
      let used = allowances.used(pairs.number(of: message.pair), zone.month(of: moment))
      return used < Allowances.limit ? .free(.allowance) : .charged
    }
  }

  private func unrated(_ rating: Rating, _ reason: UnratedReason) -> Rating {
    var rating = rating
    rating.outcome = .unrated
    rating.reason = reason.rawValue
    rating.amount = .zero
    return rating
  }

  private func free(_ rating: Rating, _ reason: FreeReason, _ message: Message, at moment: Timestamp) -> Rating {
    var rating = rating
    rating.outcome = .free
    rating.reason = reason.rawValue
    if reason == .allowance {
      rating.usesAllowance = true
      rating.allowanceOrdinal = allowances.used(pairs.number(of: message.pair), zone.month(of: moment)) + 1
    }
    return rating
  }

  /// What the rules say of the message without Meta's word, for the report of differences.
  private func derive(_ message: Message, _ rating: inout Rating, at moment: Timestamp) {
    rating.derivedCategory = ownCategory(of: message) ?? rating.category
    guard !rating.derivedCategory.isNone else { return }
    switch ownRule(message, rating.derivedCategory, rating.regime, at: moment) {
    case .free(let reason):
      rating.derivedOutcome = .free
      rating.derivedReason = (reason ?? .window).rawValue
    case .charged: rating.derivedOutcome = .charged
    }
  }

  // MARK: Category and market

  /// RULES.md 7.
  func category(of message: Message) -> NameID? {
    if !message.word.category.isNone { return message.word.category }
    if !message.word.origin.isNone { return message.word.origin }
    return ownCategory(of: message)
  }

  private func ownCategory(of message: Message) -> NameID? {
    if !message.announcedCategory.isNone { return message.announcedCategory }
    if !message.template.isNone, let sentAt = message.sentAt,
      let category = templates.category(of: message.template, language: message.language, at: sentAt)
    {
      return category
    }
    let isFreeForm = message.flags.contains(.announced) && !message.flags.contains(.template)
    return isFreeForm ? Category.service : nil
  }

  /// Whose phone decides the price: the participant's in a group.
  func billedContact(_ message: Message) -> ContactNumber {
    message.participant == .none ? pairs.contact(of: message.pair) : message.participant
  }

  /// A charge's market stays as first resolved (RULES.md 16).
  private func keepMarket(_ message: Message, _ rating: inout Rating, on day: CalendarDay, reference: Reference) {
    let known = message.rating
    if known.outcome != .pending, !known.market.isNone {
      rating.market = known.market
      rating.prefix = known.prefix
      rating.prefixDigits = known.prefixDigits
      return
    }
    guard let phone = contacts.phone(of: billedContact(message)), let match = reference.markets.match(phone, on: day)
    else { return }
    rating.market = match.market
    rating.prefix = UInt32(match.prefix)
    rating.prefixDigits = match.digitCount
  }

  // MARK: Price

  /// Gives a charge its places among the month's.
  private func count(_ message: Message, _ rating: inout Rating, at moment: Timestamp) {
    let month = zone.month(of: moment)
    if Category.isService(rating.category), rating.regime == .perMessage2026 {
      let used = allowances.used(pairs.number(of: message.pair), month)
      if used >= Allowances.limit { rating.allowanceOrdinal = used + 1 }
    }
    guard TierCounters.isTiered(rating.category) else { return }
    let key = TierCounters.Key(market: rating.market, category: rating.category, month: month)
    let known = message.rating
    let isKept =
      known.tierOrdinal > 0
      && key == TierCounters.Key(market: known.market, category: known.category, month: month)
    rating.tierOrdinal = isKept ? known.tierOrdinal : tiers.ordinal(key, at: moment)
  }

  /// Prices a charge whose market and category are known; leaves it unrated where no card or row fits (RULES.md 6, 7).
  private func applyPrice(_ rating: inout Rating, at moment: Timestamp, reference: Reference) {
    let day = zone.day(of: moment)
    rating.card = -1
    rating.tier = -1
    rating.listPrice = .zero
    guard let card = reference.cards.index(currency: currency, unit: .message, on: day) else {
      rating = unrated(rating, .card)
      return
    }
    let rows = Self.rows(for: rating.category, on: day)
    for place in rows.indices where !rows[place].isNone {
      guard let rate = reference.cards.rate(card, market: rating.market, category: rows[place]) else { continue }
      let hasTiers = place == 0 && TierCounters.isTiered(rating.category)
      guard let (price, tier) = Self.price(rate, ordinal: hasTiers ? rating.tierOrdinal : 0) else { break }
      rating.card = Int32(card)
      rating.listPrice = price
      rating.tier = tier
      rating.amount = settings.markedUp(price, on: day)
      return
    }
    rating = unrated(rating, Category.isKnown(rating.category) ? .card : .category)
  }

  /// The rows of a card that may price a category, its own first; the first found wins. Only an own row has tiers.
  private static func rows(for category: NameID, on day: CalendarDay) -> InlineArray<3, NameID> {
    let list2026 = day >= Regime.serviceChargedFrom ? Category.utility : .none
    return switch category {
    case Category.marketingLite, Category.groupMarketing: [category, Category.marketing, .none]
    case Category.groupUtility: [category, Category.utility, .none]
    case Category.groupService: [category, Category.service, list2026]
    case Category.service: [category, list2026, .none]
    default: [category, .none, .none]
    }
  }

  /// The price of the tier that `ordinal` falls in; without an ordinal or tiers the list price.
  /// - Returns: nil when the tiers end before the ordinal.
  private static func price(_ rate: RateCard.Rate, ordinal: UInt64) -> (Micros, tier: Int8)? {
    guard ordinal > 0, !rate.tiers.isEmpty else { return (rate.price, -1) }
    guard let tier = rate.tiers.firstIndex(where: { $0.upper >= ordinal }) else { return nil }
    return (rate.tiers[tier].price, Int8(clamping: tier))
  }
}

extension MetaWord {
  /// Meta said something that settles whether a referral was answered by a free entry point (RULES.md 40).
  var speaksOfEntryPoint: Bool {
    kind != .unsaid || billable != nil || !origin.isNone || category == Category.referralConversion
  }
}
