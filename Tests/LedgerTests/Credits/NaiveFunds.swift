@testable import Ledger

/// A second opinion on ``Funds``: lists, sorted anew for every question, without a book.
struct NaiveFunds {
  struct Credit {
    var name: UInt32
    var isPromotional = false
    var priority = 50
    var remaining: Int
    var effectiveAt: Int
    var expiresAt: Int?
    var sequence: Int

    var rank: [Int] {
      [priority, expiresAt ?? .max, isPromotional ? 0 : 1, effectiveAt, sequence]
    }
  }

  struct Debt {
    var amount: Int
    var chargedAt: Int
    var owner: Int?
  }

  enum Source: Equatable { case credit(Int), debt(Int) }

  struct Part {
    var source: Source
    var amount: Int
  }

  var credits: [Credit] = []
  var debts: [Debt] = []
  var parts: [Int: [Part]] = [:]
  var creditOfPayment: [UInt32: Int] = [:]
  var creditOfGrant: [UInt32: Int] = [:]
  var charged: [UInt32: Int] = [:]

  mutating func add(_ new: Credit) {
    var credit = new
    let number = credits.count
    for index in debts.indices where debts[index].chargedAt < credit.expiresAt ?? .max {
      let paid = min(debts[index].amount, credit.remaining)
      guard paid > 0 else { continue }
      credit.remaining -= paid
      debts[index].amount -= paid
      guard let owner = debts[index].owner else { continue }
      for position in parts[owner]!.indices where parts[owner]![position].source == .debt(index) {
        parts[owner]![position].amount -= paid
      }
      parts[owner]!.append(Part(source: .credit(number), amount: paid))
      tidy(owner)
    }
    credits.append(credit)
  }

  /// Debts behind credits, nothing empty.
  private mutating func tidy(_ owner: Int) {
    let left = parts[owner, default: []].filter { $0.amount > 0 }
    parts[owner] = left.filter { !isDebt($0) } + left.filter { isDebt($0) }
  }

  private func isDebt(_ part: Part) -> Bool { if case .debt = part.source { true } else { false } }

  mutating func take(_ amount: Int, at time: Int, owner: Int?) {
    var rest = amount
    for number in credits.indices.sorted(by: { credits[$0].rank.lexicographicallyPrecedes(credits[$1].rank) })
    where rest > 0 && time < credits[number].expiresAt ?? .max && credits[number].remaining > 0 {
      let taken = min(rest, credits[number].remaining)
      credits[number].remaining -= taken
      rest -= taken
      if let owner { parts[owner, default: []].append(Part(source: .credit(number), amount: taken)) }
    }
    if rest > 0 {
      debts.append(Debt(amount: rest, chargedAt: time, owner: owner))
      if let owner { parts[owner, default: []].append(Part(source: .debt(debts.count - 1), amount: rest)) }
    }
    if let owner { tidy(owner) }
  }

  mutating func giveBack(_ amount: Int, owner: Int, at time: Int, sequence: Int) {
    var rest = amount
    while rest > 0, var part = parts[owner, default: []].popLast() {
      let returned = min(rest, part.amount)
      switch part.source {
      case .credit(let number): credits[number].remaining += returned
      case .debt(let number): debts[number].amount -= returned
      }
      part.amount -= returned
      rest -= returned
      if part.amount > 0 { parts[owner]!.append(part) }
    }
    if rest > 0 { add(Credit(name: 0, remaining: rest, effectiveAt: time, sequence: sequence)) }
  }

  mutating func refund(_ payment: UInt32, _ amount: Int, at time: Int) {
    var rest = amount
    if let number = creditOfPayment[payment] {
      let taken = min(rest, credits[number].remaining)
      credits[number].remaining -= taken
      rest -= taken
    }
    take(rest, at: time, owner: nil)
  }

  mutating func void(_ grant: UInt32) {
    if let number = creditOfGrant[grant] { credits[number].remaining = 0 }
  }

  // MARK: Questions

  func left(at now: Int, promotional: Bool) -> Int {
    credits.reduce(0) { sum, credit in
      sum + (credit.isPromotional == promotional && now < credit.expiresAt ?? .max ? credit.remaining : 0)
    }
  }

  var overdraft: Int { debts.reduce(0) { $0 + $1.amount } }

  func nextExpiry(at now: Int) -> (amount: Int, at: Int)? {
    let ending = credits.filter { $0.remaining > 0 && $0.expiresAt ?? .min > now }
    guard let first = ending.compactMap(\.expiresAt).min() else { return nil }
    return (ending.filter { $0.expiresAt == first }.reduce(0) { $0 + $1.remaining }, first)
  }

  /// Credits in the order first burned, each once; -1 for the overdraft.
  func burned(by owner: Int) -> [[Int]] {
    var entries: [[Int]] = []
    for part in parts[owner] ?? [] {
      let number = if case .credit(let number) = part.source { number } else { -1 }
      if let index = entries.firstIndex(where: { $0[0] == number }) {
        entries[index][1] += part.amount
      } else {
        entries.append([number, part.amount])
      }
    }
    return entries
  }
}
