import Testing

@testable import Ledger

struct FundsCodingTests {
  private static func eventful() -> Till {
    var till = Till()
    till.pay("b", 10, expires: 40)
    till.grant("c", 5, expires: 30)
    till.charge(1, 12, at: 3)
    till.charge(4, 9, at: 4)
    till.refund("b", 2)
    till.adjust("d", -1)
    till.fail("e", 3)
    till.giveBack(1, 2)
    till.grant("f", 4)
    till.void("f")
    till.funds.hold(Micros(3))
    return till
  }

  @Test func `no funds have an encoding`() throws {
    #expect(try Funds(decoding: Funds().encoded).encoded == Funds().encoded)
  }

  @Test func `funds come back whole`() throws {
    let funds = Self.eventful().funds
    let copy = try Funds(decoding: funds.encoded)
    #expect(copy.encoded == funds.encoded)
    #expect(copy.figures(at: Timestamp(35)) == funds.figures(at: Timestamp(35)))
    #expect(copy.payments.rows == funds.payments.rows)
    copy.checkInvariants()
  }

  @Test func `bytes cut short are refused`() {
    let bytes = Self.eventful().funds.encoded
    for count in bytes.indices {
      #expect(throws: StateDecodingError.self, "cut at \(count)") { try Funds(decoding: Array(bytes[..<count])) }
    }
  }

  @Test func `altered bytes are refused or give funds that add up`() {
    let bytes = Self.eventful().funds.encoded
    var refusedCount = 0
    for index in bytes.indices {
      for bit in 0..<8 {
        var altered = bytes
        altered[index] ^= 1 << UInt8(bit)
        do { try Funds(decoding: altered).checkInvariants() } catch { refusedCount += 1 }
      }
    }
    #expect(refusedCount > bytes.count)
  }

  @Test func `the order in which debts were settled leaves no trace`() {
    var left = Till()
    var right = Till()
    for owner in 0..<200 {
      left.charge(owner, 1)
      right.charge(owner, 1)
    }
    for owner in 0..<150 {
      left.giveBack(owner, 1)
      right.giveBack(149 - owner, 1)
    }
    left.charge(7, 1)
    right.charge(7, 1)
    #expect(left.funds.encoded == right.funds.encoded)
    #expect(left.funds.debts.debts.count == 51)
  }
}
