import Testing

@testable import Ledger

struct BurningTests {
  /// Each case says which of two credits of 10 a charge of 1 burns; the first one comes first in the log.
  @Test(arguments: [
    (Credits.priorities(49, 50), "b"), (Credits.priorities(50, 49), "c"), (Credits.priorities(50, 50), "c"),
    (Credits.priorities(0, 100), "b"), (Credits.expiries(20, 21), "b"), (Credits.expiries(21, 20), "c"),
    (Credits.expiries(nil, 21), "c"), (Credits.expiries(20, nil), "b"), (Credits.expiries(nil, nil), "b"),
    (Credits.promotional(true, false), "b"), (Credits.promotional(false, true), "c"),
    (Credits.promotional(true, true), "b"), (Credits.times(3, 2), "c"), (Credits.times(2, 3), "b"),
    (Credits.times(2, 2), "b"),
  ])
  func `credits burn by priority, expiry, class, effective time and sequence`(credits: Credits, burned: String) {
    var till = Till()
    till.grant(
      "b", 10, expires: credits.expiries.0, priority: credits.priorities.0, promotional: credits.promotional.0,
      at: credits.times.0)
    till.grant(
      "c", 10, expires: credits.expiries.1, priority: credits.priorities.1, promotional: credits.promotional.1,
      at: credits.times.1)
    till.charge(1, 1)
    #expect(till.burned(1) == "\(burned) 1")
    till.charge(1, 19)
    #expect(till.burned(1) == (burned == "b" ? "b 10, c 10" : "c 10, b 10"))
  }

  struct Credits: Sendable {
    var priorities: (UInt8, UInt8) = (50, 50)
    var expiries: (Int?, Int?) = (nil, nil)
    var promotional: (Bool, Bool) = (true, true)
    var times: (Int, Int) = (0, 0)

    static func priorities(_ first: UInt8, _ second: UInt8) -> Credits {
      Credits(priorities: (first, second), expiries: (30, 20))
    }
    static func expiries(_ first: Int?, _ second: Int?) -> Credits {
      Credits(expiries: (first, second), promotional: first ?? 99 < second ?? 99 ? (false, true) : (true, false))
        .withClassOnlyIfExpiriesDiffer
    }
    static func promotional(_ first: Bool, _ second: Bool) -> Credits {
      var credits = Credits(promotional: (first, second))
      if first != second { credits.times = first ? (9, 1) : (1, 9) }
      return credits
    }
    static func times(_ first: Int, _ second: Int) -> Credits { Credits(times: (first, second)) }

    private var withClassOnlyIfExpiriesDiffer: Credits {
      expiries.0 == expiries.1 ? Credits(expiries: expiries) : self
    }
  }

  @Test(arguments: [(9, "b 1"), (10, "owed 1"), (11, "owed 1")] as [(Int, String)])
  func `a charge may burn a credit if it is dated before its expiry`(time: Int, burned: String) {
    var till = Till()
    till.grant("b", 10, expires: 10)
    till.charge(1, 1, at: time)
    #expect(till.burned(1) == burned)
  }

  @Test func `a late charge burns a credit that has expired since, and passes over those it may not burn`() {
    var till = Till()
    for _ in 0..<3 { till.charge(0, 0, at: 50) }
    till.grant("b", 10, expires: 10)
    till.grant("c", 10, expires: 20)
    till.grant("d", 10, expires: 30, priority: 60)
    till.grant("e", 10, priority: 70)
    till.charge(1, 1, at: 40)
    till.charge(2, 31, at: 15)
    #expect(till.burned(1) == "e 1")
    #expect(till.burned(2) == "c 10, d 10, e 9, owed 2")
    #expect(till.left(at: 9) == "paid 0 promotional 10 overdraft 2")
  }

  @Test func `a charge burns credit of a later date and of a later sequence`() {
    var till = Till()
    till.pay("b", 5, at: 100)
    till.charge(1, 7, at: 1)
    #expect(till.burned(1) == "b 5, owed 2")
    till.pay("c", 5, at: 200)
    #expect(till.burned(1) == "b 5, c 2")
    #expect(till.left() == "paid 3 promotional 0 overdraft 0")
  }

  @Test func `a charge of nothing burns nothing`() {
    var till = Till()
    till.charge(1, 0)
    #expect(till.burned(1).isEmpty)
    #expect(till.left() == "paid 0 promotional 0 overdraft 0")
  }

  @Test func `new credit of any class pays the oldest posting first`() {
    var till = Till()
    till.charge(1, 3, at: 30)
    till.charge(2, 4, at: 20)
    till.grant("b", 5)
    #expect(till.burned(1) == "b 3")
    #expect(till.burned(2) == "b 2, owed 2")
    till.adjust("c", 1)
    #expect(till.burned(2) == "b 2, c 1, owed 1")
    till.pay("d", 1)
    #expect(till.burned(2) == "b 2, c 1, d 1")
    till.pay("e", 1)
    #expect(till.left() == "paid 1 promotional 0 overdraft 0")
  }

  @Test(
    arguments: [
      (9, "paid 0 promotional 0 overdraft 0"), (10, "paid 0 promotional 5 overdraft 5"),
      (11, "paid 0 promotional 5 overdraft 5"),
    ] as [(Int, String)])
  func `new credit that expired before a debt's charge does not pay it`(charged: Int, left: String) {
    var till = Till()
    till.charge(1, 5, at: charged)
    till.grant("b", 5, expires: 10)
    #expect(till.left(at: 0) == left)
  }

  @Test func `credit that cannot pay the oldest debt pays the next`() {
    var till = Till()
    till.charge(1, 5, at: 10)
    till.charge(2, 5, at: 9)
    till.grant("b", 7, expires: 10)
    #expect(till.burned(1) == "owed 5")
    #expect(till.burned(2) == "b 5")
    #expect(till.left(at: 0) == "paid 0 promotional 2 overdraft 5")
  }

  @Test func `amounts of one charge beyond 64 bits are kept in parts`() throws {
    var till = Till()
    let highest = 999_999_999_999_999_999
    for _ in 0..<20 { till.charge(1, highest) }
    #expect(till.burned(1) == "owed \(Int128(highest) * 20)")
    for name in ["b", "c", "d"] as [StaticString] { till.pay(name, highest) }
    #expect(till.burned(1) == "b \(highest), c \(highest), d \(highest), owed \(Int128(highest) * 17)")
    let copy = try Funds(decoding: till.funds.encoded)
    #expect(copy.encoded == till.funds.encoded)
    for _ in 0..<20 { till.giveBack(1, highest) }
    #expect(till.left() == "paid \(Int128(highest) * 3) promotional 0 overdraft 0")
  }
}
