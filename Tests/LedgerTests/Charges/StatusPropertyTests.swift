import Testing

@testable import Ledger

/// The same seeded choices on every machine.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }
}

@Suite struct StatusPropertyTests {
  static let seeds = (0..<24).map { UInt64($0) }

  /// A message's statuses as Meta sends them, some with pricing, all of one opinion.
  private static func statuses(_ generator: inout SeededGenerator) -> [String] {
    let opinions = [
      "", #","pricing":{"billable":true,"model":"PMP","type":"regular","category":"utility"}"#,
      #","pricing":{"billable":false,"model":"PMP","type":"free_customer_service","category":"utility"}"#,
      #","pricing":{"billable":true,"model":"PMP","type":"regular","category":"marketing"}"#,
    ]
    let opinion = opinions.randomElement(using: &generator)!
    let ending = ["failed"].filter { _ in Bool.random(using: &generator) }
    return (["sent", "delivered", "read"] + ending).map { status in
      let pricing = status == "failed" ? "" : opinion
      return
        #"{"message":"m","number":"n1","contact":{"phone":"5511987654321"},"status":"\#(status)"\#(pricing)}"#
    }
  }

  @Test(arguments: seeds)
  func `any order and any repetition of a message's statuses gives the same balance`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let statuses = Self.statuses(&generator)
    var balances: Set<String> = []
    for _ in 0..<6 {
      var ledger = try TestLedger.priced()
      var order = statuses + statuses.filter { _ in Bool.random(using: &generator) }
      order.shuffle(using: &generator)
      let announcement = Int.random(in: 0...order.count, using: &generator)
      for (index, status) in order.enumerated() {
        if index == announcement { try Self.announce(&ledger) }
        try ledger.append("message.status", at: "2026-03-02T10:00:00Z", status)
      }
      if announcement == order.count { try Self.announce(&ledger) }
      balances.insert(
        try ledger.member("balance", of: "balance") + " held " + (try ledger.member("held", of: "balance")))
    }
    #expect(balances.count == 1, "seed \(seed): \(balances.sorted()) from \(statuses)")
  }

  private static func announce(_ ledger: inout TestLedger) throws {
    try ledger.append(
      "message.sent", at: "2026-03-02T09:59:59Z",
      #"{"message":"m","number":"n1","contact":{"phone":"5511987654321"},"kind":"template","template":"t","category":"utility"}"#
    )
  }

  @Test(arguments: [7, 8, 9] as [UInt64])
  func `a fold stopped and resumed after every event gives the same bytes`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let ledger = try Self.busyLedger(&generator)
    let straight = ledger.state.serialised
    let stopped = try TestLedger.refold(ledger.events) { _ in true }
    #expect(stopped.serialised == straight, "seed \(seed)")
    let once = Int.random(in: 0..<ledger.events.count, using: &generator)
    #expect(try TestLedger.refold(ledger.events) { $0 == once }.serialised == straight, "seed \(seed), stopped at \(once)")
  }

  /// Some hundred events of every kind that folds.
  private static func busyLedger(_ generator: inout SeededGenerator) throws -> TestLedger {
    var ledger = try TestLedger.priced(zone: "America/Sao_Paulo")
    let contacts = ["5511987654321", "5521912345678", "919876543210", "33612345678"]
    for step in 0..<240 {
      let contact = contacts.randomElement(using: &generator)!
      let message = "m\(Int.random(in: 0..<60, using: &generator))"
      let time = "2026-\(step < 120 ? "09" : "10")-0\(1 + step % 9)T\(10 + step % 12):\(10 + step % 50):00Z"
      let target = #""number":"n1","contact":{"phone":"\#(contact)"}"#
      switch Int.random(in: 0..<12, using: &generator) {
      case 0, 1:
        let referral = Bool.random(using: &generator) ? #","referral":{}"# : ""
        try ledger.append(
          "message.received", at: time, #"{"message":"i\#(step)",\#(target),"kind":"text"\#(referral)}"#)
      case 2, 3, 4:
        let category = ["utility", "marketing", "authentication", "odd"].randomElement(using: &generator)!
        try ledger.append(
          "message.sent", at: time,
          #"{"message":"\#(message)",\#(target),"kind":"template","template":"t","category":"\#(category)","agent":"ana"}"#)
      case 5, 6, 7, 8:
        let status = ["sent", "delivered", "read", "failed"].randomElement(using: &generator)!
        let pricing = Bool.random(using: &generator) ? #","pricing":{"type":"regular","category":"service"}"# : ""
        try ledger.append(
          "message.status", at: time, #"{"message":"\#(message)",\#(target),"status":"\#(status)"\#(pricing)}"#)
      case 9:
        try ledger.append(
          "payment.received", at: time,
          #"{"payment":"p-\#(step)","amount":"0.02","currency":"USD","expires_at":"2026-12-01T00:00:00Z"}"#)
      case 10:
        try ledger.append("conversation.labelled", at: time, #"{\#(target),"labels":["vip"]}"#)
      default:
        try ledger.append("conversation.assigned", at: time, #"{\#(target),"agent":"ana","team":"sales"}"#)
      }
    }
    return ledger
  }
}
