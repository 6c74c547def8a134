extension Sheet {
  /// `GET /v1/accounts/{a}/workload`. CSV has one row for the account and one for each team and agent.
  public static func workload(_ answer: JSONValue) -> Sheet {
    let counts: [Table.Field] = [
      .init("open", "open", .count), .init("unassigned", "unassigned", .count),
      .init("unanswered", "unanswered", .count), .init("never_answered", "never answered", .count, always: false),
      .init("attention", "attention", .count, always: false), .init("snoozed", "snoozed", .count, always: false),
      .init("resolved_today", "resolved today", .count, always: false),
      .init("longest_wait", "longest wait", .duration, always: false),
    ]
    let agentFields: [Table.Field] =
      [
        .init("agent", "agent"), .init("team", "team"), .init("open", "open", .count),
        .init("unanswered", "unanswered", .count), .init("handled_today", "handled today", .count),
        .init("sent_today", "sent today", .count), .init("charges_today", "charges today", .money),
      ]
    let timeFields =
      times("first_response", "first replies") + times("next_response", "next replies")
      + times("resolution", "resolutions")
    let teams = answer["teams"]?.elements ?? []
    let agents = answer["agents"]?.elements ?? []
    let teamTable = Table(teams, [.init("team", "team")] + counts + [.init("agents", "agents", .count)])

    var all = [JSONValue.object([.init("scope", .string("account"))] + answer.members.filter { $0.name != "team" })]
    all += teams.map { .object([.init("scope", .string("team"))] + $0.members) }
    all += agents.map { .object([.init("scope", .string("agent"))] + $0.members) }
    let scope: [Table.Field] = [.init("scope", "scope"), .init("team", "team"), .init("agent", "agent")]
    let names = Set((scope + counts).map(\.path))
    let csvFields = scope + counts + (agentFields + timeFields).filter { !names.contains($0.path) }
    let busy = agents.filter { agent in
      ["first_response.n", "next_response.n", "resolution.n"].contains { (agent[path: $0]?.integer ?? 0) > 0 }
    }
    return Sheet(
      [
        .facts(nil, Facts(answer, counts)), .table("Teams", teamTable, whenEmpty: ""),
        .table(
          "Agents", Table(agents, agentFields), whenEmpty: "No agent is defined. Define one: waybill agent --help"),
        .table("Their times today", Table(busy, [.init("agent", "agent")] + timeFields), whenEmpty: ""),
      ], csv: Table(all, csvFields.map { .init($0.path, $0.title, $0.kind) }))
  }

  /// The columns of one `times`: how many, median, 90th percentile, and the same in business time where it is known.
  private static func times(_ path: String, _ title: String) -> [Table.Field] {
    [
      .init("\(path).n", title, .count, always: false),
      .init("\(path).median", "median", .duration, always: false),
      .init("\(path).p90", "p90", .duration, always: false),
      .init("\(path).business_median", "business median", .duration, always: false),
      .init("\(path).business_p90", "business p90", .duration, always: false),
    ]
  }

  /// `GET /v1/accounts/{a}/conversations`
  public static func conversations(_ answer: JSONValue) -> Sheet {
    let table = Table(
      answer["conversations"]?.elements ?? [],
      [
        .init("contact.phone", "phone", always: false), .init("contact.user", "user", always: false),
        .init("contact.name", "name", always: false), .init("number", "number"), .init("state", "state", .state),
        .init("agent", "agent"), .init("team", "team", always: false), .init("labels", "labels", always: false),
        .init("priority", "priority"), .init("waiting_since", "waiting since", .instant),
        .init("attention", "attention", always: false), .init("window_ends", "window ends", .instant),
        .init("cycle_start", "cycle began", .instant), .init("cycle", "cycle", .count),
      ])
    return Sheet([.table(nil, table, whenEmpty: "No conversation is in that state.")])
  }

  /// `GET /v1/accounts/{a}/response-times`
  public static func responseTimes(_ answer: JSONValue) -> Sheet {
    let lines = answer["lines"]?.elements ?? []
    let keys = ["agent", "team", "day", "label"].filter { key in lines.contains { $0[key] != nil } }
    let fields =
      keys.map { Table.Field($0, $0) } + times("first_response", "first replies")
      + times("next_response", "next replies")
      + times("resolution", "resolutions") + [.init("waiting", "still waiting", .count, always: false)]
    guard !lines.isEmpty else {
      let total = answer["total"] ?? .null
      let isEmpty = !fields.contains { $0.path.hasSuffix(".n") && (total[path: $0.path]?.integer ?? 0) > 0 }
      let table = Table(isEmpty ? [] : [total], fields)
      return Sheet([.table(nil, table, whenEmpty: "Nobody was answered in that period.")])
    }
    return Sheet([.table(nil, Table(lines, fields, total: answer["total"]), whenEmpty: "")])
  }

  /// `GET /v1/accounts/{a}/questions`
  public static func questions(_ answer: JSONValue) -> Sheet {
    let table = Table(
      answer["questions"]?.elements ?? [],
      [
        .init("question", "question"), .init("count", "asked", .count),
        .init("previous", "before", .count, always: false),
        .init("unanswered", "unanswered", .count), .init("median_answer", "median answer", .duration),
        .init("amount", "amount", .money),
      ])
    return Sheet([.table(nil, table, whenEmpty: "Nothing was asked in that period.")])
  }
}
