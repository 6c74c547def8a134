/// How long answers, resolutions and queues took in a stretch of time, by what was asked for (RULES.md 28, 29).
struct ResponseTimes {
  enum Key: String, Sendable, CaseIterable { case agent, team, day, label }

  /// What distinguishes a line; what was not asked for is none.
  private struct LineKey: Hashable {
    var agent = NameID.none
    var team = NameID.none
    var label = NameID.none
    var day: CalendarDay?
  }

  private let keys: [Key]
  private let moment: DeskMoment
  private var total = ResponseTally()
  private var lines: [LineKey: ResponseTally] = [:]

  /// - Parameters: `from` is inside, `to` outside; a sample counts at its end, a wait that goes on at its start.
  init(_ desk: Desk, _ around: DeskSurroundings, from: Timestamp?, to: Timestamp?, by keys: [Key]) {
    self.keys = keys
    moment = DeskMoment(desk, around)
    let fits = { (at: Timestamp) in (from.map { at >= $0 } ?? true) && (to.map { at < $0 } ?? true) }
    for index in Self.days(of: desk.days, around, from: from, to: to) {
      let day = desk.days.day(at: index)
      for sample in desk.days.samples(at: index) where fits(sample.ended) { add(sample, day: day) }
    }
    for cycle in desk.open {
      if let since = cycle.waitingSince, fits(since), !cycle.isSnoozed(at: around.now) { addWait(cycle, since) }
    }
  }

  /// The days that may hold samples of the range: one more on each side, since zones change.
  private static func days(
    of days: DeskDays, _ around: DeskSurroundings, from: Timestamp?, to: Timestamp?
  ) -> Range<Int> {
    let first = from.map { days.firstIndex(notBefore: around.zone.day(of: $0).advanced(days: -1)) } ?? 0
    let last = to.map { days.firstIndex(notBefore: around.zone.day(of: $0).advanced(days: 2)) } ?? days.count
    return min(first, last)..<last
  }

  private mutating func add(_ sample: DeskSample, day: CalendarDay) {
    total.add(sample, moment.clock)
    forEachLine(agent: sample.agent, team: sample.team, labels: sample.labels, day: day) { line, clock in
      line.add(sample, clock)
    }
  }

  private mutating func addWait(_ cycle: OpenCycle, _ since: Timestamp) {
    let conversation = moment.desk.conversations[cycle.conversation]
    total.waiting += 1
    forEachLine(
      agent: conversation.agent, team: conversation.team, labels: conversation.labels,
      day: moment.around.zone.day(of: since)
    ) { line, _ in line.waiting += 1 }
  }

  /// One line, or one for each label where lines are by label; without labels the line of none.
  private mutating func forEachLine(
    agent: NameID, team: NameID, labels: LabelSetID, day: CalendarDay,
    _ body: (inout ResponseTally, BusinessClock?) -> Void
  ) {
    guard !keys.isEmpty else { return }
    var key = LineKey()
    if keys.contains(.agent) { key.agent = agent }
    if keys.contains(.team) { key.team = team }
    if keys.contains(.day) { key.day = day }
    let known = keys.contains(.label) ? moment.desk.labelSets[labels] : []
    for label in known.isEmpty ? [.none] : known {
      key.label = label
      body(&lines[key, default: ResponseTally()], moment.clock)
    }
  }

  func write(to json: inout JSONWriter) {
    json.key("lines")
    json.beginArray()
    for key in lines.keys.sorted(by: isOrdered) {
      guard let line = lines[key] else { continue }
      json.beginObject()
      for name in keys { write(name, of: key, to: &json) }
      write(line, to: &json)
      json.endObject()
    }
    json.endArray()
    json.key("total")
    json.beginObject()
    write(total, to: &json)
    json.endObject()
  }

  private func write(_ tally: ResponseTally, to json: inout JSONWriter) {
    tally.write([.firstResponse, .nextResponse, .resolution, .queue], to: &json, withBusiness: moment.clock != nil)
    json.key("waiting")
    json.number(tally.waiting)
  }

  private func write(_ name: Key, of key: LineKey, to json: inout JSONWriter) {
    switch name {
    case .agent:
      json.key("agent")
      json.name(key.agent, in: moment.around.names)
    case .team:
      json.key("team")
      json.name(key.team, in: moment.around.names)
    case .label:
      json.key("label")
      json.name(key.label, in: moment.around.names)
    case .day:
      json.key("day")
      if let day = key.day { json.day(day) } else { json.null() }
    }
  }

  /// By the keys in the order asked for, null first.
  private func isOrdered(_ left: LineKey, before right: LineKey) -> Bool {
    let names = moment.around.names
    for key in keys {
      switch key {
      case .agent where left.agent != right.agent: return names.isOrdered(left.agent, before: right.agent)
      case .team where left.team != right.team: return names.isOrdered(left.team, before: right.team)
      case .label where left.label != right.label: return names.isOrdered(left.label, before: right.label)
      case .day:
        if let first = left.day, let second = right.day, first != second { return first < second }
      case .agent, .team, .label: continue
      }
    }
    return false
  }
}

extension Desk {
  /// The members of `response-times` (INTERFACE.md 3). Without `by` there are no lines.
  func writeResponseTimes(
    from: Timestamp?, to: Timestamp?, by keys: [ResponseTimes.Key], _ around: DeskSurroundings,
    to json: inout JSONWriter
  ) {
    ResponseTimes(self, around, from: from, to: to, by: keys).write(to: &json)
  }
}
