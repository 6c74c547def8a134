public import JSONTape

extension PaymentReceived {
  private enum Key: Int, MemberKey {
    case payment, amount, currency, method, reference, expiresAt, priority
    static let names: MemberNames = ["payment", "amount", "currency", "method", "reference", "expires_at", "priority"]
  }

  init(_ data: TapeValue) throws(Refusal) {
    let fields = try Fields<Key>(data)
    payment = try fields.name(.payment)
    amount = try fields.amount(.amount)
    currency = try fields.currency(.currency)
    method = try fields.nameIfAny(.method)
    _ = try fields.text(.reference)
    expiresAt = try fields.instantIfAny(.expiresAt)
    priority = UInt8(try fields.integer(.priority, in: 0...100) ?? 50)
  }
}

extension CreditGranted {
  private enum Key: Int, MemberKey {
    case grant, amount, currency, expiresAt, priority, promotional, reason
    static let names: MemberNames = ["grant", "amount", "currency", "expires_at", "priority", "promotional", "reason"]
  }

  init(_ data: TapeValue) throws(Refusal) {
    let fields = try Fields<Key>(data)
    grant = try fields.name(.grant)
    amount = try fields.amount(.amount)
    currency = try fields.currency(.currency)
    expiresAt = try fields.instantIfAny(.expiresAt)
    priority = UInt8(try fields.integer(.priority, in: 0...100) ?? 50)
    guard let isPromotional = try fields.bool(.promotional) else { throw .missingMember(at: "/data/promotional") }
    self.isPromotional = isPromotional
    _ = try fields.text(.reason)
  }
}

extension ChargeCorrected {
  private enum Key: Int, MemberKey {
    case message, window, amount, reason
    static let names: MemberNames = ["message", "window", "amount", "reason"]
  }

  init(_ data: TapeValue) throws(Refusal) {
    let fields = try Fields<Key>(data)
    message = try fields.nameIfAny(.message)
    window = try fields.nameIfAny(.window)
    guard message != nil || window != nil else { throw .missingMember(at: "/data/message", or: "window") }
    amount = try fields.amount(.amount, .signed)
    guard !amount.isZero else { throw .badValue("is 0", remedy: "give the signed difference", at: "/data/amount") }
    // Far below 2⁶³ millionths even after millions of corrections of one message.
    guard abs(amount.rawValue) <= RateCardPublished.highestPrice.rawValue else {
      throw .badValue(
        "is \(amount)", remedy: "give a difference of at most \(RateCardPublished.highestPrice), as for a price",
        at: "/data/amount")
    }
    guard try fields.text(.reason) != nil else { throw .missingMember(at: "/data/reason") }
  }
}

extension TierReported {
  private enum Key: Int, MemberKey {
    case market, category, month, lower, upper, at
    static let names: MemberNames = ["market", "category", "month", "lower", "upper", "at"]
  }

  init(_ data: TapeValue) throws(Refusal) {
    let fields = try Fields<Key>(data)
    market = try fields.name(.market)
    category = try fields.name(.category)
    month = try fields.month(.month)
    guard let lower = try fields.integer(.lower, in: 0...Bound.highest) else {
      throw .missingMember(at: "/data/lower")
    }
    self.lower = UInt64(lower)
    guard let value = fields[.upper] else { throw .missingMember(at: "/data/upper") }
    upper = try Bound.read(value, at: "/data/upper")
    at = try fields.instant(.at)
  }
}

/// The upper bound of a volume tier: a whole number or `"MAX"`.
enum Bound {
  static let highest: Int64 = 1_000_000_000_000_000

  static func read(_ value: TapeValue, at path: @autoclosure () -> String) throws(Refusal) -> UInt64 {
    if let text = value.text {
      guard text == "MAX" else {
        throw .badValue("is \"\(text.excerpt)\"", remedy: "give a whole number or \"MAX\"", at: path())
      }
      return .max
    }
    guard let number = value.int64 else { throw .wrongType("a whole number or \"MAX\"", at: path()) }
    guard (0...highest).contains(number) else {
      throw .badValue("is \(number)", remedy: "give a whole number up to \(highest)", at: path())
    }
    return UInt64(number)
  }
}

extension RateCardPublished: CheckedPayload {
  /// A bound that keeps a marked-up price far below 2⁶³ millionths.
  static let highestPrice = Micros(rawValue: 1_000_000_000_000)

  private enum Key: Int, MemberKey {
    case card, currency, unit, effectiveFrom, announcedAt, provenance, rates
    static let names: MemberNames = [
      "card", "currency", "unit", "effective_from", "announced_at", "provenance", "rates",
    ]
  }

  public init(_ data: TapeValue) throws(Refusal) {
    let fields = try Fields<Key>(data)
    card = try fields.name(.card)
    currency = try fields.currency(.currency)
    switch try fields.name(.unit) {
    case "conversation": unit = .conversation
    case "message": unit = .message
    case let other:
      throw .badValue("is \"\(other.excerpt)\"", remedy: "give conversation or message", at: "/data/unit")
    }
    effectiveFrom = try fields.day(.effectiveFrom)
    _ = try fields.text(.announcedAt)
    rates = try fields.requiredList(.rates) { (value, path) throws(Refusal) in try Rate(value, at: path) }
    guard !rates.isEmpty else { throw .badValue("is empty", remedy: "give at least one rate", at: "/data/rates") }
  }

  static func checkPrice(_ price: Micros, at path: @autoclosure () -> String) throws(Refusal) -> Micros {
    guard price <= highestPrice else {
      throw .badValue("is \(price)", remedy: "give a price of at most \(highestPrice)", at: path())
    }
    return price
  }
}

extension RateCardPublished.Rate {
  private enum Key: Int, MemberKey {
    typealias Place = Elsewhere
    case market, category, price, tiers
    static let names: MemberNames = ["market", "category", "price", "tiers"]
  }

  init(_ value: TapeValue, at path: String) throws(Refusal) {
    let fields = try Fields<Key>(value, at: Elsewhere(pointer: path))
    market = try fields.name(.market)
    category = try fields.name(.category)
    price = try RateCardPublished.checkPrice(try fields.amount(.price, .notNegative), at: fields.path(.price))
    tiers = try fields.list(.tiers) { (value, path) throws(Refusal) in try .init(value, at: path) } ?? []
    for (lower, upper) in zip(tiers, tiers.dropFirst()) where upper.upper <= lower.upper {
      throw .badValue("is not rising in upper", remedy: "list tiers by their upper bound", at: fields.path(.tiers))
    }
  }
}

extension RateCardPublished.Tier {
  private enum Key: Int, MemberKey {
    typealias Place = Elsewhere
    case upper, price
    static let names: MemberNames = ["upper", "price"]
  }

  init(_ value: TapeValue, at path: String) throws(Refusal) {
    let fields = try Fields<Key>(value, at: Elsewhere(pointer: path))
    guard let bound = fields[.upper] else { throw .missingMember(at: fields.path(.upper)) }
    upper = try Bound.read(bound, at: fields.path(.upper))
    price = try RateCardPublished.checkPrice(try fields.amount(.price, .notNegative), at: fields.path(.price))
  }
}

extension MarketsPublished: CheckedPayload {
  private enum Key: Int, MemberKey {
    case markets
    static let names: MemberNames = ["markets"]
  }

  public init(_ data: TapeValue) throws(Refusal) {
    let fields = try Fields<Key>(data)
    rows = try fields.requiredList(.markets) { (value, path) throws(Refusal) in try Row(value, at: path) }
    guard !rows.isEmpty else { throw .badValue("is empty", remedy: "give at least one row", at: "/data/markets") }
  }
}

extension MarketsPublished.Row {
  private enum Key: Int, MemberKey {
    typealias Place = Elsewhere
    case prefix, country, market, from, to
    static let names: MemberNames = ["prefix", "country", "market", "from", "to"]
  }

  init(_ value: TapeValue, at path: String) throws(Refusal) {
    let fields = try Fields<Key>(value, at: Elsewhere(pointer: path))
    prefixText = try fields.name(.prefix)
    var reader = DigitReader(prefixText)
    guard prefixText.count <= 9, let number = reader.number(limit: 999_999_999), reader.isAtEnd else {
      throw .badValue(
        "is \"\(prefixText.excerpt)\"", remedy: "give the 1 to 9 digits behind the +", at: fields.path(.prefix))
    }
    prefix = UInt64(number)
    digitCount = prefixText.count
    country = try fields.name(.country)
    market = try fields.name(.market)
    from = try fields.dayIfAny(.from)
    to = try fields.dayIfAny(.to)
    if let from, let to, to <= from {
      throw .badValue("is not after from", remedy: "to is the first day outside", at: fields.path(.to))
    }
  }
}
