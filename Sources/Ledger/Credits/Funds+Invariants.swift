extension Funds {
  /// The end of every movement.
  func finish(_ sequence: SequenceNumber) {
    book.checkBalanced()
    #if LEDGER_CHECKS
    // A full count after every event would make a long fold quadratic.
    if credits.count + debts.debts.count <= 64 || sequence.rawValue % 512 == 0 { checkInvariants() }
    #endif
  }

  /// Counts everything anew and traps where it differs from the book.
  func checkInvariants() {
    precondition(book.sum.isZero, "the sum over all accounts is \(book.sum)")
    var paid = MicrosTotal.zero
    var promotional = MicrosTotal.zero
    var liveCount = 0
    for credit in credits {
      precondition(
        credit.remaining >= .zero && credit.remaining <= credit.amount,
        "a credit of \(credit.amount) has \(credit.remaining) left")
      if credit.isPromotional { promotional += credit.remaining } else { paid += credit.remaining }
      if !credit.remaining.isZero { liveCount += 1 }
    }
    precondition(paid == book[.creditsPaid], "paid credits hold \(paid), the book says \(book[.creditsPaid])")
    precondition(
      promotional == book[.creditsPromotional],
      "promotional credits hold \(promotional), the book says \(book[.creditsPromotional])")
    precondition(debts.total == -book[.overdraft], "debts are \(debts.total), the book says \(book[.overdraft])")
    precondition(order.count == liveCount, "\(order.count) credits burn, \(liveCount) have something left")
    for position in 1..<max(order.count, 1) {
      precondition(
        !credits[order[position]].burns(before: credits[order[position - 1]]),
        "credits burn out of order at \(position)")
    }
    checkDebts()
  }

  private func checkDebts() {
    var openCount = 0
    for (number, debt) in debts.debts.enumerated() where !debt.amount.isZero {
      openCount += 1
      guard debt.owner != .none else { continue }
      let recorded = allocations.parts(of: debt.owner).filter { $0.source == .debt(number) }
      precondition(
        recorded.count == 1 && recorded[0].amount == debt.amount,
        "debt \(number) of \(debt.amount) is recorded as \(recorded)")
    }
    precondition(openCount == debts.openCount, "\(openCount) debts are open, \(debts.openCount) counted")
  }
}
