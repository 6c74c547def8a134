/// Why an open conversation needs attention (RULES.md 30).
struct Attention: OptionSet, Sendable {
  var rawValue: UInt8

  static let serviceLevel = Attention(rawValue: 1)
  static let window = Attention(rawValue: 2)
  static let urgent = Attention(rawValue: 4)
  static let label = Attention(rawValue: 8)

  func write(to json: inout JSONWriter) {
    json.beginArray()
    if contains(.serviceLevel) { json.string("sla") }
    if contains(.window) { json.string("window") }
    if contains(.urgent) { json.string("urgent") }
    if contains(.label) { json.string("label") }
    json.endArray()
  }
}

/// A desk at an instant: what is open and what of it waits too long.
struct DeskMoment {
  let desk: Desk
  let around: DeskSurroundings
  /// Nil while no hours were ever given.
  let clock: BusinessClock?

  init(_ desk: Desk, _ around: DeskSurroundings) {
    self.desk = desk
    self.around = around
    clock = around.clock(desk.hours)
  }

  /// Nothing for a snoozed conversation.
  func attention(_ cycle: OpenCycle) -> Attention {
    guard !cycle.isSnoozed(at: around.now) else { return [] }
    let conversation = desk.conversations[cycle.conversation]
    var found: Attention = []
    if let since = cycle.waitingSince {
      if isTooLong(since, isFirst: !cycle.isFirstWaitOver) { found.insert(.serviceLevel) }
      if windowCloses(conversation.pair) { found.insert(.window) }
    }
    if conversation.priority == .urgent { found.insert(.urgent) }
    let labels = desk.labelSets[conversation.labels]
    if labels.contains(where: { desk.urgentLabels.contains($0) }) { found.insert(.label) }
    return found
  }

  /// Strictly longer than agreed; in business time where hours were given.
  private func isTooLong(_ since: Timestamp, isFirst: Bool) -> Bool {
    guard let agreed = isFirst ? desk.serviceLevel.firstResponse : desk.serviceLevel.nextResponse else { return false }
    return (clock?.elapsed(from: since, to: around.now) ?? around.now.since(since)) > agreed
  }

  private func windowCloses(_ pair: PairID) -> Bool {
    guard let end = around.windowEnd(pair) else { return false }
    return end > around.now && end.since(around.now) <= .hours(2)
  }
}
