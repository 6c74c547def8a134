/// One event of a message, for the explanation of its charge.
public struct RelatedEvent: Sendable {
  public var sequence: SequenceNumber
  public var type: EventType
  public var time: Timestamp

  public init(sequence: SequenceNumber, type: EventType, time: Timestamp) {
    self.sequence = sequence
    self.type = type
    self.time = time
  }
}

extension State {
  /// Answers a question from this state alone: the one function behind the tool, the page, the CSV and the JSON.
  /// - Parameters:
  ///   - now: the instant asked about; `as_of` in the answer.
  ///   - events: of the message, for ``Question/Subject/explain(message:)``; unused otherwise.
  /// - Returns: JSON as INTERFACE.md 3 shows it.
  /// - Throws: a ``Refusal`` of status 404 for an unknown account or message, 400 for a bad parameter.
  public func answer(
    _ question: Question, now: Timestamp, events: [RelatedEvent] = []
  ) throws(Refusal) -> Answer {
    var json = JSONWriter()
    json.beginObject()
    if let name = question.account {
      guard let id = accountNames.find(name) else { throw .noAccount(name) }
      let account = accounts[Int(id.rawValue) - 1]
      json.key("account")
      json.string(name)
      json.key("currency")
      json.string(account.currencyCode)
      try account.answer(question, now: now, reference: reference, events: events, to: &json)
    } else {
      writeAccounts(at: now, to: &json)
    }
    json.key("sequence")
    json.sequence(sequence)
    json.key("as_of")
    json.instant(now)
    json.endObject()
    return Answer(json)
  }

  private func writeAccounts(at now: Timestamp, to json: inout JSONWriter) {
    json.key("accounts")
    json.beginArray()
    let sorted = accounts.indices.sorted {
      accountNames.isOrdered(NameID(rawValue: UInt32($0 + 1)), before: NameID(rawValue: UInt32($1 + 1)))
    }
    for index in sorted {
      json.beginObject()
      json.key("account")
      json.name(NameID(rawValue: UInt32(index + 1)), in: accountNames)
      json.key("currency")
      json.string(accounts[index].currencyCode)
      accounts[index].writeSummary(at: now, to: &json)
      json.endObject()
    }
    json.endArray()
  }

  /// Whether a question is answered within about a millisecond, and so may be asked of a state that is waited for: others want to
  /// fold into it, or to ask as well. The limits are about half a millisecond each, as measured.
  public func isBrief(_ question: Question, now: Timestamp) -> Bool {
    guard let name = question.account else { return false }
    // An account that nobody knows is refused at once.
    guard let id = accountNames.find(name) else { return true }
    return accounts[Int(id.rawValue) - 1].isBrief(question.subject, now: now)
  }

  /// How many delivered messages of all accounts have no price, for the metrics.
  public var unratedCount: Int { accounts.indices.reduce(0) { $0 + accounts[$1].unrated.count } }
  public var accountCount: Int { accounts.count }
}

extension Refusal {
  public static func noAccount(_ name: String) -> Refusal {
    Refusal(
      .unknownAccount, status: 404, "account \(name.prefix(64)) is not known at that moment",
      remedy: "list the accounts: waybill accounts")
  }
}

extension AccountState {
  fileprivate func isBrief(_ subject: Question.Subject, now: Timestamp) -> Bool {
    switch subject {
    case .account, .balance: funds.order.count <= 10_000 && numbers.count <= 500
    case .workload:
      desk.open.count <= 5_000 && desk.staff.agents.count + desk.staff.teams.count <= 200
        && desk.hours.versions.count <= 20 && hasFewSamples(on: zone.day(of: now))
    case .allowances: pairs.count <= 5_000 && numbers.count <= 500
    default: false
    }
  }

  private func hasFewSamples(on day: CalendarDay) -> Bool {
    let limit = 1_000
    return desk.days.index(of: day).map { desk.days.sampleCount(at: $0, upTo: limit + 1) <= limit } ?? true
  }

  fileprivate func answer(
    _ question: Question, now: Timestamp, reference: Reference, events: [RelatedEvent], to json: inout JSONWriter
  ) throws(Refusal) {
    switch question.subject {
    case .accounts: break
    case .account: writeAccount(at: now, to: &json)
    case .balance: writeBalance(at: now, to: &json)
    case .charges:
      let range = try TimeRange(question, zone: zone)
      let lines = ChargeLines(self, range: range, by: try ChargeKey.read(question), at: now)
      range.write(to: &json)
      lines.write(self, reference, to: &json)
    case .explain(let message):
      try writeExplanation(of: message, now: now, reference: reference, events: events, to: &json)
    case .payments:
      json.key("payments")
      funds.writePayments(names: names, to: &json)
    case .credits:
      json.key("credits")
      funds.writeCredits(at: now, names: names, to: &json)
    case .usage:
      let range = try TimeRange(question, zone: zone)
      if let by = question.parameter("by"), by.value != "day" { throw Question.bad(by, "give day or leave it out") }
      range.write(to: &json)
      UsageLines(self, range: range, byDay: question.parameter("by") != nil, at: now).write(to: &json)
    case .allowances: try writeAllowances(question, now: now, reference: reference, to: &json)
    case .unrated: writeUnrated(limit: try question.limit, to: &json)
    case .differences: writeDifferences(limit: try question.limit, reference: reference, to: &json)
    case .workload, .conversations, .responseTimes: try answerDesk(question, now: now, reference: reference, to: &json)
    }
  }

  fileprivate func writeSummary(at now: Timestamp, to json: inout JSONWriter) {
    json.key("name")
    json.name(settings.name, in: names)
    json.key("time_zone")
    json.string(zoneName)
    json.key("balance")
    json.money(funds.figures(at: now).balance)
    json.count("unrated", unrated.count)
  }

  private func writeAccount(at now: Timestamp, to json: inout JSONWriter) {
    writeSummary(at: now, to: &json)
    json.key("opened_at")
    json.instant(openedAt)
    json.key("credit_limit")
    json.money(settings.creditLimit)
    json.key("portfolio")
    json.name(settings.portfolio, in: names)
    json.key("low_balance")
    json.beginArray()
    for amount in settings.lowBalance { json.money(amount) }
    json.endArray()
    json.key("daily_spend_limit")
    if let limit = settings.dailySpendLimit { json.money(limit) } else { json.null() }
    json.count("hold_days", settings.holdDays)
    json.key("markups")
    json.beginArray()
    for markup in settings.markups {
      json.beginObject()
      json.key("from")
      json.day(markup.from)
      json.key("percent")
      json.money(markup.percent)
      json.key("per_message")
      json.money(markup.perMessage)
      json.endObject()
    }
    json.endArray()
    json.key("numbers")
    json.beginArray()
    for number in numbers {
      json.beginObject()
      json.key("number")
      json.name(number.number, in: names)
      json.key("display")
      json.name(number.display, in: names)
      json.key("waba")
      json.name(number.waba, in: names)
      json.endObject()
    }
    json.endArray()
  }

  private func writeBalance(at now: Timestamp, to json: inout JSONWriter) {
    let held = holds.total(announcedAfter: holdLimit(at: now))
    funds.figures(at: now).writeMembers(held: held, creditLimit: MicrosTotal(settings.creditLimit), to: &json)
    json.key("unrated")
    json.beginObject()
    json.count("count", unrated.count)
    json.endObject()
  }
}

extension Question {
  /// How many lines a list may have; 1,000 unless asked otherwise.
  var limit: Int {
    get throws(Refusal) {
      guard let parameter = parameter("limit") else { return 1_000 }
      guard let limit = Int(parameter.value), (1...100_000).contains(limit) else {
        throw Question.bad(parameter, "give a whole number from 1 to 100000")
      }
      return limit
    }
  }
}
