/// What ``Funds`` come to at one instant.
public struct FundsFigures: Hashable, Sendable {
  public struct Expiry: Hashable, Sendable {
    /// All that expires at `at`.
    public var amount: MicrosTotal
    public var at: Timestamp
  }

  public var paid = MicrosTotal.zero
  public var promotional = MicrosTotal.zero
  public var overdraft = MicrosTotal.zero
  /// What expired and was neither burned nor taken back.
  public var expired = MicrosTotal.zero
  public var nextExpiry: Expiry?
  public var paymentsTotal = MicrosTotal.zero
  public var grantsTotal = MicrosTotal.zero
  /// Signed.
  public var adjustmentsTotal = MicrosTotal.zero
  public var refundsTotal = MicrosTotal.zero
  public var voidedTotal = MicrosTotal.zero
  public var chargedTotal = MicrosTotal.zero

  /// RULES.md 23.
  public var balance: MicrosTotal { paid + promotional - overdraft }

  /// What may still be spent while `held` is set aside; the credit limit counts as money.
  public func available(held: MicrosTotal, creditLimit: MicrosTotal) -> MicrosTotal { balance - held + creditLimit }
}

/// A credit that ends, and what is left in it by now.
public struct ExpiringCredit: Hashable, Sendable {
  /// The name of the payment or grant.
  public var name: NameID
  public var isPayment: Bool
  public var isPromotional: Bool
  public var amount: Micros
  public var at: Timestamp
}

extension Funds {
  /// - Complexity: O(credits with something left), whatever the history.
  public func figures(at now: Timestamp) -> FundsFigures {
    var figures = FundsFigures()
    for position in 0..<order.count {
      let credit = credits[order[position]]
      if credit.isExpired(at: now) {
        figures.expired += credit.remaining
      } else {
        if credit.isPromotional { figures.promotional += credit.remaining } else { figures.paid += credit.remaining }
        if let expiresAt = credit.expiresAt { figures.note(credit.remaining, expiringAt: expiresAt) }
      }
    }
    figures.overdraft = -book[.overdraft]
    figures.paymentsTotal = -book[.payments]
    figures.grantsTotal = -book[.grants]
    figures.adjustmentsTotal = -book[.adjustments]
    figures.refundsTotal = book[.refunds]
    figures.voidedTotal = book[.voided]
    figures.chargedTotal = book.chargedTotal
    return figures
  }

  /// What all holds that were never released come to; releases by age are the caller's.
  public var heldTotal: MicrosTotal { book[.held] }

  /// Charges by category, rising by the number of the name.
  public var chargesByCategory: [(category: NameID, total: MicrosTotal)] {
    book.charges.map { ($0.category, $0.total) }
  }

  /// The credits with something left whose expiry lies behind `start` and not behind `end`, by expiry, then burning order.
  public func expiries(after start: Timestamp?, through end: Timestamp) -> [ExpiringCredit] {
    var found: [ExpiringCredit] = []
    for position in 0..<order.count {
      let credit = credits[order[position]]
      guard let at = credit.expiresAt, at <= end, start.map({ $0 < at }) ?? true else { continue }
      found.append(
        ExpiringCredit(
          name: credit.name, isPayment: credit.kind == .payment, isPromotional: credit.isPromotional,
          amount: credit.remaining, at: at))
    }
    // A stable order: equal instants stay in burning order.
    return found.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
  }
}

extension FundsFigures {
  fileprivate mutating func note(_ amount: Micros, expiringAt at: Timestamp) {
    if let known = nextExpiry, known.at < at { return }
    if nextExpiry?.at != at { nextExpiry = Expiry(amount: .zero, at: at) }
    nextExpiry?.amount += amount
  }
}
