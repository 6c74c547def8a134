import Testing

@testable import Ledger

/// Counts, attention and what was done today (RULES.md 27, 29–31, 45).
@Suite struct DeskWorkloadTests {
  var scene = DeskScene()

  @Test func `a desk where nothing happened says so`() {
    #expect(
      scene.workload("09:00").json
        == #"{"open":0,"unassigned":0,"unanswered":0,"never_answered":0,"attention":0,"snoozed":0,"resolved_today":0,"#
        + #""longest_wait":null,"teams":[],"agents":[]}"#)
    #expect(
      scene.times("09:00").json
        == #"{"lines":[],"total":{"first_response":{"n":0,"median":null,"p90":null},"#
        + #""next_response":{"n":0,"median":null,"p90":null},"resolution":{"n":0,"median":null,"p90":null},"#
        + #""queue":{"n":0,"median":null,"p90":null},"waiting":0}}"#)
    #expect(scene.list("09:00").json == #"{"conversations":[],"count":0}"#)
  }

  @Test mutating func `unassigned, unanswered and never answered are three numbers`() {
    scene.receive("09:00", "ana")
    scene.receive("09:00", "bo")
    scene.assign("09:01", "bo", team: "sales")
    scene.receive("09:00", "cy")
    scene.assign("09:01", "cy", agent: "priya", team: "sales")
    scene.send("09:02", "cy", by: "priya")
    scene.receive("09:00", "di")
    scene.send("09:02", "di", by: "priya")
    scene.receive("09:10", "di")
    let answer = scene.workload("10:00")
    #expect(answer["open"] == "4")
    #expect(answer["unassigned"] == "2")
    #expect(answer["unanswered"] == "3")
    #expect(answer["never_answered"] == "2")
    #expect(answer["longest_wait"] == "PT1H")
    #expect(answer["teams.0.team"] == "sales")
    #expect(answer["teams.0.open"] == "2")
    #expect(answer["teams.0.unassigned"] == "1")
    #expect(answer["teams.0.unanswered"] == "1")
    #expect(answer["agents.0.open"] == "1")
    #expect(answer["agents.0.unanswered"] == "0")
  }

  @Test mutating func `agents are listed who are defined, sent or are assigned, and no others`() {
    scene.define(team: "sales")
    scene.define(agent: "zoe", team: "sales")
    scene.send("04T09:00", "ana", by: "writer")
    scene.send("04T09:00", "ana", by: "botmaster", bot: true)
    scene.send("04T09:00", "ana", by: "echoed", echo: true)
    scene.assign("04T09:00", "bo", agent: "assigned")
    scene.assign("04T09:00", "cy", agent: "gone")
    scene.desk.unassigned(scene.pair("cy"))
    let answer = scene.workload("09:00")
    let listed = ["0", "1", "2", "3", "4"].map { answer["agents.\($0).agent"] }
    #expect(listed == ["assigned", "botmaster", "writer", "zoe", nil])
    #expect(answer["agents.3.team"] == "sales")
    #expect(answer["agents.3.name"] == "Agent zoe")
    #expect(answer["teams.0.agents"] == "1")
    #expect(answer["teams.0.name"] == "Team sales")
  }

  @Test mutating func `only today's work is counted, each conversation once`() {
    scene.zone = Zone(transitions: [.init(at: Timestamp(rawValue: 0), offsetSeconds: 3_600)])!
    scene.receive("04T10:00", "ana")
    scene.send("04T22:59", "ana", by: "priya")  // 23:59 local, yesterday
    scene.receive("04T22:59", "ana")
    scene.send("04T23:00", "ana", by: "priya")  // midnight local, today
    scene.send("08:00", "ana", by: "priya")
    scene.send("08:00", "bo", by: "priya")  // a reply to nobody who waits is handled too
    scene.send("08:00", "cy", by: "priya", bot: true)
    scene.resolve("09:00", "ana")
    let answer = scene.workload("10:00") { scene.names.string($0) == "priya" ? MicrosTotal(rawValue: 610_000) : .zero }
    #expect(answer["agents.0.handled_today"] == "2")
    #expect(answer["agents.0.sent_today"] == "4")
    #expect(answer["agents.0.first_response.n"] == "0")
    #expect(answer["agents.0.next_response"] == #"{"n":1,"median":"PT1M","p90":"PT1M"}"#)
    #expect(answer["agents.0.charges_today"] == "0.61")
    #expect(answer["resolved_today"] == "1")
    let yesterday = scene.workload("04T22:59")
    #expect(yesterday["agents.0.handled_today"] == "1")
    #expect(yesterday["agents.0.first_response.median"] == "PT12H59M")
    #expect(scene.workload("06T10:00")["agents.0.sent_today"] == "0")
  }

  @Test mutating func `an agent's resolutions are those of its conversations`() {
    scene.receive("09:00")
    scene.assign("09:00", agent: "tom")
    scene.send("09:30", by: "priya")
    scene.resolve("10:00")
    let answer = scene.workload("11:00")
    #expect(answer["agents.0.agent"] == "priya")
    #expect(answer["agents.0.first_response.median"] == "PT30M")
    #expect(answer["agents.0.resolution.n"] == "0")
    #expect(answer["agents.1.agent"] == "tom")
    #expect(answer["agents.1.resolution.median"] == "PT1H")
  }

  @Test(
    arguments: [
      ("2026-10-05T09:14:59.999999Z", false), ("09:15", false), ("2026-10-05T09:15:00.000001Z", true),
      ("08:00", false),
    ])
  mutating func `only a wait strictly longer than agreed is too long`(now: String, isTooLong: Bool) {
    scene.agree(first: "PT15M")
    scene.receive("09:00")
    #expect(scene.list(now)["conversations.0.attention"] == (isTooLong ? #"["sla"]"# : "[]"))
    #expect(scene.workload(now)["attention"] == (isTooLong ? "1" : "0"))
  }

  @Test mutating func `first and next waits are held to their own agreements`() {
    scene.agree(first: "PT15M", next: "PT1H")
    scene.receive("09:00")
    scene.send("09:05", by: "priya")
    scene.receive("09:10")
    #expect(scene.workload("10:10")["attention"] == "0")
    #expect(scene.workload("10:11")["attention"] == "1")
    scene.agree(first: "PT1M")
    #expect(scene.workload("20:00")["attention"] == "0", "the new agreement says nothing of next responses")
  }

  @Test(
    arguments: [
      ("2026-10-05T08:59:59.999999Z", false), ("09:00", true), ("2026-10-05T10:59:59.999999Z", true), ("11:00", false),
      ("12:00", false),
    ])
  mutating func `a window's last two hours begin inside and end outside`(now: String, needsAttention: Bool) {
    scene.receive("08:00")
    scene.windowEnds[scene.pair("ana")] = DeskScene.instant("11:00")
    #expect(scene.list(now)["conversations.0.attention"] == (needsAttention ? #"["window"]"# : "[]"))
    #expect((scene.list(now)["conversations.0.window_ends"] == "null") == (now == "11:00" || now == "12:00"))
    scene.send("08:30", by: "priya")
    #expect(scene.workload(now)["attention"] == "0")
  }

  @Test(arguments: [(Priority.low, false), (.normal, false), (.high, false), (.urgent, true)])
  mutating func `of all priorities only urgent needs attention`(priority: Priority, needsAttention: Bool) {
    scene.receive("08:00")
    scene.send("08:01", by: "priya")
    scene.desk.prioritised(scene.pair("ana"), priority)
    #expect(scene.list("09:00")["conversations.0.attention"] == (needsAttention ? #"["urgent"]"# : "[]"))
    scene.resolve("09:00")
    #expect(scene.workload("09:00")["attention"] == "0")
    #expect(scene.list("09:00")["conversations.0.attention"] == "[]")
  }

  @Test mutating func `the labels called urgent are those of the last setting`() {
    scene.callUrgent("complaint", "fraud")
    scene.label("ana", "complaint", "vip")
    scene.receive("08:00")
    #expect(scene.list("09:00")["conversations.0.attention"] == #"["label"]"#)
    scene.callUrgent("vip")
    #expect(scene.workload("09:00")["attention"] == "1")
    scene.callUrgent("fraud")
    #expect(scene.workload("09:00")["attention"] == "0")
  }

  @Test mutating func `all reasons for attention are shown in their order`() {
    scene.callUrgent("complaint")
    scene.agree(first: "PT1M")
    scene.label("ana", "complaint")
    scene.desk.prioritised(scene.pair("ana"), .urgent)
    scene.receive("08:00")
    scene.assign("08:00", team: "care")
    scene.windowEnds[scene.pair("ana")] = DeskScene.instant("10:00")
    #expect(scene.list("09:00")["conversations.0.attention"] == #"["sla","window","urgent","label"]"#)
    #expect(scene.workload("09:00")["teams.0.attention"] == "1")
  }
}
