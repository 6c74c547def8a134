import Testing

@testable import Ledger

struct ReturnTests {
  @Test func `returned amounts go to the credits they were burned from, last burned first`() {
    var till = Till()
    till.grant("b", 3)
    till.pay("c", 10)
    till.charge(1, 5)
    #expect(till.burned(1) == "b 3, c 2")
    till.giveBack(1, 1)
    #expect(till.left() == "paid 9 promotional 0 overdraft 0")
    till.giveBack(1, 2)
    #expect(till.left() == "paid 10 promotional 1 overdraft 0")
    #expect(till.burned(1) == "b 2")
  }

  @Test(
    arguments: [(9, "paid 0 promotional 3 overdraft 0"), (10, "paid 0 promotional 0 overdraft 0")] as [(Int, String)])
  func `what is returned expires with its credit`(now: Int, left: String) {
    var till = Till()
    till.grant("b", 3, expires: 10)
    till.charge(1, 3, at: 5)
    till.giveBack(1, 3, at: 5)
    #expect(till.left(at: now) == left)
  }

  @Test func `what a charge still owes is forgiven before its credits are returned`() {
    var till = Till()
    till.pay("b", 3)
    till.charge(1, 8)
    till.pay("c", 2)
    #expect(till.burned(1) == "b 3, c 2, owed 3")
    till.giveBack(1, 4)
    #expect(till.burned(1) == "b 3, c 1")
    #expect(till.left() == "paid 1 promotional 0 overdraft 0")
  }

  @Test func `a debt that was paid later is returned to the credit that paid it`() {
    var till = Till()
    till.charge(1, 5)
    till.grant("b", 9, expires: 10)
    till.giveBack(1, 5)
    #expect(till.left(at: 9) == "paid 0 promotional 9 overdraft 0")
    #expect(till.left(at: 10) == "paid 0 promotional 0 overdraft 0")
  }

  @Test func `what is returned to a credit stays there while others owe, and new credit pays them`() {
    var till = Till()
    till.pay("b", 5)
    till.charge(1, 5)
    till.charge(2, 4)
    till.giveBack(1, 3)
    #expect(till.left() == "paid 3 promotional 0 overdraft 4")
    till.charge(3, 2)
    #expect(till.burned(3) == "b 2")
    till.pay("c", 4)
    #expect(till.left() == "paid 1 promotional 0 overdraft 0")
    #expect(till.burned(2) == "c 4")
  }

  @Test(arguments: [(5, "paid 5 promotional 0 overdraft 0", 1), (6, "paid 6 promotional 0 overdraft 0", 2)])
  func `a correction that returns more than was burned leaves the rest as paid credit without expiry`(
    amount: Int, left: String, creditCount: Int
  ) {
    var till = Till()
    till.pay("b", 5, expires: 1_000)
    till.charge(1, 5)
    till.giveBack(1, amount)
    #expect(till.left() == left)
    #expect(till.left(at: 1_000) == "paid \(amount - 5) promotional 0 overdraft 0")
    #expect(till.funds.credits.count == creditCount)
  }

  @Test func `the rest of a correction is new credit and pays what others owe`() {
    var till = Till()
    till.charge(2, 3)
    till.giveBack(1, 5)
    #expect(till.burned(2) == "rest 3")
    #expect(till.left() == "paid 2 promotional 0 overdraft 0")
  }

  @Test func `a debt that was forgiven is not paid by new credit`() {
    var till = Till()
    till.charge(1, 5)
    till.charge(2, 5)
    till.giveBack(1, 5)
    till.pay("b", 5)
    #expect(till.burned(2) == "b 5")
    #expect(till.burned(1).isEmpty)
  }

  @Test func `a charge that is forgotten still owes, and its number is free`() throws {
    var till = Till()
    till.pay("b", 2)
    till.charge(1, 5)
    till.funds.forget(ChargeOwner(1))
    #expect(till.left() == "paid 0 promotional 0 overdraft 3")
    till.charge(1, 4)
    till.pay("c", 5)
    #expect(till.burned(1) == "c 2, owed 2")
    #expect(try Funds(decoding: till.funds.encoded).encoded == till.funds.encoded)
    till.funds.checkInvariants()
  }

  @Test func `a category's charges move with its charge`() {
    var till = Till()
    till.pay("b", 10)
    till.charge(1, 4, category: "utility")
    till.funds.recategorise(
      Micros(4), from: till.names.intern("utility"), to: till.names.intern("marketing"), sequence: SequenceNumber(3))
    let byName = till.funds.chargesByCategory.map { "\(till.names.string($0.category)) \($0.total.rawValue)" }
    #expect(byName == ["utility 0", "marketing 4"])
    #expect(till.funds.figures(at: Timestamp(0)).chargedTotal.rawValue == 4)
  }

  @Test func `holds move between two accounts and touch no balance`() {
    var till = Till()
    till.pay("b", 10)
    till.funds.hold(Micros(7))
    till.funds.release(Micros(3))
    #expect(till.funds.heldTotal.rawValue == 4)
    #expect(till.funds.book[.setAside].rawValue == -4)
    #expect(till.funds.book.sum.isZero)
    #expect(till.left() == "paid 10 promotional 0 overdraft 0")
  }
}
