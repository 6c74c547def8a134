extension Sheet {
  /// `POST /v1/events`
  public static func appended(_ answer: JSONValue) -> Sheet {
    let appended = answer["appended"]?.integer ?? 0
    let duplicates = answer["duplicates"]?.integer ?? 0
    let (first, last) = (answer["first"]?.plain ?? "", answer["last"]?.plain ?? "")
    let place = first == last ? "sequence \(first)" : "sequences \(first) to \(last)"
    let sentence =
      switch (appended, duplicates) {
      case (0, 0): "Nothing to append."
      case (0, _): "\(duplicates == 1 ? "Already there" : "All \(duplicates) were already there"), as \(place)."
      case (_, 0): "Appended\(appended == 1 ? "" : " \(appended) events") as \(place)."
      default: "Appended \(appended) events as \(place); \(duplicates) were already there."
      }
    let csv = Table(
      [answer],
      [
        .init("first", "first", .count), .init("last", "last", .count), .init("appended", "appended", .count),
        .init("duplicates", "duplicates", .count),
      ])
    return Sheet([.line(sentence)], csv: csv)
  }
}

extension Sheet {
  /// `POST /v1/backups`
  public static func backup(_ answer: JSONValue) -> Sheet {
    let fields = answer.members.map { Table.Field($0.name, $0.name.replacing("_", with: " "), always: false) }
    return Sheet([.facts("Backup written", Facts(answer, fields))])
  }

  /// What `waybill restore` made.
  public static func restored(_ answer: JSONValue) -> Sheet {
    let fields = answer.members.map { Table.Field($0.name, $0.name.replacing("_", with: " "), always: false) }
    return Sheet([.facts("Data folder restored", Facts(answer, fields))])
  }

  /// The last line of a verification: of `POST /v1/verify` or of one of a folder or a file.
  public static func verification(_ answer: JSONValue) -> Sheet {
    var facts = Facts()
    let isSound = answer["ok"]?.bool == true
    facts.add("verdict", Cell(isSound ? "sound" : "DAMAGED", tone: isSound ? .good : .bad))
    if let problem = answer["problem"]?.string { facts.add("problem", Cell(problem, tone: .bad)) }
    let rest = Facts(
      answer,
      [
        .init("records", "records", always: false), .init("root", "tree root", always: false),
        .init("digest", "state digest, replayed", always: false),
        .init("daemon_digest", "state digest, running", always: false),
      ])
    facts.items += rest.items
    return Sheet([.facts(nil, facts)])
  }

  /// One line a check, the worst colour where it matters.
  public static func checks(_ checks: [(name: String, state: String, detail: String)]) -> Sheet {
    let answers = checks.map { check in
      JSONValue.object([
        .init("check", .string(check.name)), .init("state", .string(check.state)),
        .init("detail", .string(check.detail)),
      ])
    }
    let table = Table(answers, [.init("check", "check"), .init("state", "state", .state), .init("detail", "detail")])
    return Sheet([.table(nil, table, whenEmpty: "")])
  }
}

extension Sheet {
  /// What came of imported webhooks; the counts of a run of `waybill import webhooks`.
  public static func delivered(_ answer: JSONValue) -> Sheet {
    let table = Table(
      [answer],
      [
        .init("webhooks", "webhooks", .count), .init("appended", "appended", .count),
        .init("duplicates", "already there", .count), .init("kept", "kept without effect", .count),
        .init("failed", "failed", .count),
      ])
    return Sheet([.facts(nil, Facts(table))], csv: table)
  }
}
