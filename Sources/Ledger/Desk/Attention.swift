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
  /// Whoever has waited since then, or longer, waits too long: for a first response, and for a next one. Worked out once, since
  /// a desk may have tens of thousands of open conversations.
  private let lateSince: (first: Timestamp, next: Timestamp)

  init(_ desk: Desk, _ around: DeskSurroundings) {
    self.desk = desk
    self.around = around
    clock = around.clock(desk.hours)
    let agreed = desk.serviceLevel
    lateSince = (
      Self.lateSince(agreed.firstResponse, clock, around.now), Self.lateSince(agreed.nextResponse, clock, around.now)
    )
  }

  /// Strictly longer than agreed; in business time where hours were given.
  private static func lateSince(_ agreed: Duration64?, _ clock: BusinessClock?, _ now: Timestamp) -> Timestamp {
    guard let agreed else { return Timestamp(rawValue: .min) }
    return clock?.latestStart(ofMoreThan: agreed, until: now)
      ?? Timestamp(rawValue: now.rawValue - agreed.rawValue - 1)
  }

  /// Nothing for a snoozed conversation.
  func attention(_ cycle: OpenCycle) -> Attention {
    guard !cycle.isSnoozed(at: around.now) else { return [] }
    let conversation = desk.conversations[cycle.conversation]
    var found: Attention = []
    if let since = cycle.waitingSince {
      if since <= (cycle.isFirstWaitOver ? lateSince.next : lateSince.first) { found.insert(.serviceLevel) }
      if windowCloses(conversation.pair) { found.insert(.window) }
    }
    if conversation.priority == .urgent { found.insert(.urgent) }
    let labels = desk.labelSets[conversation.labels]
    if labels.contains(where: { desk.urgentLabels.contains($0) }) { found.insert(.label) }
    return found
  }

  private func windowCloses(_ pair: PairID) -> Bool {
    guard let end = around.windowEnd(pair) else { return false }
    return end > around.now && end.since(around.now) <= .hours(2)
  }
}
