import Testing

@testable import Ledger

struct RefundTests {
  @Test func `a refund takes its payment's remainder, then burns, then owes`() {
    var till = Till()
    till.pay("b", 10)
    till.charge(1, 6)
    till.grant("c", 3)
    till.pay("d", 2)
    till.refund("b", 4)
    #expect(till.left() == "paid 2 promotional 3 overdraft 0")
    till.refund("b", 4)
    #expect(till.left() == "paid 1 promotional 0 overdraft 0")
    till.refund("b", 2)
    #expect(till.left() == "paid 0 promotional 0 overdraft 1")
    till.pay("e", 5)
    #expect(till.left() == "paid 4 promotional 0 overdraft 0")
    #expect(till.burned(1) == "b 6")
  }

  @Test func `a refund takes its payment's remainder before credits that would burn earlier`() {
    var till = Till()
    till.grant("b", 5, priority: 0)
    till.pay("c", 5)
    till.refund("c", 5)
    #expect(till.left() == "paid 0 promotional 5 overdraft 0")
  }

  @Test func `a refund takes the remainder of an expired payment and no other expired credit`() {
    var till = Till()
    till.pay("b", 5, expires: 10)
    till.grant("c", 5, expires: 10)
    till.charge(1, 2, at: 1)
    till.refund("b", 5, at: 10)
    #expect(till.burned(1) == "c 2")
    #expect(till.left(at: 10) == "paid 0 promotional 0 overdraft 0")
    till.charge(2, 2, at: 10)
    till.refund("b", 1, at: 10)
    #expect(till.left(at: 10) == "paid 0 promotional 0 overdraft 3")
  }

  @Test func `a refund of a payment that this fold does not know burns`() {
    var till = Till()
    till.pay("b", 5)
    till.refund("elsewhere", 7)
    #expect(till.left() == "paid 0 promotional 0 overdraft 2")
  }

  @Test func `voiding takes the grant's remainder, expired or not, and only that`() {
    var till = Till()
    till.grant("b", 5, expires: 10)
    till.grant("c", 5)
    till.charge(1, 2)
    #expect(till.void("b") == 3)
    #expect(till.void("b") == 0)
    #expect(till.void("elsewhere") == 0)
    #expect(till.left() == "paid 0 promotional 5 overdraft 0")
    till.giveBack(1, 2)
    #expect(till.left() == "paid 0 promotional 7 overdraft 0")
    #expect(till.void("b") == 2)
    #expect(till.funds.figures(at: Timestamp(0)).voidedTotal.rawValue == 5)
  }

  @Test func `a positive adjustment is paid credit without expiry, a negative one burns`() {
    var till = Till()
    till.adjust("b", 5, at: 3)
    till.grant("c", 2, expires: 10)
    till.adjust("d", -4, at: 9)
    #expect(till.left() == "paid 3 promotional 0 overdraft 0")
    till.adjust("e", -4, at: 9)
    #expect(till.left() == "paid 0 promotional 0 overdraft 1")
    #expect(till.funds.figures(at: Timestamp(0)).adjustmentsTotal.rawValue == -3)
  }

  @Test(
    arguments: [(9, "paid 0 promotional 0 overdraft 2"), (10, "paid 0 promotional 2 overdraft 4")] as [(Int, String)])
  func `a negative adjustment burns by its own time`(time: Int, left: String) {
    var till = Till()
    till.grant("b", 2, expires: 10)
    till.adjust("c", -4, at: time)
    #expect(till.left(at: 0) == left)
  }

  @Test func `the same payment, grant or adjustment counts once`() {
    var till = Till()
    for _ in 0..<2 {
      till.pay("b", 5)
      till.grant("b", 3)
      till.adjust("b", 1)
    }
    let figures = till.funds.figures(at: Timestamp(0))
    #expect(till.left() == "paid 6 promotional 3 overdraft 0")
    #expect(figures.paymentsTotal.rawValue == 5)
    #expect(figures.grantsTotal.rawValue == 3)
    #expect(figures.adjustmentsTotal.rawValue == 1)
  }

  @Test func `each event that moves money is a movement, counted once`() {
    var till = Till()
    till.pay("b", 5, at: 1)
    till.pay("b", 5, at: 2)
    till.grant("c", 3, at: 3)
    till.fail("d", 9, at: 4)
    till.refund("b", 2, at: 5)
    till.void("c", at: 6)
    till.void("elsewhere", at: 7)
    till.adjust("e", -1, at: 8)
    till.charge(1, 1, at: 9)
    let lines = till.funds.movements.map {
      "\($0.kind) \(till.names.string($0.name)) \($0.amount.rawValue) \($0.time.rawValue)"
    }
    #expect(lines == ["payment b 5 1", "grant c 3 3", "refund b -2 5", "void c -3 6", "adjustment e -1 8"])
  }
}
