/// Overdraft: what was spent and no credit covered, oldest posting first.
///
/// A debt is known by a number that stays while it is open. Settled debts leave holes, which ``DebtQueue/compact()``
/// closes when they outweigh the open ones.
struct DebtQueue: Sendable {
  struct Debt: Hashable, Sendable, BitwiseCopyable {
    /// What is still owed; 0 once settled.
    var amount: Micros
    /// When the charge was: credit that expired before it does not pay it (RULES.md 42).
    var chargedAt: Timestamp
    /// The charge, or none for a refund or an adjustment.
    var owner: ChargeOwner
  }

  private(set) var debts = ChunkedArray<Debt>()
  /// Every debt before this one is settled.
  private(set) var firstOpen = 0
  private(set) var openCount = 0

  init() {}

  mutating func visitLists(_ visitor: inout some ListVisitor) {
    visitor.visit(&debts)
  }

  /// One bit is needed to tell debts from credits.
  static let highestCount = 1 << 31

  subscript(number: Int) -> Debt { debts[number] }

  mutating func append(_ debt: Debt) -> Int {
    debts.append(debt)
    openCount += 1
    return debts.count - 1
  }

  mutating func settle(_ number: Int, _ amount: Micros) {
    debts[number].amount -= amount
    guard debts[number].amount.isZero else { return }
    openCount -= 1
    if openCount == 0 {
      debts.removeAll()
      firstOpen = 0
      return
    }
    while debts[firstOpen].amount.isZero { firstOpen += 1 }
  }

  /// The debt stays, but nobody's charge any more.
  mutating func disown(_ number: Int) { debts[number].owner = .none }

  var isMostlyHoles: Bool {
    debts.count >= Self.highestCount || (debts.count > 64 && openCount < debts.count / 2)
  }

  /// Closes the holes.
  /// - Returns: the old number of each open debt, by its new one.
  mutating func compact() -> [Int] {
    let numbers = debts.indices.filter { !debts[$0].amount.isZero }
    debts = ChunkedArray(numbers.map { debts[$0] })
    firstOpen = 0
    return numbers
  }

  var total: MicrosTotal { debts.reduce(into: .zero) { $0 += $1.amount } }
}
