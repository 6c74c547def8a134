/// What an account has configured. Settings that price by date are kept by date, the others as they are now.
struct Settings: Sendable {
  struct Markup: Hashable, Sendable {
    /// Millionths of a percent.
    var percent: Micros
    var perMessage: Micros
    var from: CalendarDay
  }

  var name: NameID
  var creditLimit: Micros
  var portfolio: NameID
  var lowBalance: [Micros] = []
  var dailySpendLimit: Micros?
  /// In the order folded.
  var markups: [Markup] = []
  var holdDays = 30
  /// Nil: 24 before 2023-03-01, then 72 (RULES.md 12).
  var freeEntryPointHours: Int?
  var hasPaymentMethod: Bool?

  init(_ opened: AccountOpened, names: inout Names) {
    name = names.intern(opened.name)
    creditLimit = opened.creditLimit ?? .zero
    portfolio = names.intern(opened.portfolio)
  }

  mutating func apply(_ configured: AccountConfigured, day: CalendarDay, names: inout Names) {
    if let name = configured.name { self.name = names.intern(name) }
    if let limit = configured.creditLimit { creditLimit = limit }
    if let amounts = configured.lowBalance { lowBalance = amounts }
    if let limit = configured.dailySpendLimit { dailySpendLimit = limit }
    if let days = configured.holdDays { holdDays = days }
    if let hours = configured.freeEntryPointHours { freeEntryPointHours = hours }
    if let has = configured.paymentMethod { hasPaymentMethod = has }
    if let markup = configured.markup {
      markups.append(Markup(percent: markup.percent, perMessage: markup.perMessage, from: markup.from ?? day))
    }
  }

  /// The markup of the latest `from` not after `day`; of several from one day the last folded.
  func markup(on day: CalendarDay) -> Markup? {
    var best: Markup?
    for markup in markups where markup.from <= day {
      if let current = best, current.from > markup.from { continue }
      best = markup
    }
    return best
  }

  /// `price × (1 + percent/100) + per_message`, half to even to the micro, never below zero (RULES.md 17).
  func markedUp(_ price: Micros, on day: CalendarDay) -> Micros {
    guard let markup = markup(on: day) else { return price }
    let scaled = price.scaled(by: 100_000_000 + markup.percent.rawValue, over: 100_000_000)
    return max(scaled + markup.perMessage, .zero)
  }

  /// 2023-03-01.
  private static var longEntryPointsFrom: CalendarDay { CalendarDay(rawValue: 19_417) }

  func entryPointHours(on day: CalendarDay) -> Int64 {
    Int64(freeEntryPointHours ?? (day < Self.longEntryPointsFrom ? 24 : 72))
  }

  func encode(into encoder: inout StateEncoder) {
    encoder.write(name)
    encoder.write(creditLimit)
    encoder.write(portfolio)
    encoder.write(lowBalance) { encoder, amount in encoder.write(amount) }
    encoder.write(dailySpendLimit?.rawValue ?? -1)
    encoder.write(markups) { encoder, markup in
      encoder.write(markup.percent)
      encoder.write(markup.perMessage)
      encoder.write(markup.from)
    }
    encoder.write(holdDays)
    encoder.write(Int64(freeEntryPointHours ?? -1))
    encoder.write(UInt8(hasPaymentMethod.map { $0 ? 2 : 1 } ?? 0))
  }

  init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    name = try decoder.readName()
    creditLimit = try decoder.readMicros()
    portfolio = try decoder.readName()
    lowBalance = try decoder.readList { (decoder) throws(StateDecodingError) in try decoder.readMicros() }
    let limit = try decoder.readInt64()
    dailySpendLimit = limit == -1 ? nil : Micros(rawValue: limit)
    markups = try decoder.readList { (decoder) throws(StateDecodingError) in
      Markup(percent: try decoder.readMicros(), perMessage: try decoder.readMicros(), from: try decoder.readDay())
    }
    guard let holdDays = Int(exactly: try decoder.readUInt64()), holdDays <= 365 else {
      throw decoder.failure("hold days beyond a year")
    }
    self.holdDays = holdDays
    let hours = try decoder.readInt64()
    freeEntryPointHours = hours < 0 ? nil : Int(hours)
    let has = try decoder.readUInt8()
    hasPaymentMethod = has == 0 ? nil : has == 2
  }
}
