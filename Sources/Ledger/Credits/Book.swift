/// The accounts of the ledger other than charges, which have one for each category.
///
/// A balance is what flowed in less what flowed out: sources of money (payments, grants) stand below zero, credits and
/// sinks (refunds, voided) above.
enum BookAccount: Int, CaseIterable, Sendable {
  case payments, grants, adjustments, refunds, voided
  case creditsPaid, creditsPromotional
  /// Zero or less: what was spent and no credit covers.
  case overdraft
  /// What messages under way may cost, and where it was set aside from: the two mirror each other.
  case held, setAside
}

/// Double entry: every movement is posted in two or more legs, and the sum over all accounts is zero after each.
struct Book: Sendable {
  struct CategoryTotal: Hashable, Sendable {
    var category: NameID
    var total: MicrosTotal
  }

  private var balances = InlineArray<10, MicrosTotal>(repeating: .zero)
  /// Charges by category, rising by the number of the name.
  private(set) var charges: [CategoryTotal] = []
  /// The sum of all legs posted since the last movement was complete.
  private var imbalance = MicrosTotal.zero

  init() {}

  subscript(account: BookAccount) -> MicrosTotal { balances[account.rawValue] }

  var chargedTotal: MicrosTotal { charges.reduce(into: .zero) { $0 += $1.total } }

  mutating func post(_ amount: Micros, to account: BookAccount) {
    balances[account.rawValue] += amount
    imbalance += amount
  }

  mutating func post(_ amount: Micros, toChargesOf category: NameID) {
    let index = position(of: category)
    if index == charges.count || charges[index].category != category {
      charges.insert(CategoryTotal(category: category, total: .zero), at: index)
    }
    charges[index].total += amount
    imbalance += amount
  }

  /// A handful of categories: counting up beats a search.
  private func position(of category: NameID) -> Int {
    var index = 0
    while index < charges.count, charges[index].category < category { index += 1 }
    return index
  }

  /// The end of a movement: what left some accounts must have reached others.
  func checkBalanced() {
    precondition(imbalance.isZero, "a movement leaves \(imbalance) in no account")
  }

  /// The sum over all accounts, counted anew; always zero.
  var sum: MicrosTotal {
    var total = chargedTotal
    for account in BookAccount.allCases { total += self[account] }
    return total
  }
}

extension Book {
  func encode(into encoder: inout StateEncoder) {
    for account in BookAccount.allCases { encoder.write(self[account]) }
    encoder.write(charges) { encoder, entry in
      encoder.write(entry.category)
      encoder.write(entry.total)
    }
  }

  init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    for account in BookAccount.allCases { balances[account.rawValue] = try decoder.readTotal() }
    charges = try decoder.readList { (decoder) throws(StateDecodingError) in
      CategoryTotal(category: try decoder.readName(), total: try decoder.readTotal())
    }
    guard zip(charges, charges.dropFirst()).allSatisfy({ $0.category < $1.category }) else {
      throw decoder.failure("categories out of order")
    }
    let all = BookAccount.allCases.map { self[$0] } + charges.map(\.total)
    guard all.allSatisfy({ $0.rawValue.magnitude < Self.highest }), sum.isZero else {
      throw decoder.failure("accounts that do not sum to zero")
    }
  }

  /// Beyond any sum of amounts that a log can hold, and far from overflow.
  private static let highest: UInt128 = 1 << 110
}
