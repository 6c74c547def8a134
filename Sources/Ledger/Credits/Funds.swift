/// The money of one account: what was paid, granted and adjusted, who burned it, and what is owed.
///
/// A pure fold: it knows no clock, and nothing happens in it when a credit expires. ``figures(at:)`` says what is left at an
/// instant. Every change is a double-entry movement in ``Book``.
///
/// Events reach it only through admission (``FundsRegister``), but a question about a past moment folds a part of the
/// events, so a refund or a voiding may come without what it names; docs/rules-credits.md says what they do then.
public struct Funds: Sendable {
  /// By number, in the order they came; never removed.
  var credits: [Credit] = []
  var order = BurningOrder()
  var debts = DebtQueue()
  var allocations = AllocationTable()
  var payments = PaymentList()
  /// The credit of each grant. For finding only.
  var grants: [NameID: Int] = [:]
  /// Signed, each name once.
  var adjustments: [NameID: Micros] = [:]
  var book = Book()
  /// Every payment, grant, refund, voiding and adjustment, by sequence. With the charges and the expiries of an instant
  /// they sum to the balance.
  public internal(set) var movements: [FundsMovement] = []

  public init() {}

  private mutating func note(
    _ kind: FundsMovement.Kind, _ name: NameID, _ amount: Micros, _ time: Timestamp, _ sequence: SequenceNumber
  ) {
    movements.append(FundsMovement(kind: kind, name: name, amount: amount, time: time, sequence: sequence))
  }

  // MARK: What comes in

  /// `payment.received`. A second one of the same name changes nothing: money is not counted twice.
  public mutating func receive(
    payment: NameID, amount: Micros, method: NameID, expiresAt: Timestamp?, priority: UInt8, at time: Timestamp,
    sequence: SequenceNumber
  ) {
    var row = PaymentRow(name: payment, method: method, amount: amount, time: time, sequence: sequence)
    if let position = payments.position(of: payment) {
      guard payments.rows[position].credit == nil else { return }
      row.failures = payments.remove(at: position).failures
    }
    row.credit = credits.count
    payments.append(row)
    note(.payment, payment, amount, time, sequence)
    book.post(-amount, to: .payments)
    add(
      Credit(
        name: payment, kind: .payment, isPromotional: false, priority: priority, amount: amount, remaining: amount,
        effectiveAt: time, expiresAt: expiresAt, sequence: sequence))
    finish(sequence)
  }

  /// `payment.failed`: listed, no money moves.
  public mutating func fail(payment: NameID, amount: Micros, at time: Timestamp, sequence: SequenceNumber) {
    var row = PaymentRow(name: payment, method: .none, amount: amount, failures: 1, time: time, sequence: sequence)
    if let position = payments.position(of: payment) {
      guard payments.rows[position].credit == nil else { return payments.addFailure(at: position) }
      row.failures &+= payments.remove(at: position).failures
    }
    payments.append(row)
  }

  /// `credit.granted`. A second one of the same name changes nothing.
  public mutating func grant(
    _ grant: NameID, amount: Micros, isPromotional: Bool, expiresAt: Timestamp?, priority: UInt8, at time: Timestamp,
    sequence: SequenceNumber
  ) {
    guard grants[grant] == nil else { return }
    grants[grant] = credits.count
    note(.grant, grant, amount, time, sequence)
    book.post(-amount, to: .grants)
    add(
      Credit(
        name: grant, kind: .grant, isPromotional: isPromotional, priority: priority, amount: amount,
        remaining: amount, effectiveAt: time, expiresAt: expiresAt, sequence: sequence))
    finish(sequence)
  }

  /// `balance.adjusted`: a positive amount is paid credit without expiry, a negative one burns. A second one of the same
  /// name changes nothing.
  public mutating func adjust(_ adjustment: NameID, by amount: Micros, at time: Timestamp, sequence: SequenceNumber) {
    guard adjustments.updateValue(amount, forKey: adjustment) == nil else { return }
    note(.adjustment, adjustment, amount, time, sequence)
    book.post(-amount, to: .adjustments)
    if amount.isNegative {
      take(-amount, for: .none, at: time)
    } else {
      addWithoutExpiry(amount, name: adjustment, kind: .adjustment, at: time, sequence: sequence)
    }
    finish(sequence)
  }

  // MARK: What goes out

  /// `payment.refunded`: takes the payment's remainder, expired or not, then burns, then owes.
  public mutating func refund(payment: NameID, amount: Micros, at time: Timestamp, sequence: SequenceNumber) {
    note(.refund, payment, -amount, time, sequence)
    book.post(amount, to: .refunds)
    var rest = amount
    if let position = payments.position(of: payment), let credit = payments.rows[position].credit {
      payments.addRefund(amount, at: position)
      rest -= takeRemainder(of: credit, atMost: amount)
    }
    take(rest, for: .none, at: time)
    finish(sequence)
  }

  /// `credit.voided`: takes the grant's remainder, expired or not.
  /// - Returns: what it took.
  @discardableResult
  public mutating func void(grant: NameID, at time: Timestamp, sequence: SequenceNumber) -> Micros {
    guard let credit = grants[grant] else { return .zero }
    let taken = takeRemainder(of: credit, atMost: credits[credit].remaining)
    note(.void, grant, -taken, time, sequence)
    credits[credit].voided += taken
    book.post(taken, to: .voided)
    finish(sequence)
    return taken
  }

  /// A charge, or what it rose by. `time` is always the charge's own, whenever it is posted.
  public mutating func burn(
    _ amount: Micros, owner: ChargeOwner, category: NameID, at time: Timestamp, sequence: SequenceNumber
  ) {
    precondition(!amount.isNegative, "a charge of \(amount)")
    book.post(amount, toChargesOf: category)
    take(amount, for: owner, at: time)
    finish(sequence)
  }

  /// What a charge fell by: what it still owes is forgiven first, then its credits get theirs back, last burned first.
  /// What was never burned becomes paid credit without expiry, effective from `time` (RULES.md 42).
  public mutating func giveBack(
    _ amount: Micros, owner: ChargeOwner, category: NameID, at time: Timestamp, sequence: SequenceNumber
  ) {
    precondition(!amount.isNegative, "a return of \(amount)")
    book.post(-amount, toChargesOf: category)
    var rest = amount
    while !rest.isZero, let part = allocations.unwind(rest, of: owner) {
      if part.source.isDebt { settle(part.source.number, part.amount) } else { restore(part) }
      rest -= part.amount
    }
    if !rest.isZero { addWithoutExpiry(rest, name: .none, kind: .correction, at: time, sequence: sequence) }
    finish(sequence)
  }

  /// A charge turns out to be of another category: what it amounts to moves over. `amount` may be negative.
  public mutating func recategorise(
    _ amount: Micros, from old: NameID, to new: NameID, sequence: SequenceNumber
  ) {
    book.post(-amount, toChargesOf: old)
    book.post(amount, toChargesOf: new)
    finish(sequence)
  }

  /// A charge will never change again: what it burned is forgotten, what it owes stays owed. Its number may be used anew.
  public mutating func forget(_ owner: ChargeOwner) {
    while let part = allocations.unwind(Micros(rawValue: .max), of: owner) {
      if part.source.isDebt { debts.disown(part.source.number) }
    }
  }

  // MARK: Holds

  /// Sets money aside for a message under way. Which and for how long is the caller's to know.
  public mutating func hold(_ amount: Micros) {
    book.post(amount, to: .held)
    book.post(-amount, to: .setAside)
    book.checkBalanced()
  }

  public mutating func release(_ amount: Micros) { hold(-amount) }
}
