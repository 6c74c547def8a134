extension AccountState {
  /// The three questions of the desk.
  func answerDesk(
    _ question: Question, now: Timestamp, reference: Reference, to json: inout JSONWriter
  ) throws(Refusal) {
    // What a closure takes of the account is named: the whole would be copied each time that it is called.
    let around = DeskSurroundings(
      now: now, zone: zone, zoneNamed: { [names] in reference.zone(named: names.string($0)) }, names: names,
      book: contacts, pairs: pairs, windowEnd: { [windows] in windows.serviceEnd($0) })
    switch question.subject {
    case .workload:
      let today = zone.day(of: now)
      desk.writeWorkload(
        around, charges: { [agentCharges] in agentCharges.total(of: $0, on: today) }, to: &json)
    case .conversations:
      desk.writeConversations(
        try ConversationFilter(question, in: names), limit: try question.limit, around, to: &json)
    default:
      let range = try TimeRange(question, zone: zone)
      range.write(to: &json)
      desk.writeResponseTimes(
        from: range.instants.from, to: range.instants.to, by: try Self.keys(question), around, to: &json)
    }
  }

  private static func keys(_ question: Question) throws(Refusal) -> [ResponseTimes.Key] {
    guard let parameter = question.parameter("by"), !parameter.value.isEmpty else { return [] }
    var keys: [ResponseTimes.Key] = []
    for part in parameter.value.split(separator: ",", omittingEmptySubsequences: false) {
      guard let key = ResponseTimes.Key(rawValue: String(part)), !keys.contains(key) else {
        let known = ResponseTimes.Key.allCases.map(\.rawValue).joined(separator: ", ")
        throw Question.bad(parameter, "give different ones of \(known), comma-separated")
      }
      keys.append(key)
    }
    return keys
  }
}

extension ConversationFilter {
  fileprivate init(_ question: Question, in names: Names) throws(Refusal) {
    var state: State?
    if let parameter = question.parameter("state") {
      guard let known = State(rawValue: parameter.value) else {
        throw Question.bad(parameter, "give one of \(State.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      state = known
    }
    self.init(
      state: state, agent: question.parameter("agent")?.value, team: question.parameter("team")?.value,
      label: question.parameter("label")?.value, in: names)
  }
}
