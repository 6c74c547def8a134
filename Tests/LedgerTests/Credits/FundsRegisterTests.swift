import JSONTape
import Testing

@testable import Ledger

struct FundsRegisterTests {
  static func payment(
    _ name: StaticString, _ amount: Int, expires: Int? = nil, priority: UInt8 = 50, currency: StaticString = "USD"
  ) -> EventData {
    .paymentReceived(
      PaymentReceived(
        payment: Text(name), amount: Micros(amount), currency: Text(currency), method: nil,
        expiresAt: expires.map(Timestamp.init), priority: priority))
  }

  static func grant(
    _ name: StaticString, _ amount: Int, promotional: Bool = true, expires: Int? = nil, currency: StaticString = "USD"
  ) -> EventData {
    .creditGranted(
      CreditGranted(
        grant: Text(name), amount: Micros(amount), currency: Text(currency), expiresAt: expires.map(Timestamp.init),
        priority: 50, isPromotional: promotional))
  }

  static func refund(_ name: StaticString, _ amount: Int) -> EventData {
    .paymentRefunded(payment: Text(name), amount: Micros(amount))
  }

  static func adjustment(_ name: StaticString, _ amount: Int) -> EventData {
    .balanceAdjusted(adjustment: Text(name), amount: Micros(amount))
  }

  /// Payment b of 10, grant b of 5, adjustment b of -3, refund of 4 of b.
  static let history = [payment("b", 10), grant("b", 5), adjustment("b", -3), refund("b", 4)]

  static func register(after events: [EventData] = history) -> FundsRegister {
    var register = FundsRegister(currency: "USD".utf8)
    for event in events { _ = register.record(event) }
    return register
  }

  static func verdict(_ register: FundsRegister, _ event: EventData) -> String {
    do {
      try register.check(event)
      return "admitted"
    } catch {
      return "\(error.status) \(error.code.rawValue) \(error.pointer ?? "")"
    }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var event: EventData
    var verdict: String
    var testDescription: String { "\(event): \(verdict)" }
  }

  static let cases: [Case] = [
    Case(event: payment("c", 10), verdict: "admitted"),
    Case(event: payment("b", 10), verdict: "admitted"),
    Case(event: payment("b", 11), verdict: "409 payment_exists /data/payment"),
    Case(event: payment("b", 10, expires: 9), verdict: "409 payment_exists /data/payment"),
    Case(event: payment("b", 10, priority: 51), verdict: "409 payment_exists /data/payment"),
    Case(event: payment("c", 10, currency: "EUR"), verdict: "422 currency_mismatch /data/currency"),
    Case(event: payment("b", 11, currency: "EUR"), verdict: "422 currency_mismatch /data/currency"),
    Case(event: grant("c", 5), verdict: "admitted"),
    Case(event: grant("b", 5), verdict: "admitted"),
    Case(event: grant("b", 4), verdict: "409 grant_exists /data/grant"),
    Case(event: grant("b", 5, promotional: false), verdict: "409 grant_exists /data/grant"),
    Case(event: grant("b", 5, expires: 9), verdict: "409 grant_exists /data/grant"),
    Case(event: grant("c", 5, currency: "BRL"), verdict: "422 currency_mismatch /data/currency"),
    Case(event: adjustment("c", -3), verdict: "admitted"),
    Case(event: adjustment("b", -3), verdict: "admitted"),
    Case(event: adjustment("b", 3), verdict: "409 adjustment_exists /data/adjustment"),
    Case(event: refund("b", 6), verdict: "admitted"),
    Case(event: refund("b", 7), verdict: "422 refund_too_large /data/amount"),
    Case(event: refund("c", 1), verdict: "422 unknown_payment /data/payment"),
    Case(event: .creditVoided(grant: "b"), verdict: "admitted"),
    Case(event: .creditVoided(grant: "c"), verdict: "422 unknown_grant /data/grant"),
    Case(event: .paymentFailed(payment: "b", amount: Micros(1), reason: "declined"), verdict: "admitted"),
    Case(event: .statementClosed(month: CalendarMonth(rawValue: 1)), verdict: "admitted"),
  ]

  @Test(arguments: cases)
  func `an event is admitted or refused with its reason`(example: Case) {
    #expect(Self.verdict(Self.register(), example.event) == example.verdict)
  }

  @Test(arguments: cases)
  func `a register made from folded funds gives the same verdicts`(example: Case) {
    var till = Till()
    till.fail("c", 9)
    till.pay("b", 10)
    till.grant("b", 5)
    till.adjust("b", -3)
    till.refund("b", 4)
    let register = FundsRegister(currency: "USD".utf8, of: till.funds, names: till.names)
    #expect(Self.verdict(register, example.event) == example.verdict)
  }

  @Test func `a request that is refused leaves no trace`() {
    var register = Self.register()
    let request = [
      Self.payment("c", 3), Self.refund("c", 2), Self.refund("b", 6), Self.grant("c", 3), Self.adjustment("c", 1),
      Self.payment("b", 10),
    ]
    let undos = request.compactMap { register.record($0) }
    #expect(undos.count == 5)
    #expect(Self.verdict(register, Self.refund("c", 2)) == "422 refund_too_large /data/amount")
    #expect(Self.verdict(register, Self.refund("b", 1)) == "422 refund_too_large /data/amount")
    for undo in undos.reversed() { register.undo(undo) }
    for example in Self.cases { #expect(Self.verdict(register, example.event) == example.verdict) }
  }

  @Test func `names that look alike but differ in bytes are different payments`() {
    let register = Self.register(after: [Self.payment("caf\u{e9}", 1)])
    #expect(Self.verdict(register, Self.refund("caf\u{e9}", 1)) == "admitted")
    #expect(Self.verdict(register, Self.refund("cafe\u{301}", 1)) == "422 unknown_payment /data/payment")
  }

  @Test func `a refusal says the amounts and what to do next`() {
    #expect(throws: Refusal.self) { try Self.register().check(Self.refund("b", 7)) }
    do {
      try Self.register().check(Self.refund("b", 7))
    } catch {
      #expect(error.message == "payment \"b\" can be refunded by 0.000006, not by 0.000007")
      #expect(error.remedy == "refund at most 0.000006; give money beyond a payment back with balance.adjusted")
    }
  }
}
