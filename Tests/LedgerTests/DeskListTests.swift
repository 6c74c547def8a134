import Testing

@testable import Ledger

/// Which conversations are listed, and in which order.
@Suite struct DeskListTests {
  /// ana waits since 09:00, bo since 08:30, cy was answered, di is snoozed, ed and fay are resolved.
  static let scene: DeskScene = {
    var scene = DeskScene()
    scene.receive("09:00", "ana")
    scene.receive("08:30", "bo")
    scene.assign("08:31", "bo", team: "care")
    scene.label("bo", "vip")
    scene.receive("08:00", "cy")
    scene.send("08:10", "cy", by: "priya")
    scene.assign("08:11", "cy", agent: "priya", team: "care")
    scene.desk.prioritised(scene.pair("cy"), .urgent)
    scene.receive("08:00", "di")
    scene.snooze(until: "18:00", "di")
    scene.receive("07:00", "ed")
    scene.resolve("07:10", "ed")
    scene.receive("07:00", "fay")
    scene.resolve("07:20", "fay")
    scene.label("known only", "vip")
    return scene
  }()

  func contacts(_ answer: DeskAnswer) -> [String] {
    (0..<10).compactMap { answer["conversations.\($0).contact.user"] }
  }

  @Test(
    arguments: [
      (nil, ["bo", "ana", "cy", "di", "fay", "ed"]), (.open, ["bo", "ana", "cy"]), (.unassigned, ["ana"]),
      (.unanswered, ["bo", "ana"]), (.attention, ["cy"]), (.resolved, ["fay", "ed"]), (.snoozed, ["di"]),
    ] as [(ConversationFilter.State?, [String])])
  func `a state lists its conversations in order`(state: ConversationFilter.State?, listed: [String]) {
    let answer = Self.scene.list("10:00", ConversationFilter(state: state))
    #expect(contacts(answer) == listed)
    #expect(answer["count"] == "\(listed.count)")
  }

  @Test(
    arguments: [
      ("priya", nil, nil, ["cy"]), (nil, "care", nil, ["bo", "cy"]), (nil, nil, "vip", ["bo"]),
      (nil, "care", "vip", ["bo"]), ("priya", nil, "vip", []), ("nobody", nil, nil, []), (nil, "nothing", nil, []),
      ("", "", nil, ["ana", "di", "fay", "ed"]), (nil, nil, "", ["ana", "cy", "di", "fay", "ed"]),
    ] as [(String?, String?, String?, [String])])
  func `a filter lists what fits all of it`(agent: String?, team: String?, label: String?, listed: [String]) {
    let filter = ConversationFilter(state: nil, agent: agent, team: team, label: label, in: Self.scene.names)
    #expect(contacts(Self.scene.list("10:00", filter)) == listed)
  }

  @Test(arguments: [0, 1, 3, 6, 7])
  func `a limit shows the first and says how many there are`(limit: Int) {
    let answer = Self.scene.list("10:00", limit: limit)
    #expect(contacts(answer) == Array(["bo", "ana", "cy", "di", "fay", "ed"].prefix(limit)))
    #expect(answer["count"] == "6")
  }

  @Test func `a list that is trimmed on the way ends with the same rows`() {
    var scene = DeskScene()
    for minute in stride(from: 4_000, to: 0, by: -1) {
      let time = DeskScene.instant("2026-10-01T00:00:00Z").advanced(
        by: Duration64(rawValue: Int64(minute) * 60_000_000))
      scene.receive(time.description, "c\(minute)")
    }
    let answer = scene.list("10:00", limit: 3)
    #expect(contacts(answer) == ["c1", "c2", "c3"])
    #expect(answer["count"] == "4000")
  }

  @Test func `a row says all that is known`() {
    var scene = Self.scene
    scene.windowEnds[scene.pair("bo")] = DeskScene.instant("06T08:30")
    let answer = scene.list("10:00", ConversationFilter(state: .open), limit: 1)
    #expect(
      answer.json == #"{"conversations":[{"number":"n1","contact":{"user":"bo"},"state":"open","agent":null,"#
        + #""team":"care","labels":["vip"],"priority":"normal","waiting_since":"2026-10-05T08:30:00Z","attention":[],"#
        + #""window_ends":"2026-10-06T08:30:00Z","cycle_start":"2026-10-05T08:30:00Z","cycle":1,"#
        + #""snoozed_until":null,"resolved_at":null}],"count":3}"#)
  }
}
