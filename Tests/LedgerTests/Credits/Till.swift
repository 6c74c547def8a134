@testable import Ledger

/// A short hand for tests of ``Funds``: whole micros, whole microseconds, sequences counted by itself.
struct Till {
  var funds = Funds()
  var names = Names()
  private(set) var sequence = 0

  private mutating func next() -> SequenceNumber {
    sequence += 1
    return SequenceNumber(sequence)
  }

  mutating func pay(_ name: StaticString, _ amount: Int, expires: Int? = nil, priority: UInt8 = 50, at time: Int = 0) {
    funds.receive(
      payment: names.intern(name), amount: Micros(amount), method: names.intern("card"),
      expiresAt: expires.map(Timestamp.init), priority: priority, at: Timestamp(time), sequence: next())
  }

  mutating func fail(_ name: StaticString, _ amount: Int, at time: Int = 0) {
    funds.fail(payment: names.intern(name), amount: Micros(amount), at: Timestamp(time), sequence: next())
  }

  mutating func grant(
    _ name: StaticString, _ amount: Int, expires: Int? = nil, priority: UInt8 = 50, promotional: Bool = true,
    at time: Int = 0
  ) {
    funds.grant(
      names.intern(name), amount: Micros(amount), isPromotional: promotional, expiresAt: expires.map(Timestamp.init),
      priority: priority, at: Timestamp(time), sequence: next())
  }

  mutating func adjust(_ name: StaticString, _ amount: Int, at time: Int = 0) {
    funds.adjust(names.intern(name), by: Micros(amount), at: Timestamp(time), sequence: next())
  }

  mutating func refund(_ name: StaticString, _ amount: Int, at time: Int = 0) {
    funds.refund(payment: names.intern(name), amount: Micros(amount), at: Timestamp(time), sequence: next())
  }

  @discardableResult
  mutating func void(_ name: StaticString, at time: Int = 0) -> Int {
    Int(funds.void(grant: names.intern(name), at: Timestamp(time), sequence: next()).rawValue)
  }

  mutating func charge(_ owner: Int, _ amount: Int, at time: Int = 0, category: StaticString = "utility") {
    funds.burn(
      Micros(amount), owner: ChargeOwner(owner), category: names.intern(category), at: Timestamp(time),
      sequence: next())
  }

  mutating func giveBack(_ owner: Int, _ amount: Int, at time: Int = 0, category: StaticString = "utility") {
    funds.giveBack(
      Micros(amount), owner: ChargeOwner(owner), category: names.intern(category), at: Timestamp(time),
      sequence: next())
  }

  /// `paid 5 promotional 2 overdraft 1`, in micros.
  func left(at now: Int = 0) -> String {
    let figures = funds.figures(at: Timestamp(now))
    return "paid \(figures.paid.rawValue) promotional \(figures.promotional.rawValue) "
      + "overdraft \(figures.overdraft.rawValue)"
  }

  /// `a 3, b 2, owed 1`: what a charge burned, first burned first.
  func burned(_ owner: Int) -> String {
    funds.burned(by: ChargeOwner(owner)).map { entry in
      let name = entry.credit.map { names.string(funds.credits[$0].name) } ?? "owed"
      return "\(name.isEmpty ? "rest" : name) \(entry.amount.rawValue)"
    }.joined(separator: ", ")
  }

  func json(_ body: (Funds, Names, inout JSONWriter) -> Void) -> String {
    var writer = JSONWriter()
    body(funds, names, &writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}
