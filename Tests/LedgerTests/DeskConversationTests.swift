import Testing

@testable import Ledger

/// Opening, assigning, snoozing and resolving (RULES.md 25–27, 45, 46).
@Suite struct DeskConversationTests {
  var scene = DeskScene()

  @Test(
    arguments: [
      ("text", true), ("image", true), ("button", true), ("audio", true), ("unknown", true),
      ("reaction", false), ("edit", false), ("revoke", false), ("system", false), ("unsupported", false),
    ])
  mutating func `a reaction, edit, revocation, system message or unsupported kind opens nothing`(
    kind: String, opens: Bool
  ) {
    scene.receive("09:00", kind: kind)
    #expect(scene.workload("09:10")["open"] == (opens ? "1" : "0"))
    #expect(scene.workload("09:10")["unanswered"] == (opens ? "1" : "0"))
  }

  @Test mutating func `a reaction in an open conversation starts no wait and ends no snooze`() {
    scene.receive("09:00")
    scene.send("09:05", by: "priya")
    scene.snooze(until: "12:00")
    scene.receive("09:10", kind: "reaction")
    #expect(scene.workload("09:20")["snoozed"] == "1")
    #expect(scene.list("13:00")["conversations.0.waiting_since"] == "null")
  }

  @Test mutating func `only an inbound message opens a conversation`() {
    scene.send("09:00", by: "priya")
    scene.send("09:00", echo: true)
    scene.assign("09:01", agent: "priya")
    scene.reopen("09:02")
    scene.snooze(until: "12:00")
    scene.resolve("09:03")
    let answer = scene.workload("09:10")
    #expect(answer["open"] == "0")
    #expect(answer["snoozed"] == "0")
    #expect(answer["resolved_today"] == "0")
    #expect(scene.list("09:10")["count"] == "0")
  }

  @Test mutating func `what was said of a contact before its first conversation is kept for it`() {
    scene.label("ana", "vip")
    scene.assign("08:00", agent: "priya", team: "sales")
    scene.desk.prioritised(scene.pair("ana"), .high)
    scene.receive("09:00")
    let row = scene.list("09:00")
    #expect(row["conversations.0.labels"] == #"["vip"]"#)
    #expect(row["conversations.0.agent"] == "priya")
    #expect(row["conversations.0.team"] == "sales")
    #expect(row["conversations.0.priority"] == "high")
    #expect(row["conversations.0.cycle"] == "1")
  }

  @Test mutating func `resolving keeps labels, assignee and priority`() {
    scene.receive("09:00")
    scene.label("ana", "vip", "complaint")
    scene.assign("09:01", team: "care")
    scene.desk.prioritised(scene.pair("ana"), .urgent)
    scene.resolve("10:00")
    scene.receive("11:00")
    let row = scene.list("11:00")
    #expect(row["conversations.0.labels"] == #"["complaint","vip"]"#)
    #expect(row["conversations.0.team"] == "care")
    #expect(row["conversations.0.agent"] == "null")
    #expect(row["conversations.0.priority"] == "urgent")
    #expect(row["conversations.0.cycle"] == "2")
    #expect(row["conversations.0.cycle_start"] == "2026-10-05T11:00:00Z")
    #expect(row["conversations.0.waiting_since"] == "2026-10-05T11:00:00Z")
  }

  @Test mutating func `a resolved conversation neither waits nor is open`() {
    scene.receive("09:00")
    scene.resolve("09:30")
    scene.resolve("09:40")
    let answer = scene.workload("10:00")
    #expect(answer["open"] == "0")
    #expect(answer["unanswered"] == "0")
    #expect(answer["resolved_today"] == "1")
    #expect(answer["longest_wait"] == "null")
    let row = scene.list("10:00")
    #expect(row["conversations.0.state"] == "resolved")
    #expect(row["conversations.0.resolved_at"] == "2026-10-05T09:30:00Z")
    #expect(row["conversations.0.waiting_since"] == "null")
  }

  @Test mutating func `reopening opens the next cycle of what is closed and makes nobody wait`() {
    scene.receive("09:00")
    scene.reopen("09:10")
    #expect(scene.list("09:20")["conversations.0.cycle"] == "1")
    scene.resolve("09:30")
    scene.reopen("09:40")
    let row = scene.list("10:00")
    #expect(row["conversations.0.cycle"] == "2")
    #expect(row["conversations.0.cycle_start"] == "2026-10-05T09:40:00Z")
    #expect(row["conversations.0.waiting_since"] == "null")
    #expect(scene.workload("10:00")["never_answered"] == "1")
    #expect(scene.workload("10:00")["unanswered"] == "0")
  }

  @Test mutating func `more inbound messages do not move the wait`() {
    scene.receive("09:00")
    scene.receive("09:20")
    scene.receive("08:00")
    #expect(scene.list("10:00")["conversations.0.waiting_since"] == "2026-10-05T09:00:00Z")
    #expect(scene.workload("10:00")["longest_wait"] == "PT1H")
  }

  @Test mutating func `an assignment replaces agent and team`() {
    scene.define(agent: "priya", team: "sales")
    scene.define(agent: "tom")
    scene.receive("09:00")
    let steps: [(agent: String?, team: String?, shown: [String])] = [
      ("priya", nil, ["priya", "sales"]), (nil, "care", ["null", "care"]), ("priya", "care", ["priya", "care"]),
      ("tom", nil, ["tom", "null"]), ("new", nil, ["new", "null"]),
    ]
    for step in steps {
      scene.assign("09:10", agent: step.agent, team: step.team)
      let row = scene.list("09:20")
      #expect([row["conversations.0.agent"], row["conversations.0.team"]] == step.shown)
    }
    scene.desk.unassigned(scene.pair("ana"))
    #expect(scene.list("09:20")["conversations.0.agent"] == "null")
    #expect(scene.workload("09:20")["unassigned"] == "1")
  }

  @Test mutating func `an agent who changes teams leaves its conversations where they are`() {
    scene.define(agent: "priya", team: "sales")
    scene.receive("09:00")
    scene.assign("09:10", agent: "priya")
    scene.define(agent: "priya", team: "care")
    #expect(scene.list("09:20")["conversations.0.team"] == "sales")
    let answer = scene.workload("09:20")
    #expect(answer["agents.0.team"] == "care")
    #expect(answer["teams.0.team"] == "care")
    #expect(answer["teams.0.agents"] == "1")
    #expect(answer["teams.1.team"] == "sales")
    #expect(answer["teams.1.agents"] == "0")
    #expect(answer["teams.1.open"] == "1")
  }

  @Test(arguments: [("11:59", "snoozed"), ("12:00", "open"), ("12:01", "open")])
  mutating func `a snooze is half-open`(now: String, state: String) {
    scene.agree(first: "PT1M")
    scene.assign("08:00", agent: "priya", team: "sales")
    scene.receive("09:00")
    scene.desk.prioritised(scene.pair("ana"), .urgent)
    scene.snooze(until: "12:00")
    let answer = scene.workload(now)
    let isOpen = state == "open" ? "1" : "0"
    #expect(answer["snoozed"] == (state == "open" ? "0" : "1"))
    for member in ["open", "unanswered", "never_answered", "attention", "teams.0.open", "agents.0.open"] {
      #expect(answer[member] == isOpen, "\(member)")
    }
    #expect(scene.list(now)["conversations.0.state"] == state)
    #expect((answer["longest_wait"] == "null") == (state == "snoozed"))
  }

  @Test mutating func `an inbound message ends a snooze and a reply does not`() {
    scene.receive("09:00")
    scene.snooze(until: "12:00")
    scene.send("09:10", by: "priya")
    #expect(scene.workload("09:30")["snoozed"] == "1")
    scene.receive("09:40")
    #expect(scene.workload("09:50")["snoozed"] == "0")
    #expect(scene.workload("09:50")["open"] == "1")
  }

  @Test mutating func `a snooze ends with its cycle`() {
    scene.receive("09:00")
    scene.snooze(until: "12:00")
    scene.resolve("09:10")
    scene.reopen("09:20")
    #expect(scene.workload("09:30")["snoozed"] == "0")
  }

  @Test mutating func `one contact on two numbers, and two names of one person, are two conversations`() {
    scene.receive("09:00", "ana", number: "n1")
    scene.receive("09:00", "ana", number: "n2")
    scene.receive("09:00", "ana-by-phone", number: "n1")
    #expect(scene.workload("09:10")["open"] == "3")
  }

  @Test mutating func `labels are a set`() {
    scene.label("ana", "b", "a", "b")
    scene.label("ana", "a", "c")
    scene.receive("09:00")
    #expect(scene.list("09:10")["conversations.0.labels"] == #"["a","b","c"]"#)
    let gone = [scene.name("b"), scene.name("never")]
    scene.desk.unlabelled(scene.pair("ana"), gone)
    #expect(scene.list("09:10")["conversations.0.labels"] == #"["a","c"]"#)
    #expect(scene.desk.labels(of: scene.pair("ana")).map { scene.names.string($0) }.sorted() == ["a", "c"])
  }
}
