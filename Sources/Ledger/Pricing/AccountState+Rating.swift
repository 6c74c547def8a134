/// From a delivered message to its charge (facts, section 13; RULES.md 6–20, 35–41).
///
/// What lies on the path of every delivery is `mutating` although it may change nothing: so it is handed the account itself
/// and never a copy.
extension AccountState {
  // MARK: Rating and its consequences

  /// Prices a delivered message by all that is known now, and posts the difference to what it cost before.
  mutating func rate(_ index: UInt32, sequence: SequenceNumber, reference: inout Reference) {
    let message = messages[index]
    guard let deliveredAt = message.deliveredAt else { return }
    let date = date(of: deliveredAt)
    giveBackCounters(message, on: date)
    var new = decide(message, at: deliveredAt, on: date, reference: &reference)
    new.corrections = message.rating.corrections
    new.amount += message.rating.corrections
    takeCounters(message, &new, on: date)
    settle(index, message, new, at: deliveredAt, on: date, sequence: sequence)
  }

  /// Whether an event of an unrated message has brought the fact that it lacked. Only then it is decided anew
  /// (RULES.md 17): until then, what else has become known does not count.
  @inline(__always)
  mutating func hasWhatItLacked(_ index: UInt32, reference: inout Reference) -> Bool {
    guard messages.ratings[messages[record: index].rating].isUnrated else { return false }
    return hasWhatItLacked(messages[index], reference: &reference)
  }

  private mutating func hasWhatItLacked(_ message: Message, reference: inout Reference) -> Bool {
    switch message.rating.unratedReason {
    case .category: message.rating.category.isNone && category(of: message) != nil
    case .market: reference.markets.isPublished && contacts.phone(of: billedContact(message)) != nil
    case .regime, .card, nil: false
    }
  }

  /// Rates an unrated message, or its participants', if it has what it lacked.
  mutating func retry(_ index: UInt32, sequence: SequenceNumber, reference: inout Reference) {
    if hasWhatItLacked(index, reference: &reference) { rate(index, sequence: sequence, reference: &reference) }
    guard messages[record: index].flags.contains(.group) else { return }
    for next in messages.participants(of: index) where hasWhatItLacked(next, reference: &reference) {
      rate(next, sequence: sequence, reference: &reference)
    }
  }

  @inline(__always)
  private mutating func giveBackCounters(_ message: Message, on date: LocalDate) {
    let rating = message.rating
    if rating.usesAllowance { allowances.giveBack(pairs.number(of: message.pair), date.month) }
    if rating.tierOrdinal > 0 {
      tiers.discount(TierCounters.Key(market: rating.market, category: rating.category, month: date.month))
    }
  }

  /// Counts a rating where it counts. A place once given is kept (RULES.md 17).
  @inline(__always)
  private mutating func takeCounters(_ message: Message, _ rating: inout Rating, on date: LocalDate) {
    if rating.usesAllowance {
      allowances.take(pairs.number(of: message.pair), date.month)
      if message.rating.usesAllowance { rating.allowanceOrdinal = message.rating.allowanceOrdinal }
    }
    if rating.tierOrdinal > 0 {
      tiers.count(TierCounters.Key(market: rating.market, category: rating.category, month: date.month))
    }
  }

  /// - Parameter message: as it was before.
  private mutating func settle(
    _ index: UInt32, _ message: Message, _ new: Rating, at moment: Timestamp, on date: LocalDate,
    sequence: SequenceNumber
  ) {
    lastChange = sequence
    let old = message.rating
    // What is delivered holds nothing any more.
    messages.set(new, hold: .zero, of: index)
    if new.outcome == .unrated {
      noteUnrated(index)
    } else if old.outcome == .unrated {
      unrated.remove(index)
    }
    if new.outcome == .charged { lastChargeDay = max(lastChargeDay, date.day) }
    if old.category != new.category, !old.amount.isZero {
      funds.recategorise(old.amount, from: old.category, to: new.category, sequence: sequence)
    }
    post(index, new.amount - old.amount, category: new.category, at: moment, sequence: sequence)
  }

  /// Keeps account of a message that is unrated, and of the phone that it may wait for.
  mutating func noteUnrated(_ index: UInt32) {
    let contact = billedContact(messages[index])
    if messages.rating(of: index).unratedReason == .market, contact != .none, contacts.phone(of: contact) == nil {
      unrated.insert(index, waitingFor: contact)
    } else {
      unrated.insert(index)
    }
  }

  /// Burns or gives back the difference of a charge.
  mutating func post(
    _ index: UInt32, _ difference: Micros, category: NameID, at moment: Timestamp, sequence: SequenceNumber
  ) {
    guard !difference.isZero else { return }
    if difference.isNegative {
      funds.giveBack(
        -difference, owner: ChargeOwner(rawValue: index), category: category, at: moment, sequence: sequence)
    } else {
      funds.burn(difference, owner: ChargeOwner(rawValue: index), category: category, at: moment, sequence: sequence)
    }
    creditAgent(index, difference)
  }

  /// Adds to what an agent's messages cost on the day of the charge.
  mutating func creditAgent(_ index: UInt32, _ amount: Micros) {
    guard !amount.isZero, let moment = messages[record: index].deliveredAt else { return }
    let agent = messages.origins[messages[record: index].origin].agent
    guard !agent.isNone else { return }
    agentCharges.add(amount, of: agent, on: date(of: moment).day)
  }

  // MARK: Facts that arrive late

  /// A card re-rates what it now wins: charges of its currency and unit dated from its first day (RULES.md 17, 39).
  mutating func rateCardArrived(_ card: Int, sequence: SequenceNumber, reference: inout Reference) {
    let arrived = reference.cards.cards[card]
    guard arrived.currency == currency, arrived.unit == .message else { return }
    sweep(sequence: sequence, reference: &reference) { $0.unratedReason == .card || $0.lacksRowOfItsName }
    guard arrived.effectiveFrom <= lastChargeDay else { return }
    for index in 0..<UInt32(messages.count) {
      let kind = messages.ratings[messages[record: index].rating]
      guard kind.outcome == .charged, kind.card != Int32(card), let moment = messages[record: index].deliveredAt
      else { continue }
      let date = date(of: moment)
      guard reference.cards.index(currency: currency, unit: .message, on: date.day) == card else { continue }
      reprice(index, at: moment, on: date, sequence: sequence, reference: &reference)
    }
  }

  /// The same decision at the price of the card that rules now.
  private mutating func reprice(
    _ index: UInt32, at moment: Timestamp, on date: LocalDate, sequence: SequenceNumber, reference: inout Reference
  ) {
    let message = messages[index]
    var new = message.rating
    new.outcome = .charged
    new.amount = .zero
    applyPrice(&new, on: date, reference: &reference)
    new.amount += message.rating.corrections
    settle(index, message, new, at: moment, on: date, sequence: sequence)
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
    for index in unrated.places where mayHaveCome(messages.rating(of: index)) {
      rate(index, sequence: sequence, reference: &reference)
    }
  }

  /// The phone of a contact known by user became known (RULES.md 16).
  mutating func phoneLearnt(of contact: ContactNumber, sequence: SequenceNumber, reference: inout Reference) {
    for index in unrated.takeThoseWaiting(for: contact)
    where messages.rating(of: index).unratedReason == .market && billedContact(messages[index]) == contact {
      rate(index, sequence: sequence, reference: &reference)
    }
  }

  mutating func apply(_ correction: ChargeCorrected, sequence: SequenceNumber) {
    guard let name = correction.message, let index = messages.find(Fingerprint128(name)),
      let moment = messages[record: index].deliveredAt
    else { return }
    let message = messages[index]
    var rating = message.rating
    rating.corrections += correction.amount
    rating.amount += correction.amount
    messages[record: index].flags.insert(.corrected)
    messages.set(rating, hold: message.hold, of: index)
    post(index, correction.amount, category: rating.category, at: moment, sequence: sequence)
  }

  // MARK: The decision

  /// What a delivery of `message` at `moment` comes to by all that is known. Counts nothing.
  mutating func decide(
    _ message: Message, at moment: Timestamp, on date: LocalDate, reference: inout Reference
  ) -> Rating {
    var rating = Rating()
    keepMarket(message, &rating, on: date, reference: &reference)
    rating.regime = Regime.of(date.day, model: message.word.model)
    rating.category = category(of: message) ?? .none
    guard rating.regime != .none else {
      rating.leaveUnrated(.regime)
      return rating
    }
    let own = derive(message, &rating, at: moment, on: date)
    switch metaSays(message.word) ?? (rating.category.isNone ? nil : own) {
    case nil: rating.leaveUnrated(.category)
    case .free(nil): free(&rating, reasonUnsaid(own, rating), message, on: date)
    case .free(.some(let reason)): free(&rating, reason, message, on: date)
    case .charged:
      if rating.category.isNone {
        rating.leaveUnrated(.category)
      } else if rating.market.isNone {
        rating.leaveUnrated(.market)
      } else {
        rating.outcome = .charged
        count(message, &rating, at: moment, on: date)
        applyPrice(&rating, on: date, reference: &reference)
      }
    }
    return rating
  }

  private enum Verdict {
    /// Free, and why if that was said.
    case free(FreeReason?)
    case charged
  }

  /// Meta's word, first that speaks (RULES.md 9).
  @inline(__always)
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
  @inline(__always)
  private func reasonUnsaid(_ own: Verdict, _ rating: Rating) -> FreeReason {
    if case .free(.some(let reason)) = own { return reason }
    return Category.isService(rating.category) && rating.regime == .perMessage2026 ? .allowance : .window
  }

  /// The regime's own table (facts, sections 4, 5 and 9).
  private mutating func ownRule(
    _ message: Message, _ category: NameID, _ regime: Regime, at moment: Timestamp, on date: LocalDate
  ) -> Verdict {
    if message.flags.contains(.echo) { return .free(.window) }
    if Category.isKnown(category), windows.entryPoint(message.pair, at: moment) != nil { return .free(.entryPoint) }
    switch regime {
    case .none: return .charged
    case .perMessage2025:
      if Category.isService(category) { return .free(.window) }
      guard Category.isUtility(category) else { return .charged }
      return windows.serviceWindow(message.pair, at: moment) != nil ? .free(.window) : .charged
    case .perMessage2026:
      guard Category.isService(category) else { return .charged }
      let used = allowances.used(pairs.number(of: message.pair), date.month)
      return used < Allowances.limit ? .free(.allowance) : .charged
    }
  }

  @inline(__always)
  private mutating func free(_ rating: inout Rating, _ reason: FreeReason, _ message: Message, on date: LocalDate) {
    rating.outcome = .free
    rating.reason = reason.rawValue
    guard reason == .allowance else { return }
    rating.usesAllowance = true
    rating.allowanceOrdinal = allowances.used(pairs.number(of: message.pair), date.month) + 1
  }

  /// What the rules say of the message without Meta's word, for the report of differences.
  /// - Returns: what they say of the category that it is rated by.
  @inline(__always)
  private mutating func derive(
    _ message: Message, _ rating: inout Rating, at moment: Timestamp, on date: LocalDate
  ) -> Verdict {
    rating.derivedCategory = ownCategory(of: message) ?? rating.category
    let derived = ownRule(message, rating.derivedCategory, rating.regime, at: moment, on: date)
    if !rating.derivedCategory.isNone {
      switch derived {
      case .free(let reason):
        rating.derivedOutcome = .free
        rating.derivedReason = (reason ?? .window).rawValue
      case .charged: rating.derivedOutcome = .charged
      }
    }
    guard rating.derivedCategory != rating.category else { return derived }
    return ownRule(message, rating.category, rating.regime, at: moment, on: date)
  }

  // MARK: Category and market

  /// RULES.md 7.
  @inline(__always)
  func category(of message: Message) -> NameID? {
    if !message.word.category.isNone { return message.word.category }
    if !message.word.origin.isNone { return message.word.origin }
    return ownCategory(of: message)
  }

  @inline(__always)
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
  @inline(__always)
  func billedContact(_ message: Message) -> ContactNumber {
    message.participant == .none ? pairs.contact(of: message.pair) : message.participant
  }

  /// A charge's market stays as first resolved (RULES.md 16).
  @inline(__always)
  private mutating func keepMarket(
    _ message: Message, _ rating: inout Rating, on date: LocalDate, reference: inout Reference
  ) {
    let known = message.rating
    if known.outcome != .pending, !known.market.isNone {
      rating.market = known.market
      rating.prefix = known.prefix
      rating.prefixDigits = known.prefixDigits
      return
    }
    guard let phone = contacts.phone(of: billedContact(message)),
      let match = reference.markets.match(phone, on: date.day)
    else { return }
    rating.market = match.market
    rating.prefix = UInt32(match.prefix)
    rating.prefixDigits = match.digitCount
  }

  // MARK: Price

  /// Gives a charge its places among the month's.
  @inline(__always)
  private mutating func count(_ message: Message, _ rating: inout Rating, at moment: Timestamp, on date: LocalDate) {
    if Category.isService(rating.category), rating.regime == .perMessage2026 {
      let used = allowances.used(pairs.number(of: message.pair), date.month)
      if used >= Allowances.limit { rating.allowanceOrdinal = used + 1 }
    }
    guard TierCounters.isTiered(rating.category) else { return }
    let key = TierCounters.Key(market: rating.market, category: rating.category, month: date.month)
    let known = message.rating
    let isKept =
      known.tierOrdinal > 0
      && key == TierCounters.Key(market: known.market, category: known.category, month: date.month)
    rating.tierOrdinal = isKept ? known.tierOrdinal : tiers.ordinal(key, at: moment)
  }

  /// Prices a charge whose market and category are known; leaves it unrated where no card or row fits (RULES.md 6, 7).
  private mutating func applyPrice(_ rating: inout Rating, on date: LocalDate, reference: inout Reference) {
    rating.card = -1
    rating.tier = -1
    rating.listPrice = .zero
    guard let card = prices.card(currency, on: date.day, &reference) else { return rating.leaveUnrated(.card) }
    let rows = Self.rows(for: rating.category, on: date.day)
    for place in rows.indices where !rows[place].isNone {
      guard let row = prices.row(card, market: rating.market, category: rows[place], &reference) else { continue }
      let hasTiers = place == 0 && TierCounters.isTiered(rating.category)
      let ordinal = hasTiers ? rating.tierOrdinal : 0
      guard let (price, tier) = reference.cards.cards[card].price(row: row, ordinal: ordinal) else { break }
      rating.card = Int32(card)
      rating.listPrice = price
      rating.tier = tier
      rating.amount = settings.markedUp(price, on: date.day)
      return
    }
    rating.leaveUnrated(Category.isKnown(rating.category) ? .card : .category)
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
}

extension Rating {
  fileprivate mutating func leaveUnrated(_ reason: UnratedReason) {
    outcome = .unrated
    self.reason = reason.rawValue
    amount = .zero
  }
}

extension MetaWord {
  /// Meta said something that settles whether a referral was answered by a free entry point (RULES.md 40).
  var speaksOfEntryPoint: Bool {
    kind != .unsaid || billable != nil || !origin.isNone || category == Category.referralConversion
  }
}
