/// Who has how much to do, now and today (RULES.md 27–31, 45).
struct Workload {
  struct Counts: Hashable {
    var open = 0
    /// Without an agent for a team; without agent and team for all.
    var unassigned = 0
    var unanswered = 0
    var neverAnswered = 0
    var attention = 0
    /// Counted here alone (RULES.md 27).
    var snoozed = 0
  }

  private let moment: DeskMoment
  private let today: CalendarDay
  private let resolvedCount: Int
  private var all = Counts()
  private var longestWait: Duration64?
  /// By slot.
  private var teams: [Counts]
  private var agents: [Counts]
  private var times: [ResponseTally]

  /// - Complexity: O(open conversations + what was done today).
  init(_ desk: Desk, _ around: DeskSurroundings) {
    today = around.today
    let index = desk.days.index(of: today)
    resolvedCount = index.map { desk.days.resolvedCount(at: $0) } ?? 0
    moment = DeskMoment(desk, around)
    teams = [Counts](repeating: Counts(), count: desk.staff.teams.count)
    agents = [Counts](repeating: Counts(), count: desk.staff.agents.count)
    times = [ResponseTally](repeating: ResponseTally(), count: desk.staff.agents.count)
    for cycle in desk.open { count(cycle) }
    for sample in index.map({ desk.days.samples(at: $0) }) ?? [] {
      if let slot = desk.staff.slot(ofAgent: sample.agent) { times[slot].add(sample, moment.clock) }
    }
  }

  private mutating func count(_ cycle: OpenCycle) {
    let isSnoozed = cycle.isSnoozed(at: moment.around.now)
    if let since = cycle.waitingSince, !isSnoozed {
      longestWait = max(longestWait ?? .zero, moment.around.now.since(since))
    }
    let conversation = moment.desk.conversations[cycle.conversation]
    let needsAttention = !moment.attention(cycle).isEmpty
    let hasAgent = !conversation.agent.isNone
    func add(_ counts: inout Counts, isUnassigned: Bool) {
      if isSnoozed { counts.snoozed += 1 } else { counts.add(cycle, needsAttention, isUnassigned: isUnassigned) }
    }
    add(&all, isUnassigned: !hasAgent && conversation.team.isNone)
    if let slot = moment.desk.staff.slot(ofTeam: conversation.team) { add(&teams[slot], isUnassigned: !hasAgent) }
    if let slot = moment.desk.staff.slot(ofAgent: conversation.agent) { add(&agents[slot], isUnassigned: false) }
  }

  /// Members of the answer.
  /// - Parameter charges: what an agent's messages of today cost.
  func write(to json: inout JSONWriter, charges: (NameID) -> MicrosTotal) {
    json.write(
      ("open", all.open), ("unassigned", all.unassigned), ("unanswered", all.unanswered),
      ("never_answered", all.neverAnswered), ("attention", all.attention), ("snoozed", all.snoozed),
      ("resolved_today", resolvedCount))
    json.key("longest_wait")
    if let longestWait { json.duration(longestWait) } else { json.null() }
    json.key("teams")
    json.beginArray()
    for slot in listedTeams { writeTeam(slot, to: &json) }
    json.endArray()
    json.key("agents")
    json.beginArray()
    for slot in listedAgents { writeAgent(slot, to: &json, charges: charges) }
    json.endArray()
  }

  /// All defined, and any that has an agent or a conversation that is open or snoozed.
  private var listedTeams: [Int] {
    let known = moment.desk.staff.teams
    return known.indices.filter { known[$0].isDefined || known[$0].agentCount > 0 || teams[$0] != Counts() }
      .sorted { moment.around.names.isOrdered(known[$0].id, before: known[$1].id) }
  }

  private var listedAgents: [Int] {
    let known = moment.desk.staff.agents
    return known.indices.filter { known[$0].isListed }
      .sorted { moment.around.names.isOrdered(known[$0].id, before: known[$1].id) }
  }

  private func writeTeam(_ slot: Int, to json: inout JSONWriter) {
    let team = moment.desk.staff.teams[slot]
    let counts = teams[slot]
    json.beginObject()
    json.key("team")
    json.name(team.id, in: moment.around.names)
    json.key("name")
    json.name(team.name, in: moment.around.names)
    json.write(
      ("open", counts.open), ("unassigned", counts.unassigned), ("unanswered", counts.unanswered),
      ("attention", counts.attention), ("snoozed", counts.snoozed), ("agents", team.agentCount))
    json.endObject()
  }

  private func writeAgent(_ slot: Int, to json: inout JSONWriter, charges: (NameID) -> MicrosTotal) {
    let agent = moment.desk.staff.agents[slot]
    let messages = moment.desk.days.counts(slot: slot, on: today)
    json.beginObject()
    json.key("agent")
    json.name(agent.id, in: moment.around.names)
    json.key("name")
    json.name(agent.name, in: moment.around.names)
    json.key("team")
    json.name(agent.team, in: moment.around.names)
    json.write(
      ("open", agents[slot].open), ("unanswered", agents[slot].unanswered), ("attention", agents[slot].attention),
      ("snoozed", agents[slot].snoozed),
      ("handled_today", messages.handled), ("sent_today", messages.sent))
    times[slot].write([.firstResponse, .nextResponse, .resolution], to: &json, withBusiness: moment.clock != nil)
    json.key("charges_today")
    json.money(charges(agent.id))
    json.endObject()
  }
}

extension Workload.Counts {
  fileprivate mutating func add(_ cycle: OpenCycle, _ needsAttention: Bool, isUnassigned: Bool) {
    open += 1
    if isUnassigned { unassigned += 1 }
    if cycle.waitingSince != nil { unanswered += 1 }
    if !cycle.isAnswered { neverAnswered += 1 }
    if needsAttention { attention += 1 }
  }
}

extension JSONWriter {
  /// Counts, each under its key.
  fileprivate mutating func write(_ counts: (StaticString, Int)...) {
    for (key, count) in counts {
      self.key(key)
      number(count)
    }
  }
}

extension Desk {
  /// The members of `workload` (INTERFACE.md 3).
  func writeWorkload(
    _ around: DeskSurroundings, charges: (NameID) -> MicrosTotal, to json: inout JSONWriter
  ) {
    Workload(self, around).write(to: &json, charges: charges)
  }
}
