import JSONTape

/// What the writer must know of an account's money to admit the next event, before anything is committed: which payments,
/// grants and adjustments there are, and how much of a payment can still be refunded.
///
/// It is rebuilt by recording the account's events in order, or from its ``Funds``. Names are compared byte by byte.
public struct FundsRegister: Hashable, Sendable {
  private typealias Name = [UInt8]

  private struct Payment: Hashable, Sendable {
    var amount: Micros
    var expiresAt: Timestamp?
    var priority: UInt8

    init(_ event: PaymentReceived) {
      amount = event.amount
      expiresAt = event.expiresAt
      priority = event.priority
    }

    init(_ credit: Credit) {
      amount = credit.amount
      expiresAt = credit.expiresAt
      priority = credit.priority
    }
  }

  private struct Grant: Hashable, Sendable {
    var amount: Micros
    var expiresAt: Timestamp?
    var priority: UInt8
    var isPromotional: Bool

    init(_ event: CreditGranted) {
      amount = event.amount
      expiresAt = event.expiresAt
      priority = event.priority
      isPromotional = event.isPromotional
    }

    init(_ credit: Credit) {
      amount = credit.amount
      expiresAt = credit.expiresAt
      priority = credit.priority
      isPromotional = credit.isPromotional
    }
  }

  /// How to forget one recorded event.
  public struct Undo: Sendable {
    fileprivate enum Step { case payment, refund(Micros), grant, adjustment }
    fileprivate var step: Step
    fileprivate var name: [UInt8]
  }

  private let currency: [UInt8]
  private var payments: [Name: Payment] = [:]
  private var refunded: [Name: Micros] = [:]
  private var grants: [Name: Grant] = [:]
  private var adjustments: [Name: Micros] = [:]

  /// - Parameter currency: the account's, ISO 4217.
  public init(currency: some Collection<UInt8>) { self.currency = Array(currency) }

  /// The register after all events that `funds` folded.
  public init(currency: some Collection<UInt8>, of funds: Funds, names: Names) {
    self.init(currency: currency)
    for row in funds.payments.rows {
      guard let number = row.credit else { continue }
      let name = names[row.name]
      payments[name] = Payment(funds.credits[number])
      if !row.refunded.isZero { refunded[name] = row.refunded }
    }
    for (grant, number) in funds.grants { grants[names[grant]] = Grant(funds.credits[number]) }
    for (adjustment, amount) in funds.adjustments { adjustments[names[adjustment]] = amount }
  }

  /// That of an account, after all of its events.
  init(of account: AccountState) {
    self.init(currency: account.currencyCode.utf8, of: account.funds, names: account.names)
  }

  /// Whether an event may enter after all those recorded. Events that move no money always may.
  ///
  /// A payment, grant or adjustment whose name is known already is admitted when it says the same, and then changes nothing:
  /// a provider's notice that came twice under two event ids counts once. When it says something else, it is a conflict.
  public func check(_ data: EventData) throws(Refusal) {
    switch MoneyEvent(data) {
    case .payment(let event):
      try checkCurrency(event.currency)
      if let known = payments[event.payment.array], known != Payment(event) {
        throw .exists(.paymentExists, "payment", event.payment, known.amount)
      }
    case .grant(let event):
      try checkCurrency(event.currency)
      if let known = grants[event.grant.array], known != Grant(event) {
        throw .exists(.grantExists, "grant", event.grant, known.amount)
      }
    case .adjustment(let adjustment, let amount):
      if let known = adjustments[adjustment.array], known != amount {
        throw .exists(.adjustmentExists, "adjustment", adjustment, known)
      }
    case .refund(let payment, let amount):
      try checkRefund(of: payment, amount)
    case .void(let grant):
      guard grants[grant.array] == nil else { break }
      throw .unknown(.unknownGrant, "grant", grant, remedy: "append its credit.granted first, or correct the name")
    case nil:
      break
    }
  }

  private func checkCurrency(_ text: Text) throws(Refusal) {
    guard text.array != currency else { return }
    let own = String(decoding: currency, as: UTF8.self)
    throw Refusal(
      .currencyMismatch, status: 422, "the account is kept in \(own), not in \(text.excerpt)",
      remedy: "give an amount in \(own), or use an account of that currency", pointer: "/data/currency")
  }

  private func checkRefund(of name: Text, _ amount: Micros) throws(Refusal) {
    guard let payment = payments[name.array] else {
      throw .unknown(
        .unknownPayment, "payment", name, remedy: "append its payment.received first, or correct the name")
    }
    let rest = payment.amount - (refunded[name.array] ?? .zero)
    guard amount <= rest else {
      throw Refusal(
        .refundTooLarge, status: 422,
        "payment \"\(name.excerpt)\" can be refunded by \(rest), not by \(amount)",
        remedy: "refund at most \(rest); give money beyond a payment back with balance.adjusted",
        pointer: "/data/amount")
    }
  }

  /// Takes note of an admitted event.
  /// - Returns: how to forget it; nil when it left no trace. Several are undone last first.
  public mutating func record(_ data: EventData) -> Undo? {
    switch MoneyEvent(data) {
    case .payment(let event):
      let name = event.payment.array
      guard payments[name] == nil else { return nil }
      payments[name] = Payment(event)
      return Undo(step: .payment, name: name)
    case .refund(let payment, let amount):
      let name = payment.array
      refunded[name, default: .zero] += amount
      return Undo(step: .refund(amount), name: name)
    case .grant(let event):
      let name = event.grant.array
      guard grants[name] == nil else { return nil }
      grants[name] = Grant(event)
      return Undo(step: .grant, name: name)
    case .adjustment(let adjustment, let amount):
      let name = adjustment.array
      guard adjustments[name] == nil else { return nil }
      adjustments[name] = amount
      return Undo(step: .adjustment, name: name)
    case .void, nil:
      return nil
    }
  }

  /// Forgets the event that was recorded last of those not undone.
  public mutating func undo(_ undo: Undo) {
    switch undo.step {
    case .payment: payments[undo.name] = nil
    case .refund(let amount): refunded[undo.name, default: .zero] -= amount
    case .grant: grants[undo.name] = nil
    case .adjustment: adjustments[undo.name] = nil
    }
  }
}

extension Text {
  fileprivate var array: [UInt8] { unsafe Array(bytes) }
}

extension Refusal {
  fileprivate static func exists(_ code: Code, _ what: String, _ name: Text, _ amount: Micros) -> Refusal {
    Refusal(
      code, status: 409, "\(what) \"\(name.excerpt)\" is there already, over \(amount), and says something else",
      remedy: "give a new \(what) its own name; to change one, append what undoes it", pointer: "/data/\(what)")
  }

  fileprivate static func unknown(_ code: Code, _ what: String, _ name: Text, remedy: String) -> Refusal {
    Refusal(
      code, status: 422, "the account has no \(what) \"\(name.excerpt)\"", remedy: remedy, pointer: "/data/\(what)")
  }
}
