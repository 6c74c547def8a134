import Testing

@testable import Ledger

/// Random histories, folded by ``Funds``, by ``Funds`` encoded and decoded after every step, and by ``NaiveFunds``.
struct FundsPropertyTests {
  @Test(arguments: 1...24 as ClosedRange<UInt64>)
  func `funds agree with a naive second opinion after every step`(seed: UInt64) throws {
    var history = RandomHistory(seed: seed)
    for step in 0..<150 {
      history.step()
      try history.compare("seed \(seed), step \(step)")
    }
  }

  @Test(arguments: [7001, 7002, 7003] as [UInt64])
  func `funds agree where most charges are debts`(seed: UInt64) throws {
    var history = RandomHistory(seed: seed)
    history.creditOneIn = 40
    history.ownerCount = 400
    for step in 0..<600 {
      history.step()
      if step % 25 == 0 { try history.compare("seed \(seed), step \(step)") }
    }
    try history.compare("seed \(seed), at the end")
  }
}

struct RandomHistory {
  private var random: RandomSource
  private(set) var straight = Funds()
  private(set) var resumed = Funds()
  private(set) var naive = NaiveFunds()
  private var sequence = 0
  private var lastName: UInt32 = 0
  private var payments: [(name: UInt32, refundable: Int)] = []
  private var grants: [UInt32] = []
  /// When each charge was, and its category.
  private var charges: [Int: (at: Int, category: UInt32)] = [:]
  private var charged: [UInt32: Int] = [:]
  private var held = 0
  var ownerCount = 12
  var creditOneIn = 4

  init(seed: UInt64) { random = RandomSource(seed: seed) }

  private mutating func moment() -> Int { random.below(40) }
  private mutating func amount() -> Int { 1 + random.below(20) }
  private mutating func expiry() -> Int? { random.isTrue(oneIn: 3) ? nil : 1 + random.below(45) }
  private mutating func priority() -> Int { [50, 50, 50, 10, 90][random.below(5)] }
  private mutating func name() -> UInt32 {
    lastName += 1
    return lastName
  }

  private mutating func both(_ body: (inout Funds) -> Void) {
    body(&straight)
    body(&resumed)
  }

  mutating func step() {
    sequence += 1
    if random.isTrue(oneIn: creditOneIn) { return receive() }
    switch random.below(10) {
    case 0..<5: burn()
    case 5, 6: giveBack()
    case 7: takeOut()
    case 8: recategorise()
    default: hold()
    }
  }

  private mutating func receive() {
    let (name, amount, time, expiry, priority) = (name(), amount(), moment(), expiry(), priority())
    let (at, sequence) = (Timestamp(time), SequenceNumber(sequence))
    var credit = NaiveFunds.Credit(
      name: name, priority: priority, remaining: amount, effectiveAt: time, expiresAt: expiry, sequence: self.sequence)
    switch random.below(4) {
    case 0:
      both {
        $0.receive(
          payment: NameID(rawValue: name), amount: Micros(amount), method: .none, expiresAt: expiry.map(Timestamp.init),
          priority: UInt8(priority), at: at, sequence: sequence)
      }
      payments.append((name, amount))
      naive.creditOfPayment[name] = naive.credits.count
    case 1:
      both { $0.adjust(NameID(rawValue: name), by: Micros(amount), at: at, sequence: sequence) }
      credit.priority = 50
      credit.expiresAt = nil
    case let promotional:
      credit.isPromotional = promotional == 2
      both {
        $0.grant(
          NameID(rawValue: name), amount: Micros(amount), isPromotional: promotional == 2,
          expiresAt: expiry.map(Timestamp.init), priority: UInt8(priority), at: at, sequence: sequence)
      }
      grants.append(name)
      naive.creditOfGrant[name] = naive.credits.count
    }
    naive.add(credit)
  }

  private mutating func burn() {
    let (owner, amount) = (random.below(ownerCount), random.isTrue(oneIn: 9) ? 0 : amount())
    let charge = charges[owner] ?? (at: moment(), category: UInt32(1 + random.below(3)))
    charges[owner] = charge
    charged[charge.category, default: 0] += amount
    let sequence = SequenceNumber(sequence)
    both {
      $0.burn(
        Micros(amount), owner: ChargeOwner(owner), category: NameID(rawValue: charge.category),
        at: Timestamp(charge.at), sequence: sequence)
    }
    naive.take(amount, at: charge.at, owner: owner)
  }

  private mutating func giveBack() {
    let (owner, amount) = (random.below(ownerCount), amount())
    let charge = charges[owner] ?? (at: moment(), category: UInt32(1 + random.below(3)))
    charges[owner] = charge
    charged[charge.category, default: 0] -= amount
    let sequence = SequenceNumber(sequence)
    both {
      $0.giveBack(
        Micros(amount), owner: ChargeOwner(owner), category: NameID(rawValue: charge.category),
        at: Timestamp(charge.at), sequence: sequence)
    }
    naive.giveBack(amount, owner: owner, at: charge.at, sequence: self.sequence)
  }

  private mutating func takeOut() {
    let (time, sequence) = (moment(), SequenceNumber(sequence))
    switch random.below(3) {
    case 0:
      let (name, amount) = (name(), amount())
      both { $0.adjust(NameID(rawValue: name), by: -Micros(amount), at: Timestamp(time), sequence: sequence) }
      naive.take(amount, at: time, owner: nil)
    case 1 where !grants.isEmpty:
      let grant = grants[random.below(grants.count)]
      both { $0.void(grant: NameID(rawValue: grant), at: Timestamp(time), sequence: sequence) }
      naive.void(grant)
    case 2 where !payments.isEmpty:
      let index = random.below(payments.count)
      guard payments[index].refundable > 0 else { return }
      let (name, amount) = (payments[index].name, 1 + random.below(payments[index].refundable))
      payments[index].refundable -= amount
      both {
        $0.refund(
          payment: NameID(rawValue: name), amount: Micros(amount), at: Timestamp(time), sequence: sequence)
      }
      naive.refund(name, amount, at: time)
    default: break
    }
  }

  private mutating func recategorise() {
    guard let owner = charges.keys.min(), let charge = charges[owner] else { return }
    let (amount, category) = (amount(), UInt32(1 + random.below(3)))
    charged[charge.category, default: 0] -= amount
    charged[category, default: 0] += amount
    let sequence = SequenceNumber(sequence)
    both {
      $0.recategorise(
        Micros(amount), from: NameID(rawValue: charge.category), to: NameID(rawValue: category), sequence: sequence)
    }
    charges[owner] = (charge.at, category)
  }

  private mutating func hold() {
    let amount = amount()
    let isRelease = held > 0 && random.isTrue(oneIn: 2)
    held += isRelease ? -min(amount, held) : amount
    let total = Micros(held)
    both { funds in
      let change = Micros(rawValue: total.rawValue - Int64(funds.heldTotal.rawValue))
      if isRelease { funds.release(-change) } else { funds.hold(change) }
    }
  }

  // MARK: Comparing

  mutating func compare(_ place: String) throws {
    straight.checkInvariants()
    try #require(straight.book.sum.isZero, "\(place)")
    for now in [0, 1, 10, 20, 30, 40, 50] { try compareFigures(at: now, place) }
    for owner in 0..<ownerCount {
      let burned = straight.burned(by: ChargeOwner(owner)).map { [$0.credit ?? -1, Int($0.amount.rawValue)] }
      try #require(burned == naive.burned(by: owner), "what owner \(owner) burned, \(place)")
    }
    for entry in straight.chargesByCategory {
      try #require(Int(entry.total.rawValue) == charged[entry.category.rawValue, default: 0], "\(place)")
    }
    try #require(straight.heldTotal == MicrosTotal(Micros(held)), "\(place)")
    resumed = try Funds(decoding: resumed.encoded)
    try #require(resumed.encoded == straight.encoded, "stopped and resumed, \(place)")
    resumed.checkInvariants()
  }

  private func compareFigures(at now: Int, _ place: String) throws {
    let figures = straight.figures(at: Timestamp(now))
    try #require(Int(figures.paid.rawValue) == naive.left(at: now, promotional: false), "paid at \(now), \(place)")
    try #require(
      Int(figures.promotional.rawValue) == naive.left(at: now, promotional: true), "promotional at \(now), \(place)")
    try #require(Int(figures.overdraft.rawValue) == naive.overdraft, "overdraft, \(place)")
    try #require(figures.paid + figures.promotional - figures.overdraft == figures.balance, "\(place)")
    let flows =
      figures.paymentsTotal + figures.grantsTotal + figures.adjustmentsTotal - figures.refundsTotal
      - figures.voidedTotal - figures.chargedTotal - figures.expired
    try #require(flows == figures.balance, "what came less what went at \(now), \(place)")
    let moved = straight.movements.reduce(into: MicrosTotal.zero) { $0 += $1.amount }
    let expired = straight.expiries(after: nil, through: Timestamp(now)).reduce(into: MicrosTotal.zero) {
      $0 += $1.amount
    }
    try #require(moved - figures.chargedTotal - expired == figures.balance, "statement at \(now), \(place)")
    let expiry = naive.nextExpiry(at: now)
    try #require(
      figures.nextExpiry.map { Int($0.amount.rawValue) } == expiry?.amount, "next expiry at \(now), \(place)")
    try #require(figures.nextExpiry.map { Int($0.at.rawValue) } == expiry?.at, "next expiry at \(now), \(place)")
  }
}

extension Micros { init(_ value: Int) { self.init(rawValue: Int64(value)) } }
extension Timestamp { init(_ value: Int) { self.init(rawValue: Int64(value)) } }
extension SequenceNumber { init(_ value: Int) { self.init(rawValue: UInt64(value)) } }
extension ChargeOwner { init(_ value: Int) { self.init(rawValue: UInt32(value)) } }

extension Funds {
  var encoded: [UInt8] {
    var encoder = StateEncoder()
    encode(into: &encoder)
    return encoder.bytes
  }

  init(decoding bytes: [UInt8]) throws(StateDecodingError) {
    var decoder = StateDecoder(bytes)
    try self.init(from: &decoder)
    guard decoder.isAtEnd else { throw decoder.failure("bytes behind the end") }
  }
}
