/// The stretch of time that a question is about: `from` is inside, `to` is outside; days of the account's zone or instants.
struct TimeRange: Sendable {
  enum Bound: Sendable {
    case day(CalendarDay)
    case instant(Timestamp)
  }

  var from: Bound?
  var to: Bound?
  private let start: Timestamp
  private let end: Timestamp

  static let all = TimeRange(from: nil, to: nil, zone: .utc)

  init(from: Bound?, to: Bound?, zone: Zone) {
    self.from = from
    self.to = to
    start = from.map { Self.instant($0, zone) } ?? Timestamp(rawValue: .min)
    end = to.map { Self.instant($0, zone) } ?? Timestamp(rawValue: .max)
  }

  private static func instant(_ bound: Bound, _ zone: Zone) -> Timestamp {
    switch bound {
    case .day(let day): zone.start(of: day)
    case .instant(let instant): instant
    }
  }

  /// Reads `from`, `to` and `month` of a question.
  init(_ question: Question, zone: Zone) throws(Refusal) {
    var from = try Self.bound(question.parameter("from"))
    var to = try Self.bound(question.parameter("to"))
    if let parameter = question.parameter("month") {
      guard from == nil, to == nil else {
        throw Question.bad(parameter, "give either month or from and to")
      }
      guard let month = CalendarMonth(string: parameter.value) else {
        throw Question.bad(parameter, "give a month such as 2026-10")
      }
      from = .day(month.firstDay)
      to = .day(month.next.firstDay)
    }
    self.init(from: from, to: to, zone: zone)
    if let parameter = question.parameter("to"), end < start {
      throw Question.bad(parameter, "give a to that is not before from")
    }
  }

  private static func bound(_ parameter: Question.Parameter?) throws(Refusal) -> Bound? {
    guard let parameter else { return nil }
    if let day = CalendarDay(string: parameter.value) { return .day(day) }
    if let instant = Timestamp(string: parameter.value) { return .instant(instant) }
    throw Question.bad(parameter, "give a day such as 2026-10-03 or an RFC 3339 instant")
  }

  func contains(_ moment: Timestamp) -> Bool { start <= moment && moment < end }

  /// The bounds as instants, for a part of the ledger that counts in instants.
  var instants: (from: Timestamp?, to: Timestamp?) { (from == nil ? nil : start, to == nil ? nil : end) }

  func write(to json: inout JSONWriter) {
    json.key("from")
    Self.write(from, to: &json)
    json.key("to")
    Self.write(to, to: &json)
  }

  private static func write(_ bound: Bound?, to json: inout JSONWriter) {
    switch bound {
    case nil: json.null()
    case .day(let day): json.day(day)
    case .instant(let instant): json.instant(instant)
    }
  }
}
