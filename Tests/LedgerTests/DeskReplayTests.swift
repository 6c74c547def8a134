import Testing

@testable import Ledger

extension RandomSource: RandomNumberGenerator {}

/// A fold that is stopped, serialised and resumed is the same fold (RULES.md 1).
@Suite struct DeskReplayTests {
  /// One thing that happens to a desk, drawn from a seed.
  static func step(_ scene: inout DeskScene, _ random: inout RandomSource, minute: Int) {
    let agents = ["priya", "tom", "zoe"]
    let late = random.isTrue(oneIn: 8) ? -random.below(3_000) : 0
    let start = DeskScene.instant("2026-10-23T06:00:00Z").rawValue
    let time = Timestamp(rawValue: start + Int64(minute + late) * 60_000_000).description
    let contact = "c\(random.below(6))"
    let agent = agents[random.below(3)]
    switch random.below(24) {
    case 0...6: scene.receive(time, contact, kind: random.isTrue(oneIn: 6) ? "reaction" : "text")
    case 7...11:
      scene.send(
        time, contact, by: random.isTrue(oneIn: 5) ? nil : agent, bot: random.isTrue(oneIn: 4),
        echo: random.isTrue(oneIn: 6))
    case 12, 13:
      scene.assign(
        time, contact, agent: random.isTrue(oneIn: 3) ? nil : agent, team: random.isTrue(oneIn: 2) ? "care" : nil)
    case 14: scene.desk.unassigned(scene.pair(contact))
    case 15...17: scene.resolve(time, contact)
    case 18: scene.reopen(time, contact)
    case 19:
      scene.snooze(until: Timestamp(rawValue: start + Int64(minute + 60) * 60_000_000).description, contact)
    case 20: scene.label(contact, ["vip", "angry", "new"][random.below(3)])
    case 21: scene.desk.unlabelled(scene.pair(contact), [scene.name("vip")])
    case 22: scene.desk.prioritised(scene.pair(contact), Priority(rawValue: UInt8(random.below(4)))!)
    default: configure(&scene, &random, time, agent)
    }
  }

  static func configure(
    _ scene: inout DeskScene, _ random: inout RandomSource, _ time: String, _ agent: String
  ) {
    switch random.below(5) {
    case 0: scene.open(at: time, DeskHoursTests.nineToSix, holidays: ["2026-10-26"])
    case 1: scene.agree(first: "PT15M", next: random.isTrue(oneIn: 2) ? "PT1H" : nil)
    case 2: scene.callUrgent("angry", "new")
    case 3: scene.define(team: "sales")
    default: scene.define(agent: agent, team: random.isTrue(oneIn: 2) ? "sales" : "care")
    }
  }

  static let now = "2026-10-26T12:00:00Z"

  static func answers(_ scene: DeskScene) -> [String] {
    [
      scene.workload(now).json, scene.list(now).json, scene.times(now, by: [.agent, .label]).json,
      scene.times(now, from: "24T00:00", by: [.day, .team]).json,
    ]
  }

  @Test(arguments: 1...6)
  func `a fold resumed at every event gives the same bytes and answers as a straight one`(seed: UInt64) throws {
    var scene = DeskScene()
    scene.zone = DeskHoursTests.berlin
    var resumed = scene
    var random = RandomSource(seed: seed)
    var again = RandomSource(seed: seed)
    for minute in 0..<250 {
      Self.step(&scene, &random, minute: minute * 11)
      Self.step(&resumed, &again, minute: minute * 11)
      try resumed.restart()
      try #require(scene.state == resumed.state, "seed \(seed), event \(minute)")
    }
    #expect(Self.answers(scene) == Self.answers(resumed), "seed \(seed)")
  }

  /// The indexed counts against reading everything again.
  @Test(arguments: 1...6)
  func `counts kept along the way are those of a count from the start`(seed: UInt64) throws {
    var scene = DeskScene()
    var random = RandomSource(seed: seed)
    for minute in 0..<500 {
      Self.step(&scene, &random, minute: minute * 7)
      let desk = scene.desk
      #expect(desk.open.count == desk.conversations.count { $0.openIndex != nil })
      for (place, cycle) in desk.open.enumerated() {
        #expect(desk.conversations[cycle.conversation].openIndex == place)
      }
      for agent in desk.staff.agents {
        #expect(agent.assignedCount == desk.conversations.count { $0.agent == agent.id }, "seed \(seed)")
      }
      for team in desk.staff.teams {
        #expect(team.agentCount == desk.staff.agents.count { $0.team == team.id }, "seed \(seed)")
      }
      let days = desk.days.indices.map { desk.days.day(at: $0) }
      #expect(zip(days, days.dropFirst()).allSatisfy { $0 < $1 })
    }
    let days = scene.desk.days
    #expect(days.indices.flatMap { days.samples(at: $0) }.allSatisfy { $0.duration >= .zero })
  }

  @Test(arguments: 1...4)
  func `altered bytes are refused or read and never trap`(seed: UInt64) throws {
    var scene = DeskScene()
    var random = RandomSource(seed: seed)
    for minute in 0..<120 { Self.step(&scene, &random, minute: minute * 11) }
    let bytes = scene.state
    for _ in 0..<500 {
      var altered = bytes
      altered[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next())
      if random.isTrue(oneIn: 3) { altered.removeLast(random.below(bytes.count)) }
      var decoder = StateDecoder(altered)
      guard let desk = try? Desk(from: &decoder, names: scene.names, pairs: scene.pairs) else { continue }
      var changed = scene
      changed.desk = desk
      #expect(!Self.answers(changed).isEmpty)
    }
  }
}
