extension Desk {
  /// Opens the next cycle and gives its place in `open`.
  mutating func openCycle(_ index: Int, at time: Timestamp) -> Int {
    conversations[index].cycle += 1
    conversations[index].cycleStart = time
    conversations[index].openIndex = open.count
    let isAssigned = !conversations[index].agent.isNone || !conversations[index].team.isNone
    open.append(OpenCycle(conversation: index, wasAssigned: isAssigned))
    return open.count - 1
  }

  private mutating func closeCycle(_ index: Int, place: Int) {
    let last = open.removeLast()
    if place < open.count { open[place] = last }
    if place < open.count { conversations[open[place].conversation].openIndex = place }
    conversations[index].openIndex = nil
  }

  /// Replaces agent and team; without a team it is the agent's (RULES.md 27).
  mutating func assigned(_ pair: PairID, agent: NameID, team: NameID, at time: Timestamp, day: CalendarDay) {
    let index = resolve(pair)
    setAssignee(index, agent: agent, team: team.isNone ? staff.team(ofAgent: agent) : team)
    guard let place = conversations[index].openIndex else { return }
    if open[place].hasBotSpoken, open[place].handedOverAt == nil { open[place].handedOverAt = time }
    guard !open[place].wasAssigned else { return }
    open[place].wasAssigned = true
    appendSample(.queue, of: index, at: time, day: day)
  }

  mutating func unassigned(_ pair: PairID) {
    guard let index = index(of: pair) else { return }
    setAssignee(index, agent: .none, team: .none)
  }

  private mutating func setAssignee(_ index: Int, agent: NameID, team: NameID) {
    staff.reassign(from: conversations[index].agent, to: agent)
    if !team.isNone { _ = staff.resolve(team: team) }
    conversations[index].agent = agent
    conversations[index].team = team
  }

  /// Ends the open cycle; labels, assignee and priority stay. Without an open cycle it has no effect.
  mutating func resolved(_ pair: PairID, at time: Timestamp, day: CalendarDay) {
    guard let index = index(of: pair), let place = conversations[index].openIndex else { return }
    appendSample(.resolution, of: index, at: time, day: day)
    conversations[index].resolvedAt = time
    closeCycle(index, place: place)
  }

  /// Opens the next cycle of a resolved conversation; without an earlier cycle it has no effect (RULES.md 45).
  mutating func reopened(_ pair: PairID, at time: Timestamp) {
    guard let index = index(of: pair), conversations[index].cycle > 0, conversations[index].openIndex == nil else {
      return
    }
    _ = openCycle(index, at: time)
  }

  /// Only an open conversation can be snoozed. An instant that has passed ends the snooze.
  mutating func snoozed(_ pair: PairID, until: Timestamp) {
    guard let index = index(of: pair), let place = conversations[index].openIndex else { return }
    open[place].snoozedUntil = until
  }

  mutating func labelled(_ pair: PairID, _ labels: some Sequence<NameID>) {
    let index = resolve(pair)
    let known = conversations[index].labels
    let new = Array(labels)
    conversations[index].labels =
      new.count == 1 ? labelSets.adding(new[0], to: known) : labelSets.adding(new, to: known)
  }

  mutating func unlabelled(_ pair: PairID, _ labels: some Sequence<NameID>) {
    guard let index = index(of: pair) else { return }
    conversations[index].labels = labelSets.removing(labels, from: conversations[index].labels)
  }

  mutating func prioritised(_ pair: PairID, _ priority: Priority) { conversations[resolve(pair)].priority = priority }

  mutating func teamDefined(_ team: NameID, name: NameID) { staff.define(team: team, name: name) }

  /// Open assignments keep the team that they were given.
  mutating func agentDefined(_ agent: NameID, name: NameID, team: NameID) {
    staff.define(agent: agent, name: name, team: team)
  }

  /// Settings that are absent stay as they are; those given replace the whole of their kind.
  mutating func configured(_ settings: AccountConfigured, names: inout Names, at time: Timestamp) {
    if let given = settings.serviceLevel { serviceLevel = given }
    if let given = settings.urgentLabels { urgentLabels = Set(given.map { names.intern($0) }).sorted() }
    if let given = settings.businessHours {
      let zone = names.intern(given.zone)
      let holidays = Set(given.holidays).sorted()
      hours.append(BusinessHours.Version(from: time, zone: zone, week: given.days, holidays: holidays))
    }
  }

  /// A sample from the cycle's start, credited to the assignee.
  private mutating func appendSample(_ kind: DeskSample.Kind, of index: Int, at time: Timestamp, day: CalendarDay) {
    let conversation = conversations[index]
    days.append(
      DeskSample(
        began: conversation.cycleStart, ended: time, pair: conversation.pair, agent: conversation.agent,
        team: conversation.team, labels: conversation.labels, kind: kind), on: day)
  }
}
