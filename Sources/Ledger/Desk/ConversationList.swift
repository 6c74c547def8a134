/// Which conversations are asked for. Nil is any; ``NameID/none`` is "without".
struct ConversationFilter: Sendable {
  enum State: String, Sendable, CaseIterable {
    case open, unassigned, unanswered, attention, resolved, snoozed
  }

  var state: State?
  var agent: NameID?
  var team: NameID?
  var label: NameID?

  init(state: State? = nil, agent: NameID? = nil, team: NameID? = nil, label: NameID? = nil) {
    self.state = state
    self.agent = agent
    self.team = team
    self.label = label
  }

  /// Reads names as they were asked for: an empty one is "without", an unknown one fits no conversation.
  init(state: State?, agent: String?, team: String?, label: String?, in names: Names) {
    func id(_ name: String?) -> NameID? {
      name.map { $0.isEmpty ? .none : names.find($0) ?? NameID(rawValue: .max) }
    }
    self.init(state: state, agent: id(agent), team: id(team), label: id(label))
  }

  func fits(_ conversation: Conversation, labels: [NameID]) -> Bool {
    (agent == nil || agent == conversation.agent) && (team == nil || team == conversation.team)
      && (label == nil || (label == NameID.none ? labels.isEmpty : labels.contains(label ?? .none)))
  }
}

/// The conversations that fit a filter: who waits longest first, then the other open ones by their start, the snoozed by
/// their end, the resolved from the last one back.
struct ConversationList {
  /// Where a row stands: its group, a number that rises within it, the pair.
  private struct Row: Comparable {
    var group: UInt8
    var rank: Int64
    var pair: PairID
    var index: Int

    static func < (left: Row, right: Row) -> Bool {
      (left.group, left.rank, left.pair) < (right.group, right.rank, right.pair)
    }
  }

  private let moment: DeskMoment
  private let filter: ConversationFilter
  private let limit: Int
  private var rows: [Row] = []
  private var count = 0

  /// - Complexity: O(open conversations), or all where resolved ones are asked for.
  init(_ desk: Desk, _ around: DeskSurroundings, _ filter: ConversationFilter, limit: Int) {
    moment = DeskMoment(desk, around)
    self.filter = filter
    self.limit = limit
    if filter.state != nil && filter.state != .resolved {
      for cycle in desk.open { add(cycle.conversation) }
    } else {
      for index in desk.conversations.indices { add(index) }
    }
    trim()
  }

  private mutating func add(_ index: Int) {
    let conversation = moment.desk.conversations[index]
    guard conversation.cycle > 0, filter.fits(conversation, labels: moment.desk.labelSets[conversation.labels]),
      isInState(conversation)
    else { return }
    count += 1
    rows.append(row(conversation, at: index))
    if rows.count >= limit * 4 + 1_024 { trim() }
  }

  private mutating func trim() {
    rows.sort()
    if rows.count > limit { rows.removeLast(rows.count - limit) }
  }

  private func isInState(_ conversation: Conversation) -> Bool {
    guard let state = filter.state else { return true }
    guard let place = conversation.openIndex else { return state == .resolved }
    let cycle = moment.desk.open[place]
    if cycle.isSnoozed(at: moment.around.now) { return state == .snoozed }
    switch state {
    case .open: return true
    case .unassigned: return conversation.agent.isNone && conversation.team.isNone
    case .unanswered: return cycle.waitingSince != nil
    case .attention: return !moment.attention(cycle).isEmpty
    case .resolved, .snoozed: return false
    }
  }

  private func row(_ conversation: Conversation, at index: Int) -> Row {
    guard let place = conversation.openIndex else {
      return Row(group: 3, rank: -conversation.resolvedAt.rawValue, pair: conversation.pair, index: index)
    }
    let cycle = moment.desk.open[place]
    if let until = cycle.snoozedUntil, cycle.isSnoozed(at: moment.around.now) {
      return Row(group: 2, rank: until.rawValue, pair: conversation.pair, index: index)
    }
    if let since = cycle.waitingSince {
      return Row(group: 0, rank: since.rawValue, pair: conversation.pair, index: index)
    }
    return Row(group: 1, rank: conversation.cycleStart.rawValue, pair: conversation.pair, index: index)
  }

  /// `conversations`, and `count`: how many fit, beyond the limit too.
  func write(to json: inout JSONWriter) {
    json.key("conversations")
    json.beginArray()
    for row in rows { write(row, to: &json) }
    json.endArray()
    json.key("count")
    json.number(count)
  }

  private func write(_ row: Row, to json: inout JSONWriter) {
    let conversation = moment.desk.conversations[row.index]
    let names = moment.around.names
    let cycle = conversation.openIndex.map { moment.desk.open[$0] }
    json.beginObject()
    json.key("number")
    json.name(moment.around.pairs.number(of: conversation.pair), in: names)
    json.key("contact")
    moment.around.book.write(moment.around.pairs.contact(of: conversation.pair), to: &json)
    json.key("state")
    json.string(row.group == 3 ? "resolved" : row.group == 2 ? "snoozed" : "open")
    json.key("agent")
    json.name(conversation.agent, in: names)
    json.key("team")
    json.name(conversation.team, in: names)
    writeLabels(conversation, to: &json)
    json.key("priority")
    json.string(conversation.priority.name)
    json.key("waiting_since")
    json.instant(cycle?.waitingSince)
    json.key("attention")
    (cycle.map { moment.attention($0) } ?? []).write(to: &json)
    writeTimes(conversation, cycle, to: &json)
    json.endObject()
  }

  private func writeLabels(_ conversation: Conversation, to json: inout JSONWriter) {
    let names = moment.around.names
    json.key("labels")
    json.beginArray()
    for label in moment.desk.labelSets[conversation.labels].sorted(by: { names.isOrdered($0, before: $1) }) {
      json.name(label, in: names)
    }
    json.endArray()
  }

  private func writeTimes(_ conversation: Conversation, _ cycle: OpenCycle?, to json: inout JSONWriter) {
    let now = moment.around.now
    json.key("window_ends")
    json.instant(moment.around.windowEnd(conversation.pair).flatMap { $0 > now ? $0 : nil })
    json.key("cycle_start")
    json.instant(conversation.cycleStart)
    json.key("cycle")
    json.number(conversation.cycle)
    json.key("snoozed_until")
    json.instant(cycle.flatMap { $0.isSnoozed(at: now) ? $0.snoozedUntil : nil })
    json.key("resolved_at")
    json.instant(cycle == nil ? conversation.resolvedAt : nil)
  }
}

extension Priority {
  var name: String {
    switch self {
    case .low: "low"
    case .normal: "normal"
    case .high: "high"
    case .urgent: "urgent"
    }
  }
}

extension Desk {
  /// The members of `conversations` (INTERFACE.md 3), at most `limit` of them.
  func writeConversations(
    _ filter: ConversationFilter, limit: Int, _ around: DeskSurroundings, to json: inout JSONWriter
  ) {
    ConversationList(self, around, filter, limit: limit).write(to: &json)
  }
}
