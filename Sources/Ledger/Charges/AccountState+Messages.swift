import JSONTape

extension AccountState {
  // MARK: Inbound

  mutating func apply(
    _ received: MessageReceived, at time: Timestamp, reference: Reference, sequence: SequenceNumber
  ) {
    let pair = pair(number: received.number, contact: resolve(received.contact))
    // Any member's message opens the window of the whole group (facts, section 10).
    let windowPair =
      received.group.map { group in
        self.pair(number: received.number, contact: resolve(ContactName(phone: nil, user: group, name: nil)))
      } ?? pair
    let fingerprint = Fingerprint128(received.message)
    let arrival = inbounds.note(fingerprint, pair: pair, time: time, hasReferral: received.hasReferral)
    switch arrival {
    case .known: return
    case .referralLearnt: referral(windowPair, at: inbounds.time(of: fingerprint) ?? time)
    case .new:
      if received.kind != "system" { windows.inbound(windowPair, at: time) }
      if received.hasReferral { referral(windowPair, at: time) }
      desk.received(pair, kind: received.kind, at: time)
    }
  }

  private mutating func referral(_ pair: PairID, at moment: Timestamp) {
    windows.referral(pair, at: moment) { [settings, zone] opensAt in
      settings.entryPointHours(on: zone.day(of: opensAt))
    }
  }

  // MARK: Announcement

  mutating func apply(
    _ sent: MessageSent, at time: Timestamp, sequence: SequenceNumber, reference: inout Reference
  ) {
    let pair = pair(number: sent.number, contact: resolve(sent.contact))
    let index = message(Fingerprint128(sent.message), pair: pair, sequence: sequence)
    let isFirst = !messages[index].flags.contains(.announced)
    if isFirst {
      if messages[index].flags.contains(.group) { messages[index].pair = pair }
      messages[index].announcedAt = time
      messages[index].flags.insert(.announced)
      if sent.kind == "template" { messages[index].flags.insert(.template) }
      if sent.isEcho { messages[index].flags.insert(.echo) }
      messages[index].labels = messages.labelSet(desk.labels(of: pair))
    }
    fillIn(index, from: sent, reference: &reference)
    if isFirst {
      tellDesk(sent, pair: pair, at: time)
      openEntryPoint(index, at: time)
      holdEstimate(index, reference: reference)
    }
    passOnToParticipants(index)
    retry(index, sequence: sequence, reference: &reference)
  }

  private mutating func tellDesk(_ sent: MessageSent, pair: PairID, at time: Timestamp) {
    let agent = sent.isEcho ? .none : names.intern(sent.agent)
    if sent.isHumanReply { replies.append(Reply(pair: pair, time: time)) }
    desk.sent(pair, agent: agent, isBot: sent.isBot, isEcho: sent.isEcho, at: time,
      day: zone.day(of: time))
  }

  /// A second announcement of a message fills what the first left open (RULES.md 43).
  private mutating func fillIn(_ index: UInt32, from sent: MessageSent, reference: inout Reference) {
    if messages[index].template.isNone { messages[index].template = names.intern(sent.template) }
    if messages[index].language.isNone { messages[index].language = names.intern(sent.language) }
    if messages[index].announcedCategory.isNone, let category = sent.category {
      messages[index].announcedCategory = reference.names.internCategory(category)
    }
    if messages[index].agent.isNone, !sent.isEcho, let agent = sent.agent {
      let agent = names.intern(agent)
      messages[index].agent = agent
      messages[index].team = teams[agent] ?? .none
      creditAgent(index, messages[index].rating.amount)
    }
  }

  private mutating func passOnToParticipants(_ index: UInt32) {
    guard messages[index].flags.contains(.group) else { return }
    var next = messages[index].link
    while next != .max {
      inherit(next, from: index)
      next = messages[next].sibling
    }
  }

  private mutating func inherit(_ participant: UInt32, from base: UInt32) {
    let source = messages[base]
    let hadAgent = !messages[participant].agent.isNone
    // A group message's windows are those of the contact that it was announced to.
    if source.flags.contains(.announced) { messages[participant].pair = source.pair }
    messages[participant].announcedAt = source.announcedAt
    messages[participant].flags.formUnion(source.flags.intersection([.announced, .template, .echo]))
    messages[participant].template = source.template
    messages[participant].language = source.language
    messages[participant].announcedCategory = source.announcedCategory
    messages[participant].agent = source.agent
    messages[participant].team = source.team
    messages[participant].labels = source.labels
    if !hadAgent { creditAgent(participant, messages[participant].rating.amount) }
  }

  /// Finds or adds the base record of a message. A record first seen by a user id takes over a contact whose phone is known.
  private mutating func message(_ fingerprint: Fingerprint128, pair: PairID, sequence: SequenceNumber) -> UInt32 {
    guard let known = messages.find(fingerprint) else {
      return messages.add(Message(fingerprint: fingerprint, participant: .none, pair: pair, sequence: sequence))
    }
    let current = messages[known].pair
    if current != pair, contacts.phone(of: pairs.contact(of: current)) == nil,
      contacts.phone(of: pairs.contact(of: pair)) != nil
    {
      messages[known].pair = pair
    }
    return known
  }

  private mutating func openEntryPoint(_ index: UInt32, at time: Timestamp) {
    let message = messages[index]
    guard !message.flags.contains(.echo), !message.word.speaksOfEntryPoint else { return }
    windows.businessMessage(
      message.pair, at: time, message: index, hours: settings.entryPointHours(on: zone.day(of: time)))
  }

  // MARK: Statuses

  mutating func apply(
    _ status: MessageStatus, at time: Timestamp, sequence: SequenceNumber, reference: inout Reference
  ) {
    let contact = resolve(status.contact)
    let group = status.group.map { resolve(ContactName(phone: nil, user: $0, name: nil)) }
    let pair = pair(number: status.number, contact: group ?? contact)
    let fingerprint = Fingerprint128(status.message)
    let base =
      status.participant == nil
      ? message(fingerprint, pair: pair, sequence: sequence)
      : messages.find(fingerprint)
        ?? messages.add(Message(fingerprint: fingerprint, participant: .none, pair: pair, sequence: sequence))
    if messages[base].firstStatusAt == nil {
      messages[base].firstStatusAt = time
      if !messages[base].flags.contains(.announced) {
        messages[base].labels = messages.labelSet(desk.labels(of: pair))
      }
    }
    let index =
      status.participant.map { participant(base, $0, contact: contact, pair: pair, sequence: sequence) } ?? base
    if messages[index].firstStatusAt == nil { messages[index].firstStatusAt = time }
    let rank = StatusRank(status.status)
    var isWordNew = false
    if rank != .failed {
      isWordNew = messages[index].word.hear(status, rank: rank.rawValue, names: &reference.names)
      if isWordNew { hearOfEntryPoint(index, status, at: time) }
    }
    if rank.isDelivery {
      deliver(index, base: base, at: time, sequence: sequence, reference: &reference, isWordNew: isWordNew)
    } else {
      if rank == .failed { fail(index, base: base, at: time) }
      if messages[index].isDelivered, isWordNew || hasWhatItLacked(messages[index], reference: reference) {
        rate(index, sequence: sequence, reference: &reference)
      }
    }
  }

  /// The record of one participant: known by phone where its name is one, else by the name.
  private mutating func participant(
    _ base: UInt32, _ name: Text, contact: ContactNumber, pair: PairID, sequence: SequenceNumber
  ) -> UInt32 {
    let contact = resolve(
      Phone(name, isLenient: false).map { ContactName(phone: $0, user: nil, name: nil) }
        ?? ContactName(phone: contacts.phone(of: contact), user: name, name: nil))
    let fingerprint = messages[base].fingerprint
    if let known = messages.find(fingerprint, participant: contact) { return known }
    var record = Message(
      fingerprint: fingerprint, participant: contact, pair: pair, sequence: sequence)
    record.flags = .participant
    record.link = base
    if messages[base].flags.contains(.group) { record.sibling = messages[base].link }
    let index = messages.add(record)
    messages[base].flags.insert(.group)
    messages[base].link = index
    inherit(index, from: base)
    return index
  }

  private mutating func deliver(
    _ index: UInt32, base: UInt32, at time: Timestamp, sequence: SequenceNumber, reference: inout Reference,
    isWordNew: Bool
  ) {
    let isFirst = !messages[index].isDelivered
    if isFirst {
      messages[index].deliveredAt = time
      if messages[index].failedAt != nil { messages[index].flags.insert(.failedAfterDelivery) }
      if base != index { messages[base].flags.insert(.reached) }
      releaseHold(base)
      answerReferralIfUnannounced(index, at: time)
    }
    guard isFirst || isWordNew || hasWhatItLacked(messages[index], reference: reference) else { return }
    rate(index, sequence: sequence, reference: &reference)
  }

  /// A message that was never announced answers a referral at its delivery (RULES.md 12).
  private mutating func answerReferralIfUnannounced(_ index: UInt32, at time: Timestamp) {
    guard !messages[index].flags.contains(.announced) else { return }
    openEntryPoint(index, at: time)
  }

  /// Meta's word on a message's price says whether it opened a free entry point (RULES.md 40).
  private mutating func hearOfEntryPoint(_ index: UInt32, _ status: MessageStatus, at time: Timestamp) {
    let message = messages[index]
    guard message.word.model != .conversation, !message.flags.contains(.echo) else { return }
    guard message.word.speaksOfEntryPoint else {
      // A later word that says nothing takes back what an earlier one opened (RULES.md 8).
      return windows.withdrawEntryPoint(message.pair, of: index)
    }
    let opensAt = message.announcedAt ?? time
    var closesAt: Timestamp?
    if message.word.saysEntryPoint {
      let derived = opensAt.advanced(hours: settings.entryPointHours(on: zone.day(of: opensAt)))
      closesAt = status.window?.expiresAt.flatMap { $0 > time ? $0 : nil } ?? derived
    }
    windows.metaSpoke(message.pair, at: opensAt, message: index, opens: closesAt)
  }

  private mutating func fail(_ index: UInt32, base: UInt32, at time: Timestamp) {
    if messages[index].isDelivered {
      messages[index].flags.insert(.failedAfterDelivery)
      if messages[index].failedAt == nil { messages[index].failedAt = time }
      return
    }
    if messages[index].failedAt == nil { messages[index].failedAt = time }
    guard base == index || !messages[base].flags.contains(.reached) else { return }
    if messages[base].failedAt == nil { messages[base].failedAt = time }
    releaseHold(base)
  }

  // MARK: Holds

  /// A template holds what its delivery at this instant would cost (RULES.md 20).
  private mutating func holdEstimate(_ index: UInt32, reference: Reference) {
    let message = messages[index]
    guard message.flags.contains(.template), !message.flags.contains(.echo), let announcedAt = message.announcedAt,
      !message.isDelivered, !message.flags.contains(.reached), message.failedAt == nil
    else { return }
    let estimate = decide(message, at: announcedAt, reference: reference)
    messages[index].rating.market = estimate.market
    messages[index].rating.prefix = estimate.prefix
    messages[index].rating.prefixDigits = estimate.prefixDigits
    guard estimate.outcome == .charged, !estimate.amount.isZero else { return }
    messages[index].hold = estimate.amount
    holds.add(estimate.amount, announcedAt: announcedAt)
    funds.hold(estimate.amount)
  }

  private mutating func releaseHold(_ index: UInt32) {
    let message = messages[index]
    guard !message.hold.isZero, let announcedAt = message.announcedAt else { return }
    holds.remove(message.hold, announcedAt: announcedAt)
    funds.release(message.hold)
    messages[index].hold = .zero
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
    for index in unrated.sorted()
    where messages[index].template == template && messages[index].rating.lacksCategory {
      rate(index, sequence: sequence, reference: &reference)
    }
  }
}

/// sent < delivered < read < played, with `failed` beside them (facts, webhooks section 1).
enum StatusRank: UInt8 {
  case other = 0
  case sent = 1
  case delivered, read, played, failed

  init(_ status: Text) {
    switch status {
    case "sent": self = .sent
    case "delivered": self = .delivered
    case "read": self = .read
    case "played": self = .played
    case "failed": self = .failed
    default: self = .other
    }
  }

  var isDelivery: Bool { self == .delivered || self == .read || self == .played }
}
