import JSONTape

extension AccountState {
  // MARK: Inbound

  mutating func apply(_ received: MessageReceived, at time: Timestamp) {
    let fingerprint = Fingerprint128(received.message)
    inbounds.fetchSlot(of: fingerprint)
    let number = number(received.number)
    let pair = pairs.intern(number: number, contact: resolve(received.contact))
    var windowPair = pair
    if let group = received.group {
      // Any member's message opens the window of the whole group (facts, section 10).
      let members = resolve(ContactName(phone: nil, user: group))
      windowPair = pairs.intern(number: number, contact: members)
    }
    windows.fetch(pair)
    desk.fetch(pair)
    switch inbounds.note(fingerprint, pair: pair, time: time, hasReferral: received.hasReferral) {
    case .known: return
    case .referralLearnt: referral(windowPair, at: inbounds.time(of: fingerprint) ?? time)
    case .new:
      if received.kind != .system { windows.inbound(windowPair, at: time) }
      if received.hasReferral { referral(windowPair, at: time) }
      desk.received(pair, kind: received.kind, at: time)
    }
  }

  private mutating func referral(_ pair: PairID, at moment: Timestamp) {
    windows.referral(pair, at: moment, in: &messages) { [settings, zone] opensAt in
      settings.entryPointHours(on: zone.day(of: opensAt))
    }
  }

  // MARK: Announcement

  mutating func apply(
    _ sent: MessageSent, at time: Timestamp, sequence: SequenceNumber, reference: inout Reference
  ) {
    let fingerprint = Fingerprint128(sent.message)
    messages.fetchSlot(of: fingerprint)
    let pair = pair(number: sent.number, contact: resolve(sent.contact))
    desk.fetch(pair)
    windows.fetch(pair)
    pairs.fetch(pair)
    let index = message(fingerprint, pair: pair, sequence: sequence)
    let isFirst = !messages[record: index].flags.contains(.announced)
    if isFirst { announce(index, sent, pair: pair, at: time) }
    fillIn(index, from: sent, labels: isFirst ? desk.labelSet(of: pair) : nil, reference: &reference)
    if isFirst {
      tellDesk(sent, pair: pair, at: time)
      openEntryPoint(index, at: time)
      holdEstimate(index, reference: &reference)
    }
    passOnToParticipants(index)
    retry(index, sequence: sequence, reference: &reference)
  }

  private mutating func announce(_ index: UInt32, _ sent: MessageSent, pair: PairID, at time: Timestamp) {
    var record = messages[record: index]
    if record.flags.contains(.group) { record.move(to: pair) }
    record.announcedAt = time
    if sent.kind == .template { record.flags.insert(.template) }
    if sent.isEcho { record.flags.insert(.echo) }
    messages[record: index] = record
    if unrated.contains(index) { noteUnrated(index) }
  }

  private mutating func tellDesk(_ sent: MessageSent, pair: PairID, at time: Timestamp) {
    var agent = NameID.none
    if !sent.isEcho, let name = sent.agent { agent = names.intern(name, hint: &hints.agent) }
    if sent.isHumanReply { replies.append(Reply(pair: pair, time: time)) }
    let day = date(of: time).day
    desk.sent(pair, agent: agent, isBot: sent.isBot, isEcho: sent.isEcho, at: time, day: day)
  }

  /// A second announcement of a message fills what the first left open (RULES.md 43).
  private mutating func fillIn(
    _ index: UInt32, from sent: MessageSent, labels: LabelSetID?, reference: inout Reference
  ) {
    var origin = messages.origins[messages[record: index].origin]
    if let labels { origin.labels = labels }
    if origin.template.isNone, let template = sent.template {
      origin.template = names.intern(template, hint: &hints.template)
    }
    if origin.language.isNone, let language = sent.language {
      origin.language = names.intern(language, hint: &hints.language)
    }
    if origin.announcedCategory.isNone, let category = sent.category {
      origin.announcedCategory = reference.names.internCategory(category)
    }
    var isCredited = false
    if origin.agent.isNone, !sent.isEcho, let agent = sent.agent {
      origin.agent = names.intern(agent, hint: &hints.agent)
      origin.team = teams[UInt64(origin.agent.rawValue)] ?? .none
      isCredited = true
    }
    messages.set(origin, of: index)
    if isCredited { creditAgent(index, messages.ratings[messages[record: index].rating].amount) }
  }

  private mutating func passOnToParticipants(_ index: UInt32) {
    guard messages[record: index].flags.contains(.group) else { return }
    for participant in messages.participants(of: index) { inherit(participant, from: index) }
  }

  private mutating func inherit(_ participant: UInt32, from base: UInt32) {
    let source = messages[record: base]
    var record = messages[record: participant]
    let hadAgent = !messages.origins[record.origin].agent.isNone
    // A group message's windows are those of the contact that it was announced to.
    if source.flags.contains(.announced) { record.move(to: source.pair) }
    record.announcedAt = source.announcedAt
    record.flags.formUnion(source.flags.intersection([.announced, .template, .echo]))
    record.origin = source.origin
    messages[record: participant] = record
    if !hadAgent { creditAgent(participant, messages.ratings[record.rating].amount) }
  }

  /// Finds or adds the base record of a message. A record first seen by a user id takes over a contact whose phone is known.
  @inline(__always)
  private mutating func message(_ fingerprint: Fingerprint128, pair: PairID, sequence: SequenceNumber) -> UInt32 {
    guard let known = messages.find(fingerprint) else {
      return messages.add(MessageRecord(fingerprint: fingerprint, pair: pair, sequence: sequence))
    }
    if messages[record: known].pair != pair { takeOver(known, pair) }
    return known
  }

  private mutating func takeOver(_ index: UInt32, _ pair: PairID) {
    guard contacts.phone(of: pairs.contact(of: messages[record: index].pair)) == nil,
      contacts.phone(of: pairs.contact(of: pair)) != nil
    else { return }
    messages[record: index].move(to: pair)
  }

  private mutating func openEntryPoint(_ index: UInt32, at time: Timestamp) {
    let record = messages[record: index]
    guard !record.flags.contains(.echo), !messages.words[record.word].speaksOfEntryPoint else { return }
    let hours = settings.entryPointHours(on: date(of: time).day)
    windows.businessMessage(record.pair, at: time, message: index, in: &messages, hours: hours)
  }

  // MARK: Statuses

  mutating func apply(
    _ status: MessageStatus, at time: Timestamp, sequence: SequenceNumber, reference: inout Reference
  ) {
    let fingerprint = Fingerprint128(status.message)
    messages.fetchSlot(of: fingerprint)
    let contact = resolve(status.contact)
    var other = contact
    if let group = status.group { other = resolve(ContactName(phone: nil, user: group)) }
    let pair = pair(number: status.number, contact: other)
    pairs.fetch(pair)
    let base = base(of: status, fingerprint, pair: pair, sequence: sequence)
    if !messages[record: base].flags.contains(.hasStatus) { noteFirstStatus(base, pair: pair, at: time) }
    var index = base
    if let name = status.participant {
      index = participant(base, name, contact: contact, pair: pair, sequence: sequence)
      messages[record: index].noteStatus(at: time)
    }
    let rank = status.rank
    var isWordNew = false
    if rank != .failed, status.pricing != nil || status.window != nil {
      isWordNew = hear(index, status, at: time, reference: &reference)
    }
    if rank.isDelivery {
      deliver(index, base: base, at: time, sequence: sequence, reference: &reference, isWordNew: isWordNew)
    } else {
      if rank == .failed { fail(index, base: base, at: time) }
      if messages[record: index].isDelivered, isWordNew || hasWhatItLacked(index, reference: &reference) {
        rate(index, sequence: sequence, reference: &reference)
      }
    }
  }

  @inline(__always)
  private mutating func base(
    of status: MessageStatus, _ fingerprint: Fingerprint128, pair: PairID, sequence: SequenceNumber
  ) -> UInt32 {
    guard status.participant != nil else { return message(fingerprint, pair: pair, sequence: sequence) }
    return messages.find(fingerprint)
      ?? messages.add(MessageRecord(fingerprint: fingerprint, pair: pair, sequence: sequence))
  }

  private mutating func noteFirstStatus(_ base: UInt32, pair: PairID, at time: Timestamp) {
    messages[record: base].noteStatus(at: time)
    guard !messages[record: base].flags.contains(.announced) else { return }
    var origin = messages.origins[messages[record: base].origin]
    origin.labels = desk.labelSet(of: pair)
    messages.set(origin, of: base)
  }

  /// - Returns: whether Meta's word is a new one.
  private mutating func hear(
    _ index: UInt32, _ status: MessageStatus, at time: Timestamp, reference: inout Reference
  ) -> Bool {
    var word = messages.words[messages[record: index].word]
    let before = word
    let isNew = word.hear(status, names: &reference.names)
    if !word.isSame(as: before) { messages.set(word, of: index) }
    if isNew { hearOfEntryPoint(index, word, status, at: time) }
    return isNew
  }

  /// The record of one participant: known by phone where its name is one, else by the name.
  private mutating func participant(
    _ base: UInt32, _ name: Text, contact: ContactNumber, pair: PairID, sequence: SequenceNumber
  ) -> UInt32 {
    let contact = resolve(
      Phone(name, isLenient: false).map { ContactName(phone: $0, user: nil) }
        ?? ContactName(phone: contacts.phone(of: contact), user: name))
    let fingerprint = messages[record: base].fingerprint
    if let known = messages.find(fingerprint, participant: contact) { return known }
    let index = messages.add(
      MessageRecord(fingerprint: fingerprint, pair: pair, sequence: sequence), participant: contact, to: base)
    inherit(index, from: base)
    return index
  }

  private mutating func deliver(
    _ index: UInt32, base: UInt32, at time: Timestamp, sequence: SequenceNumber, reference: inout Reference,
    isWordNew: Bool
  ) {
    let isFirst = !messages[record: index].isDelivered
    if isFirst {
      messages.deliver(index, at: time)
      if base != index { messages[record: base].flags.insert(.reached) }
      if base == index { releaseHold(base, isRatedNext: true) } else { releaseHold(base) }
      answerReferralIfUnannounced(index, at: time)
    }
    guard isFirst || isWordNew || hasWhatItLacked(index, reference: &reference) else { return }
    rate(index, sequence: sequence, reference: &reference)
  }

  /// A message that was never announced answers a referral at its delivery (RULES.md 12).
  private mutating func answerReferralIfUnannounced(_ index: UInt32, at time: Timestamp) {
    guard !messages[record: index].flags.contains(.announced) else { return }
    openEntryPoint(index, at: time)
  }

  /// Meta's word on a message's price says whether it opened a free entry point (RULES.md 40).
  private mutating func hearOfEntryPoint(
    _ index: UInt32, _ word: MetaWord, _ status: MessageStatus, at time: Timestamp
  ) {
    let record = messages[record: index]
    guard word.model != .conversation, !record.flags.contains(.echo) else { return }
    guard word.speaksOfEntryPoint else {
      // A later word that says nothing takes back what an earlier one opened (RULES.md 8).
      if record.flags.contains(.opener) { windows.withdrawEntryPoint(record.pair, of: index) }
      return
    }
    let opensAt = record.announcedAt ?? time
    var closesAt: Timestamp?
    if word.saysEntryPoint {
      let derived = opensAt.advanced(hours: settings.entryPointHours(on: date(of: opensAt).day))
      closesAt = status.window?.expiresAt.flatMap { $0 > time ? $0 : nil } ?? derived
    }
    windows.metaSpoke(record.pair, at: opensAt, message: index, in: &messages, opens: closesAt)
  }

  private mutating func fail(_ index: UInt32, base: UInt32, at time: Timestamp) {
    let wasDelivered = messages[record: index].isDelivered
    messages.fail(index, at: time)
    guard !wasDelivered, base == index || !messages[record: base].flags.contains(.reached) else { return }
    messages.fail(base, at: time)
    releaseHold(base)
  }

  // MARK: Holds

  /// A template holds what its delivery at this instant would cost (RULES.md 20).
  private mutating func holdEstimate(_ index: UInt32, reference: inout Reference) {
    let record = messages[record: index]
    guard record.flags.contains(.template), let announcedAt = record.announcedAt,
      record.flags.isDisjoint(with: [.echo, .delivered, .reached, .failed])
    else { return }
    let message = messages[index]
    let date = date(of: announcedAt)
    let estimate = decide(message, at: announcedAt, on: date, reference: &reference)
    var rating = message.rating
    rating.market = estimate.market
    rating.prefix = estimate.prefix
    rating.prefixDigits = estimate.prefixDigits
    let isHeld = estimate.outcome == .charged && !estimate.amount.isZero
    messages.set(rating, hold: isHeld ? estimate.amount : message.hold, of: index)
    guard isHeld else { return }
    holds.add(estimate.amount, announcedAt: announcedAt)
    funds.hold(estimate.amount)
  }

  /// - Parameter isRatedNext: ``settle(_:_:_:at:on:sequence:)`` will say of the record that it holds nothing.
  private mutating func releaseHold(_ index: UInt32, isRatedNext: Bool = false) {
    let record = messages[record: index]
    let hold = messages.ratings[record.rating].hold
    guard !hold.isZero, let announcedAt = record.announcedAt else { return }
    holds.remove(hold, announcedAt: announcedAt)
    funds.release(hold)
    if !isRatedNext { messages.set(messages.rating(of: index), hold: .zero, of: index) }
  }

  /// A hold announced at or before this is released at `now` (RULES.md 2).
  func holdLimit(at now: Timestamp) -> Timestamp { now.advanced(hours: -24 * Int64(settings.holdDays)) }

  // MARK: Other events that move charges

  mutating func apply(_ opened: WindowOpened, at time: Timestamp) {
    let names: [Text] = ["referral_conversion", "free_entry_point"]
    let isEntryPoint = names.contains(opened.origin) || opened.category.map { names.contains($0) } == true
    guard isEntryPoint, zone.day(of: time) >= Regime.perMessageFrom else { return }
    let closesAt = opened.expiresAt ?? time.advanced(hours: settings.entryPointHours(on: zone.day(of: time)))
    guard closesAt > time else { return }
    windows.openEntryPoint(pair(opened.conversation), Stretch(opensAt: time, closesAt: closesAt))
  }

  mutating func apply(
    _ updated: TemplateUpdated, at time: Timestamp, sequence: SequenceNumber, reference: inout Reference
  ) {
    guard let category = updated.category else { return }
    let template = names.intern(updated.template)
    templates.add(
      template: template, language: names.intern(updated.language),
      category: reference.names.internCategory(category), at: time)
    guard !unrated.isEmpty else { return }
    for index in unrated.places
    where messages.origins[messages[record: index].origin].template == template
      && messages.rating(of: index).lacksCategory
    {
      rate(index, sequence: sequence, reference: &reference)
    }
  }
}
