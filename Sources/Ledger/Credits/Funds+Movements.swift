/// The legs of movements; the callers post the other side.
extension Funds {
  private func account(of credit: Int) -> BookAccount {
    credits[credit].isPromotional ? .creditsPromotional : .creditsPaid
  }

  /// New credit pays what is owed, and burns for what comes after.
  mutating func add(_ credit: Credit) {
    let number = credits.count
    credits.append(credit)
    book.post(credit.amount, to: account(of: number))
    payDebts(from: number)
    if !credits[number].remaining.isZero { order.insert(number, of: credits) }
  }

  mutating func addWithoutExpiry(
    _ amount: Micros, name: NameID, kind: CreditKind, at time: Timestamp, sequence: SequenceNumber
  ) {
    add(
      Credit(
        name: name, kind: kind, isPromotional: false, priority: 50, amount: amount, remaining: amount,
        effectiveAt: time, expiresAt: nil, sequence: sequence))
  }

  /// The oldest posting first, except debts whose charge came when the credit had expired (RULES.md 42).
  private mutating func payDebts(from credit: Int) {
    var number = debts.firstOpen
    while debts.openCount > 0, number < debts.debts.count, !credits[credit].remaining.isZero {
      let debt = debts[number]
      if !debt.amount.isZero, !credits[credit].isExpired(at: debt.chargedAt) {
        let paid = min(debt.amount, credits[credit].remaining)
        credits[credit].remaining -= paid
        book.post(-paid, to: account(of: credit))
        if debt.owner != .none { allocations.pay(paid, of: number, from: credit, for: debt.owner) }
        settle(number, paid)
      }
      number += 1
    }
  }

  /// Takes money by burning order for a charge of `time`, and owes what no credit covers.
  mutating func take(_ amount: Micros, for owner: ChargeOwner, at time: Timestamp) {
    var rest = amount
    var position = 0
    while !rest.isZero, let found = order.firstPosition(from: position, burnableAt: time) {
      position = found
      let credit = order[position]
      let taken = min(rest, credits[credit].remaining)
      credits[credit].remaining -= taken
      book.post(-taken, to: account(of: credit))
      if owner != .none { allocations.burn(taken, of: credit, by: owner) }
      if credits[credit].remaining.isZero { order.remove(at: position) }
      rest -= taken
    }
    if !rest.isZero { owe(rest, by: owner, at: time) }
  }

  private mutating func owe(_ amount: Micros, by owner: ChargeOwner, at time: Timestamp) {
    book.post(-amount, to: .overdraft)
    if debts.isMostlyHoles { compactDebts() }
    let number = debts.append(DebtQueue.Debt(amount: amount, chargedAt: time, owner: owner))
    if owner != .none { allocations.owe(amount, as: number, by: owner) }
  }

  private mutating func compactDebts() {
    for (new, old) in debts.compact().enumerated() where debts[new].owner != .none && new != old {
      allocations.renumberDebt(old, as: new, of: debts[new].owner)
    }
  }

  /// A debt is paid or forgiven.
  mutating func settle(_ debt: Int, _ amount: Micros) {
    book.post(amount, to: .overdraft)
    debts.settle(debt, amount)
  }

  /// Money goes back to the credit it was burned from, and expires with it.
  mutating func restore(_ part: AllocationTable.Part) {
    let credit = part.source.number
    let wasSpent = credits[credit].remaining.isZero
    credits[credit].remaining += part.amount
    book.post(part.amount, to: account(of: credit))
    if wasSpent { order.insert(credit, of: credits) }
  }

  mutating func takeRemainder(of credit: Int, atMost limit: Micros) -> Micros {
    let taken = min(limit, credits[credit].remaining)
    guard !taken.isZero else { return .zero }
    if taken == credits[credit].remaining { order.remove(credit, of: credits) }
    credits[credit].remaining -= taken
    book.post(-taken, to: account(of: credit))
    return taken
  }
}
