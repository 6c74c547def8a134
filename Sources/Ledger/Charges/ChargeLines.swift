/// What charges may be grouped by.
enum ChargeKey: String, CaseIterable, Sendable {
  case template, category, market, day, month, number, agent, team, label

  static func read(_ question: Question) throws(Refusal) -> [ChargeKey] {
    guard let parameter = question.parameter("by"), !parameter.value.isEmpty else { return [] }
    var keys: [ChargeKey] = []
    for part in parameter.value.split(separator: ",", omittingEmptySubsequences: false) {
      guard let key = ChargeKey(rawValue: String(part)), !keys.contains(key) else {
        throw Question.bad(
          parameter, "give different ones of \(allCases.map(\.rawValue).joined(separator: ", ")), comma-separated")
      }
      keys.append(key)
    }
    return keys
  }

  var name: StaticString {
    switch self {
    case .template: "template"
    case .category: "category"
    case .market: "market"
    case .day: "day"
    case .month: "month"
    case .number: "number"
    case .agent: "agent"
    case .team: "team"
    case .label: "label"
    }
  }
}

/// The charges of an account over a stretch of time, in lines and in total.
struct ChargeLines: Sendable {
  private let keys: [ChargeKey]
  private var lines: [[Int64]: Tally] = [:]
  private(set) var total = Tally()

  /// - Complexity: O(messages of the account).
  init(_ account: AccountState, range: TimeRange, by keys: [ChargeKey], at now: Timestamp) {
    self.keys = keys
    for index in 0..<UInt32(account.messages.count) {
      let message = account.messages[index]
      account.contributions(message, at: now) { moment, part in
        guard range.contains(moment) else { return }
        total.add(part)
        guard !keys.isEmpty else { return }
        for label in labels(of: message, in: account) {
          lines[key(of: message, label: label, dated: moment, in: account), default: Tally()].add(part)
        }
      }
    }
  }

  /// A message with two labels stands in both lines (RULES.md 21).
  private func labels(of message: Message, in account: AccountState) -> [NameID] {
    guard keys.contains(.label) else { return [.none] }
    let labels = account.desk.labelSets[message.labels]
    return labels.isEmpty ? [.none] : labels
  }

  /// Ids and numbers of days; 0 stands for null, days and months are raised by one.
  private func key(of message: Message, label: NameID, dated moment: Timestamp, in account: AccountState) -> [Int64] {
    keys.map { key -> Int64 in
      switch key {
      case .template: Int64(message.template.rawValue)
      case .category: Int64(account.shownCategory(of: message).rawValue)
      case .market: Int64(message.rating.market.rawValue)
      case .day: Int64(account.zone.day(of: moment).rawValue) + 1
      case .month: Int64(account.zone.month(of: moment).rawValue) + 1
      case .number: Int64(account.pairs.number(of: message.pair).rawValue)
      case .agent: Int64(message.agent.rawValue)
      case .team: Int64(message.team.rawValue)
      case .label: Int64(label.rawValue)
      }
    }
  }

  /// Sorted by the keys, null first, names by bytes (RULES.md 21).
  func write(_ account: AccountState, _ reference: Reference, to json: inout JSONWriter) {
    let sorted = lines.sorted { left, right in
      for (index, key) in keys.enumerated() where left.key[index] != right.key[index] {
        guard let names = Self.names(of: key, account, reference) else { return left.key[index] < right.key[index] }
        return names.isOrdered(
          NameID(rawValue: UInt32(left.key[index])), before: NameID(rawValue: UInt32(right.key[index])))
      }
      return false
    }
    json.key("lines")
    json.beginArray()
    for (values, tally) in sorted {
      json.beginObject()
      for (index, key) in keys.enumerated() { write(key, values[index], account, reference, to: &json) }
      tally.write(to: &json)
      json.endObject()
    }
    json.endArray()
    json.key("total")
    json.beginObject()
    total.write(to: &json)
    json.endObject()
  }

  private func write(
    _ key: ChargeKey, _ value: Int64, _ account: AccountState, _ reference: Reference, to json: inout JSONWriter
  ) {
    json.key(key.name)
    switch key {
    case .day: json.day(CalendarDay(rawValue: Int32(value - 1)))
    case .month: json.month(CalendarMonth(rawValue: Int32(value - 1)))
    default: json.name(NameID(rawValue: UInt32(value)), in: Self.names(of: key, account, reference) ?? account.names)
    }
  }

  private static func names(of key: ChargeKey, _ account: AccountState, _ reference: Reference) -> Names? {
    switch key {
    case .day, .month: nil
    case .category, .market: reference.names
    case .template, .number, .agent, .team, .label: account.names
    }
  }
}

extension AccountState {
  /// The category that a line shows: the rated one, else the best known now.
  func shownCategory(of message: Message) -> NameID {
    if message.rating.outcome != .pending { return message.rating.category }
    return category(of: message) ?? .none
  }
}
