extension Desk {
  /// An inbound message, once each.
  mutating func received(_ pair: PairID, kind: MessageKind, at time: Timestamp) {
    guard kind.canWait else { return }
    let index = resolve(pair)
    let place = conversations[index].openIndex ?? openCycle(index, at: time)
    if open[place].waitingSince == nil { open[place].waitingSince = time }
    open[place].snoozedUntil = nil
  }

  /// A message of the business, once each. `agent` is none where the event names none.
  mutating func sent(
    _ pair: PairID, agent: NameID, isBot: Bool, isEcho: Bool, at time: Timestamp, day: CalendarDay
  ) {
    let author = isEcho ? NameID.none : agent
    if !author.isNone { countSent(pair, author, isReply: !isBot, day: day) }
    guard let index = index(of: pair), let place = conversations[index].openIndex else { return }
    if isEcho || (!agent.isNone && !isBot) {
      reply(place, author: author, at: time, day: day)
    } else if isBot {
      open[place].hasBotSpoken = true
    }
  }

  private mutating func countSent(_ pair: PairID, _ agent: NameID, isReply: Bool, day: CalendarDay) {
    let slot = staff.resolve(agent: agent)
    staff.noteSent(slot: slot)
    days.countSent(slot: slot, on: day)
    if isReply { days.countHandled(pair, slot: slot, on: day) }
  }

  /// A human reply in an open cycle: it ends the wait, where somebody waits (RULES.md 28).
  private mutating func reply(_ place: Int, author: NameID, at time: Timestamp, day: CalendarDay) {
    open[place].isAnswered = true
    guard var began = open[place].waitingSince else { return }
    let isFirst = !open[place].isFirstWaitOver
    if isFirst, let handedOverAt = open[place].handedOverAt { began = max(began, handedOverAt) }
    open[place].isFirstWaitOver = true
    open[place].waitingSince = nil
    let conversation = conversations[open[place].conversation]
    days.append(
      DeskSample(
        began: began, ended: time, pair: conversation.pair, agent: author, team: staff.team(ofAgent: author),
        labels: conversation.labels, kind: isFirst ? .firstResponse : .nextResponse), on: day)
  }
}
