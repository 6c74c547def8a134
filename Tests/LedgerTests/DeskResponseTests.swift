import Testing

@testable import Ledger

/// Whose reply ends which wait, and how long it took (RULES.md 26, 28, 29, 45).
@Suite struct DeskResponseTests {
  var scene = DeskScene()

  /// `n median` of a kind of the total.
  func total(_ kind: String, now: String = "23:00") -> String {
    let answer = scene.times(now)
    return "\(answer["total.\(kind).n"] ?? "-") \(answer["total.\(kind).median"] ?? "-")"
  }

  @Test(
    arguments: [
      ("priya", false, false, true), ("priya", true, false, false), (nil, false, false, false),
      (nil, true, false, false), (nil, false, true, true), ("priya", false, true, true), (nil, true, true, true),
    ] as [(String?, Bool, Bool, Bool)])
  mutating func `only an agent's own message or an echo is a human reply`(
    agent: String?, bot: Bool, echo: Bool, isReply: Bool
  ) {
    scene.receive("09:00")
    scene.send("09:05", by: agent, bot: bot, echo: echo)
    #expect(scene.workload("10:00")["unanswered"] == (isReply ? "0" : "1"))
    #expect(scene.workload("10:00")["never_answered"] == (isReply ? "0" : "1"))
    #expect(total("first_response") == (isReply ? "1 PT5M" : "0 null"))
  }

  @Test mutating func `an echo is credited to no agent`() {
    scene.receive("09:00")
    scene.send("09:05", by: "priya", echo: true)
    #expect(scene.times("10:00", by: [.agent])["lines.0.agent"] == "null")
    #expect(scene.workload("10:00")["agents"] == "[]")
  }

  @Test mutating func `the first wait of a cycle ends in a first response, later ones in next responses`() {
    scene.receive("09:00")
    scene.receive("09:03")
    scene.send("09:10", by: "priya")
    scene.send("09:11", by: "priya")
    scene.receive("09:20")
    scene.send("09:50", by: "tom")
    #expect(total("first_response") == "1 PT10M")
    #expect(total("next_response") == "1 PT30M")
    scene.resolve("10:00")
    #expect(total("resolution") == "1 PT1H")
    scene.receive("11:00")
    scene.send("11:02", by: "tom")
    #expect(total("first_response") == "2 PT2M")
    #expect(total("next_response") == "1 PT30M")
  }

  @Test mutating func `a reply while nobody waits is no sample`() {
    scene.receive("09:00")
    scene.resolve("09:10")
    scene.reopen("09:20")
    scene.send("09:30", by: "priya")
    #expect(total("first_response") == "0 null")
    #expect(scene.workload("10:00")["never_answered"] == "0")
    scene.receive("09:40")
    scene.send("09:47", by: "priya")
    #expect(total("first_response") == "1 PT7M")
    #expect(total("next_response") == "0 null")
  }

  @Test mutating func `a wait that resolving ended is no sample`() {
    scene.receive("09:00")
    scene.resolve("09:10")
    scene.send("09:20", by: "priya")
    #expect(total("first_response") == "0 null")
    #expect(scene.workload("10:00")["agents.0.handled_today"] == "1")
  }

  @Test(arguments: [("08:59", "1 PT0S"), ("09:00", "1 PT0S"), ("09:01", "1 PT1M")])
  mutating func `a reply dated before the wait began ends it with nothing`(at: String, shown: String) {
    scene.receive("09:00")
    scene.send(at, by: "priya")
    #expect(total("first_response") == shown)
  }

  @Test mutating func `a resolution dated before its cycle took no time`() {
    scene.receive("09:00")
    scene.resolve("08:00")
    #expect(total("resolution") == "1 PT0S")
  }

  @Test(
    arguments: [
      (["in 09:00", "bot 09:01", "assign 09:20", "reply 09:30"], "PT10M"),
      (["in 09:00", "assign 09:20", "bot 09:21", "reply 09:30"], "PT30M"),
      (["in 09:00", "bot 09:01", "assign 08:50", "reply 09:30"], "PT30M"),
      (["in 09:00", "bot 09:01", "assign 09:00", "reply 09:30"], "PT30M"),
      (["in 09:00", "bot 09:01", "assign 09:10", "assign 09:20", "reply 09:30"], "PT20M"),
      (["in 09:00", "bot 09:01", "reply 09:30"], "PT30M"),
      (["in 09:00", "bot 09:01", "team 09:20", "reply 09:30"], "PT10M"),
      (["in 09:00", "bot 09:01", "assign 09:20", "reply 09:10"], "PT0S"),
      (["in 08:00", "bot 08:01", "assign 08:02", "resolve 08:05", "in 09:00", "reply 09:30"], "PT30M"),
    ])
  mutating func `a first response is measured from the first assignment behind a bot's message, where that is later`(
    steps: [String], shown: String
  ) {
    for step in steps {
      let time = String(step.suffix(5))
      switch step.split(separator: " ")[0] {
      case "in": scene.receive(time)
      case "bot": scene.send(time, bot: true)
      case "assign": scene.assign(time, agent: "priya")
      case "team": scene.assign(time, team: "care")
      case "resolve": scene.resolve(time)
      default: scene.send(time, by: "priya")
      }
    }
    #expect(total("first_response") == "1 \(shown)")
  }

  @Test mutating func `a hand-over does not shorten later waits`() {
    scene.receive("09:00")
    scene.send("09:01", by: "priya")
    scene.receive("09:10")
    scene.send("09:11", bot: true)
    scene.assign("09:20", agent: "tom")
    scene.send("09:30", by: "tom")
    #expect(total("next_response") == "1 PT20M")
  }

  @Test mutating func `a resolution is credited to the assignee`() {
    scene.define(agent: "tom", team: "care")
    scene.receive("09:00")
    scene.send("09:05", by: "priya")
    scene.assign("09:10", agent: "tom")
    scene.resolve("10:00")
    let answer = scene.times("11:00", by: [.agent])
    #expect(answer["lines.0.agent"] == "priya")
    #expect(answer["lines.0.resolution.n"] == "0")
    #expect(answer["lines.1.agent"] == "tom")
    #expect(answer["lines.1.resolution.median"] == "PT1H")
    #expect(answer["lines.1.queue.median"] == "PT10M")
    #expect(scene.times("11:00", by: [.team])["lines.1.team"] == "care")
  }

  @Test mutating func `a queue is measured once a cycle, and not where somebody is assigned from the start`() {
    scene.receive("09:00")
    scene.assign("09:10", team: "care")
    scene.desk.unassigned(scene.pair("ana"))
    scene.assign("09:30", agent: "tom")
    #expect(total("queue") == "1 PT10M")
    scene.resolve("10:00")
    scene.receive("11:00")
    scene.assign("11:20", agent: "priya")
    #expect(total("queue") == "1 PT10M")
  }

  @Test mutating func `lines are sorted by their keys, null first, and two labels make two lines`() {
    scene.label("ana", "vip", "angry")
    for contact in ["ana", "bo"] {
      scene.receive("09:00", contact)
      scene.send("09:05", contact, by: "priya")
    }
    let answer = scene.times("23:00", by: [.label])
    #expect(["0", "1", "2", "3"].map { answer["lines.\($0).label"] } == ["null", "angry", "vip", nil])
    #expect(["0", "1", "2"].map { answer["lines.\($0).first_response.n"] } == ["1", "1", "1"])
    #expect(answer["total.first_response.n"] == "2")
    let both = scene.times("23:00", by: [.day, .agent])
    #expect(both["lines.0.day"] == "2026-10-05")
    #expect(both["lines.0.agent"] == "priya")
    #expect(scene.times("23:00")["lines"] == "[]")
  }

  @Test mutating func `labels given later do not change what was measured before`() {
    scene.receive("09:00")
    scene.send("09:05", by: "priya")
    scene.label("ana", "vip")
    #expect(scene.times("23:00", by: [.label])["lines.0.label"] == "null")
  }

  @Test(
    arguments: [
      ("2026-10-05T09:05:00Z", "2026-10-05T09:05:00.000001Z", "1"),
      ("2026-10-05T09:00:00Z", "2026-10-05T09:05:00Z", "0"),
      ("2026-10-05T09:05:00.000001Z", "2026-10-06T00:00:00Z", "0"),
      ("2026-10-04T00:00:00Z", "2026-10-06T00:00:00Z", "1"),
      ("2026-10-06T00:00:00Z", "2026-10-04T00:00:00Z", "0"),
    ])
  mutating func `a range of response times is half-open and counts by the reply`(
    from: String, to: String, count: String
  ) {
    scene.receive("09:00")
    scene.send("09:05", by: "priya")
    #expect(scene.times("23:00", from: from, to: to)["total.first_response.n"] == count)
  }

  @Test mutating func `a reply is filed on its day in the account's zone`() {
    scene.zone = Zone(transitions: [.init(at: Timestamp(rawValue: 0), offsetSeconds: -3 * 3_600)])!
    scene.receive("06T01:00")
    scene.send("06T02:59", by: "priya")
    scene.receive("06T03:00")
    scene.send("06T03:01", by: "priya")
    let answer = scene.times("06T12:00", by: [.day])
    #expect(answer["lines.0.day"] == "2026-10-05")
    #expect(answer["lines.0.first_response.median"] == "PT1H59M")
    #expect(answer["lines.1.day"] == "2026-10-06")
    #expect(answer["lines.1.next_response.median"] == "PT1M")
  }

  @Test mutating func `those who go on waiting are counted beside the times`() {
    scene.receive("09:00", "ana")
    scene.assign("09:01", "ana", agent: "priya", team: "care")
    scene.receive("06T09:00", "bo")
    scene.receive("06T10:00", "cy")
    scene.snooze(until: "07T10:00", "cy")
    let answer = scene.times("06T12:00", by: [.agent])
    #expect(answer["total.waiting"] == "2")
    #expect(answer["lines.0.agent"] == "null")
    #expect(answer["lines.0.waiting"] == "1")
    #expect(answer["lines.1.agent"] == "priya")
    #expect(answer["lines.1.waiting"] == "1")
    #expect(answer["lines.1.first_response"] == #"{"n":0,"median":null,"p90":null}"#)
    #expect(scene.times("06T12:00", from: "06T00:00", by: [.day])["total.waiting"] == "1")
  }

  @Test(arguments: 0...40)
  func `a rank is the nearest`(count: Int) {
    let values = (0..<count).map { Int64($0) * 10 }
    for percent in [50, 90] {
      var wanted: Int64?  // the smallest value that at least `percent` of all do not exceed
      for value in values.reversed() where values.count(where: { $0 <= value }) * 100 >= percent * count {
        wanted = value
      }
      #expect(SpanTally.nearestRank(values, percent: percent) == wanted)
    }
  }
}
