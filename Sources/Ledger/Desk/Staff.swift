/// Where each name stands in a list, by the name's number.
struct NameSlots: Sendable {
  /// Slot + 1 by the name's number; 0 is free.
  private var slots: [UInt32] = []

  subscript(id: NameID) -> Int? {
    guard Int(id.rawValue) < slots.count, slots[Int(id.rawValue)] != 0 else { return nil }
    return Int(slots[Int(id.rawValue)]) - 1
  }

  mutating func insert(_ id: NameID, slot: Int) {
    let index = Int(id.rawValue)
    if index >= slots.count { slots.append(contentsOf: repeatElement(0, count: index + 1 - slots.count)) }
    slots[index] = UInt32(slot + 1)
  }
}

/// The agents and teams of an account, each with a slot from 0 in the order first seen.
struct Staff: Sendable {
  struct Agent: Hashable, Sendable {
    var id: NameID
    var name = NameID.none
    var team = NameID.none
    var isDefined = false
    var hasSent = false
    /// Conversations that it is the assignee of, open or not.
    var assignedCount = 0

    /// RULES.md 31: all defined, and any that sent or is assigned.
    var isListed: Bool { isDefined || hasSent || assignedCount > 0 }
  }

  struct Team: Hashable, Sendable {
    var id: NameID
    var name = NameID.none
    var isDefined = false
    /// Agents whose team it is.
    var agentCount = 0
  }

  private(set) var agents: [Agent] = []
  private(set) var teams: [Team] = []
  private var agentSlots = NameSlots()
  private var teamSlots = NameSlots()

  init() {}

  func slot(ofAgent id: NameID) -> Int? { agentSlots[id] }
  func slot(ofTeam id: NameID) -> Int? { teamSlots[id] }

  /// The team of an agent as last defined.
  func team(ofAgent id: NameID) -> NameID { agentSlots[id].map { agents[$0].team } ?? .none }

  mutating func resolve(agent id: NameID) -> Int {
    if let known = agentSlots[id] { return known }
    agents.append(Agent(id: id))
    agentSlots.insert(id, slot: agents.count - 1)
    return agents.count - 1
  }

  mutating func resolve(team id: NameID) -> Int {
    if let known = teamSlots[id] { return known }
    teams.append(Team(id: id))
    teamSlots.insert(id, slot: teams.count - 1)
    return teams.count - 1
  }

  mutating func define(team id: NameID, name: NameID) {
    let slot = resolve(team: id)
    teams[slot].name = name
    teams[slot].isDefined = true
  }

  /// An agent defined again without a team has none.
  mutating func define(agent id: NameID, name: NameID, team: NameID) {
    let slot = resolve(agent: id)
    if !agents[slot].team.isNone { teams[resolve(team: agents[slot].team)].agentCount -= 1 }
    if !team.isNone { teams[resolve(team: team)].agentCount += 1 }
    agents[slot].name = name
    agents[slot].team = team
    agents[slot].isDefined = true
  }

  mutating func noteSent(slot: Int) { agents[slot].hasSent = true }

  /// Keeps the counts of assignments when an assignee changes.
  mutating func reassign(from old: NameID, to new: NameID) {
    if !old.isNone { agents[resolve(agent: old)].assignedCount -= 1 }
    if !new.isNone { agents[resolve(agent: new)].assignedCount += 1 }
  }
}

extension Staff {
  /// The counts are not written: they follow from the rest.
  func encode(into encoder: inout StateEncoder) {
    encoder.write(teams) { encoder, team in
      encoder.write(team.id)
      encoder.write(team.name)
      encoder.write(team.isDefined)
    }
    encoder.write(agents) { encoder, agent in
      encoder.write(agent.id)
      encoder.write(agent.name)
      encoder.write(agent.team)
      encoder.write(agent.isDefined)
      encoder.write(agent.hasSent)
    }
  }

  /// Reads what ``encode(into:)`` wrote; assignments are counted by the desk as it reads its conversations.
  init(from decoder: inout StateDecoder, names: borrowing Names) throws(StateDecodingError) {
    for _ in 0..<(try decoder.readCount()) {
      let id = try decoder.readName(in: names)
      guard !id.isNone, teamSlots[id] == nil else { throw decoder.failure("a team twice or without a name") }
      let slot = resolve(team: id)
      teams[slot].name = try decoder.readName(in: names)
      teams[slot].isDefined = try decoder.readBool()
    }
    for _ in 0..<(try decoder.readCount()) { try readAgent(from: &decoder, names) }
  }

  private mutating func readAgent(from decoder: inout StateDecoder, _ names: borrowing Names) throws(StateDecodingError)
  {
    let id = try decoder.readName(in: names)
    guard !id.isNone, agentSlots[id] == nil else { throw decoder.failure("an agent twice or without a name") }
    let slot = resolve(agent: id)
    agents[slot].name = try decoder.readName(in: names)
    let team = try decoder.readName(in: names)
    guard team.isNone || teamSlots[team] != nil else { throw decoder.failure("an agent of a team that is not there") }
    agents[slot].team = team
    if let teamSlot = teamSlots[team], !team.isNone { teams[teamSlot].agentCount += 1 }
    agents[slot].isDefined = try decoder.readBool()
    agents[slot].hasSent = try decoder.readBool()
  }
}
