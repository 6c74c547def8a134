import Testing

@testable import Ledger

struct FundsJSONTests {
  @Test func `a balance is written as promised`() {
    var till = Till()
    till.pay("pay_17", 200_000_000)
    till.grant("g", 10_000_000, expires: 1_798_761_599_000_000)
    till.charge(1, 122_568_800, category: "utility")
    let json = till.json { funds, _, json in
      json.beginObject()
      funds.figures(at: Timestamp(0)).writeMembers(
        held: MicrosTotal(Micros(1_206_800)), creditLimit: .zero, to: &json)
      json.endObject()
    }
    #expect(
      json == """
        {"balance":"87.4312","held":"1.2068","available":"86.2244","credit_limit":"0","overdraft":"0",\
        "credits":{"paid":"87.4312","promotional":"0"},"next_expiry":null,"charged_total":"122.5688",\
        "payments_total":"200","grants_total":"10"}
        """)
  }

  @Test func `overdraft and credit limit stand in what is available`() {
    var till = Till()
    till.charge(1, 2_500_000)
    let figures = till.funds.figures(at: Timestamp(0))
    #expect(figures.balance.description == "-2.5")
    #expect(
      figures.available(held: MicrosTotal(Micros(1_000_000)), creditLimit: MicrosTotal(Micros(5_000_000))).description
        == "1.5")
  }

  @Test(
    arguments: [
      (9, "3 at 10"), (10, "5 at 20"), (19, "5 at 20"), (20, "7 at 21"), (21, "nothing"),
    ] as [(Int, String)])
  func `the next expiry is the earliest still to come, amounts of one instant added`(now: Int, next: String) {
    var till = Till()
    till.grant("b", 2, expires: 20, priority: 1)
    till.grant("c", 3, expires: 10)
    till.pay("d", 3, expires: 20, priority: 99)
    till.grant("e", 7, expires: 21, priority: 0)
    till.grant("f", 7)
    let expiry = till.funds.figures(at: Timestamp(now)).nextExpiry
    #expect((expiry.map { "\($0.amount.rawValue) at \($0.at.rawValue)" } ?? "nothing") == next)
  }

  @Test func `a credit without remainder does not expire`() {
    var till = Till()
    till.grant("b", 2, expires: 20)
    till.grant("c", 2, expires: 30)
    till.charge(1, 2)
    #expect(till.funds.figures(at: Timestamp(0)).nextExpiry?.at == Timestamp(30))
  }

  @Test func `payments say received, failed or refunded`() {
    var till = Till()
    till.pay("b", 100_000_000)
    till.fail("c", 5_000_000, at: 1_000_000)
    till.pay("d", 7_000_000)
    till.refund("d", 1_500_000)
    #expect(
      till.json { $0.writePayments(names: $1, to: &$2) } == """
        [{"payment":"b","amount":"100","status":"received","refunded":"0","method":"card","failures":0,\
        "time":"1970-01-01T00:00:00Z","sequence":"1"},\
        {"payment":"c","amount":"5","status":"failed","refunded":"0","method":null,"failures":1,\
        "time":"1970-01-01T00:00:01Z","sequence":"2"},\
        {"payment":"d","amount":"7","status":"refunded","refunded":"1.5","method":"card","failures":0,\
        "time":"1970-01-01T00:00:00Z","sequence":"3"}]
        """)
  }

  @Test func `a payment that fails first and arrives later is one row, and money decides its status`() {
    var till = Till()
    till.fail("b", 5, at: 1)
    till.fail("b", 5, at: 2)
    till.pay("c", 6)
    till.pay("b", 5, at: 3)
    till.fail("b", 5, at: 4)
    let rows = till.funds.payments.rows
    #expect(rows.map { till.names.string($0.name) } == ["c", "b"])
    #expect(rows[1].failures == 3)
    #expect(rows[1].time == Timestamp(3))
    #expect(rows[1].credit != nil)
    #expect(till.left() == "paid 11 promotional 0 overdraft 0")
  }

  @Test(arguments: [(9, #""remaining":"0.000003","expired":"0""#), (10, #""remaining":"0","expired":"0.000003""#)])
  func `an expired credit has nothing remaining`(now: Int, members: String) {
    var till = Till()
    till.grant("b", 5, expires: 10, priority: 7)
    till.charge(1, 2)
    #expect(
      till.json { $0.writeCredits(at: Timestamp(now), names: $1, to: &$2) } == """
        [{"id":"b","kind":"grant","amount":"0.000005",\(members),"voided":"0",\
        "expires_at":"1970-01-01T00:00:00.00001Z","priority":7,"promotional":true,\
        "time":"1970-01-01T00:00:00Z","sequence":"1"}]
        """)
  }

  @Test func `the rest of a correction is listed under its sequence`() {
    var till = Till()
    till.adjust("b", 1)
    till.giveBack(3, 2)
    let json = till.json { $0.writeCredits(at: Timestamp(0), names: $1, to: &$2) }
    #expect(json.contains(#"{"id":"b","kind":"adjustment","amount":"0.000001""#))
    #expect(json.contains(#"{"id":"correction-2","kind":"adjustment","amount":"0.000002""#))
  }

  @Test func `burned names each credit once and ends with what is owed`() {
    var till = Till()
    till.pay("b", 3)
    till.charge(1, 5)
    #expect(
      till.json { $0.writeBurned(by: ChargeOwner(1), names: $1, to: &$2) }
        == #"[{"credit":"b","amount":"0.000003"},{"credit":null,"amount":"0.000002"}]"#)
    #expect(till.json { $0.writeBurned(by: ChargeOwner(9), names: $1, to: &$2) } == "[]")
  }

  @Test(
    arguments: [(nil, 10, "b 2"), (9, 10, "b 2"), (10, 20, "c 3, d 4"), (nil, 9, ""), (20, 99, "")]
      as [(Int?, Int, String)])
  func `expiries lie behind the start and not behind the end`(start: Int?, end: Int, expected: String) {
    var till = Till()
    till.grant("c", 3, expires: 20, priority: 1)
    till.grant("b", 2, expires: 10, priority: 2)
    till.pay("d", 4, expires: 20, priority: 3)
    till.pay("e", 4)
    let found = till.funds.expiries(after: start.map(Timestamp.init), through: Timestamp(end))
    #expect(found.map { "\(till.names.string($0.name)) \($0.amount.rawValue)" }.joined(separator: ", ") == expected)
  }
}
