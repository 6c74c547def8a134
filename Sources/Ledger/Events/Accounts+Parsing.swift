public import JSONTape

extension AccountOpened {
  private enum Key: Int, MemberKey {
    case name, currency, timeZone, creditLimit, portfolio
    static let names: MemberNames = ["name", "currency", "time_zone", "credit_limit", "portfolio"]
  }

  init(_ data: TapeValue) throws(Refusal) {
    let fields = try Fields<Key>(data)
    name = try fields.name(.name)
    currency = try fields.currency(.currency)
    timeZone = try fields.name(.timeZone)
    creditLimit = try fields.amountIfAny(.creditLimit, .notNegative)
    portfolio = try fields.nameIfAny(.portfolio)
  }
}

extension NumberAdded {
  private enum Key: Int, MemberKey {
    case number, display, waba
    static let names: MemberNames = ["number", "display", "waba"]
  }

  init(_ data: TapeValue) throws(Refusal) {
    let fields = try Fields<Key>(data)
    number = try fields.name(.number)
    display = try fields.nameIfAny(.display)
    waba = try fields.nameIfAny(.waba)
  }
}

extension TemplateUpdated {
  private enum Key: Int, MemberKey {
    case template, language, category, status, text
    static let names: MemberNames = ["template", "language", "category", "status", "text"]
  }

  init(_ data: TapeValue) throws(Refusal) {
    let fields = try Fields<Key>(data)
    template = try fields.name(.template)
    language = try fields.nameIfAny(.language)
    category = try fields.nameIfAny(.category)
    _ = try fields.nameIfAny(.status)
    _ = try fields.text(.text)
  }
}

extension AccountConfigured: CheckedPayload {
  private enum Key: Int, MemberKey {
    case name, creditLimit, lowBalance, dailySpendLimit, serviceLevel, businessHours, markup, urgentLabels, holdDays
    case freeEntryPointHours, paymentMethod
    static let names: MemberNames = [
      "name", "credit_limit", "low_balance", "daily_spend_limit", "sla", "business_hours", "markup", "urgent_labels",
      "hold_days", "free_entry_point_hours", "payment_method",
    ]
  }

  public init(_ data: TapeValue) throws(Refusal) {
    let fields = try Fields<Key>(data)
    name = try fields.nameIfAny(.name)
    creditLimit = try fields.amountIfAny(.creditLimit, .notNegative)
    lowBalance = try fields.list(.lowBalance) { (value, path) throws(Refusal) in
      try Fields<Key>.checkAmount(value, .signed, at: path)
    }
    dailySpendLimit = try fields.amountIfAny(.dailySpendLimit, .notNegative)
    if let value = fields[.serviceLevel] { serviceLevel = try ServiceLevel(value) }
    if let value = fields[.businessHours] { businessHours = try Hours(value) }
    if let value = fields[.markup] { markup = try Markup(value) }
    urgentLabels = try fields.names(.urgentLabels).map(Array.init)
    holdDays = try fields.integer(.holdDays, in: 1...365).map(Int.init)
    freeEntryPointHours = try fields.integer(.freeEntryPointHours, in: 0...720).map(Int.init)
    paymentMethod = try fields.bool(.paymentMethod)
  }
}

extension AccountConfigured.ServiceLevel {
  private enum Key: Int, MemberKey {
    typealias Place = Elsewhere
    case firstResponse, nextResponse
    static let names: MemberNames = ["first_response", "next_response"]
  }

  init(_ value: TapeValue) throws(Refusal) {
    let fields = try Fields<Key>(value, at: Elsewhere(pointer: "/data/sla"))
    firstResponse = try fields.durationIfAny(.firstResponse)
    nextResponse = try fields.durationIfAny(.nextResponse)
  }
}

extension AccountConfigured.Markup {
  private enum Key: Int, MemberKey {
    typealias Place = Elsewhere
    case percent, perMessage, from
    static let names: MemberNames = ["percent", "per_message", "from"]
  }

  /// A price with its markup must stay far below 2⁶³, so both parts are bounded.
  init(_ value: TapeValue) throws(Refusal) {
    let fields = try Fields<Key>(value, at: Elsewhere(pointer: "/data/markup"))
    percent = try fields.amountIfAny(.percent, .signed) ?? .zero
    perMessage = try fields.amountIfAny(.perMessage, .signed) ?? .zero
    from = try fields.dayIfAny(.from)
    guard percent.rawValue >= -100_000_000, percent.rawValue <= 10_000_000_000 else {
      throw .badValue("is \(percent)", remedy: "give a percentage from -100 to 10000", at: "/data/markup/percent")
    }
    guard perMessage.rawValue.magnitude <= RateCardPublished.highestPrice.rawValue.magnitude else {
      throw .badValue("is \(perMessage)", remedy: "give at most 1000000 per message", at: "/data/markup/per_message")
    }
  }
}

extension AccountConfigured.Hours {
  private enum Key: Int, MemberKey {
    typealias Place = Elsewhere
    case mon, tue, wed, thu, fri, sat, sun, zone, holidays
    static let names: MemberNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun", "zone", "holidays"]
    static let week: [Key] = [.mon, .tue, .wed, .thu, .fri, .sat, .sun]
  }

  init(_ value: TapeValue) throws(Refusal) {
    let fields = try Fields<Key>(value, at: Elsewhere(pointer: "/data/business_hours"))
    zone = try fields.nameIfAny(.zone)
    holidays =
      try fields.list(.holidays) { (value, path) throws(Refusal) in
        guard let text = value.text else { throw .wrongType("a day such as \"2026-12-25\"", at: path) }
        return try Fields<Key>.checkDay(text, at: path)
      } ?? []
    holidays.sort()
    days = []
    for key in Key.week { days.append(try Self.stretches(fields, key)) }
  }

  private static func stretches(_ fields: Fields<Key>, _ key: Key) throws(Refusal) -> [HoursStretch] {
    let stretches =
      try fields.list(key) { (value, path) throws(Refusal) -> HoursStretch in
        guard let text = value.text else { throw .wrongType("hours such as \"09:00-18:00\"", at: path) }
        guard let stretch = HoursStretch(text) else {
          throw .badValue(
            "is \"\(text.excerpt)\"", remedy: "give hours such as 09:00-18:00, the end after the start", at: path)
        }
        return stretch
      } ?? []
    for (earlier, later) in zip(stretches, stretches.dropFirst()) where later.opensAtMinute < earlier.closesAtMinute {
      throw .badValue("overlaps or is not in order", remedy: "list stretches by time, apart", at: fields.path(key))
    }
    return stretches
  }
}

extension HoursStretch {
  /// Reads `09:00-18:00`; `24:00` is the end of the day.
  init?(_ text: Text) {
    var reader = DigitReader(text)
    guard let opens = Self.minute(&reader), reader.take(45), let closes = Self.minute(&reader), reader.isAtEnd,
      opens < closes
    else { return nil }
    opensAtMinute = opens
    closesAtMinute = closes
  }

  private static func minute(_ reader: inout DigitReader) -> Int? {
    guard let hour = reader.digits(2), reader.take(58), let minute = reader.digits(2), minute < 60,
      hour * 60 + minute <= 1_440
    else { return nil }
    return hour * 60 + minute
  }
}
