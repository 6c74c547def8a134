import JSONTape
import Testing

@testable import Ledger

@Suite struct SeveralEventsTests {
  /// Events of many accounts, mixed; some of accounts that open among them, and some of nobody.
  private static func lines(accounts: Int, rounds: Int) -> String {
    var lines: [String] = []
    func add(_ type: String, _ account: String?, minute: Int, _ data: String) {
      let subject = account.map { #""subject":"\#($0)","# } ?? ""
      lines.append(
        #"{"specversion":"1.0","id":"e\#(lines.count)","source":"/test","type":"waybill.\#(type)",\#(subject)"#
          + #""time":"2026-03-02T10:\#(10 + minute % 50):00Z","data":\#(data)}"#)
    }
    add(
      "zone.resolved", nil, minute: 0, #"{"zone":"America/Sao_Paulo","transitions":[["1970-01-01T00:00:00Z",-10800]]}"#)
    for account in 0..<accounts {
      add(
        "account.opened", "account-\(account)", minute: 0,
        #"{"name":"a","currency":"USD","time_zone":"America/Sao_Paulo"}"#)
    }
    for round in 0..<rounds {
      for account in 0..<accounts {
        let name = account % 17 == 3 ? "nobody-\(account)" : "account-\(account)"
        let contact = #""number":"n\#(round % 2)","contact":{"phone":"55119876\#(1000 + (account * 7 + round) % 60)"}"#
        let minute = account + round
        add("message.received", name, minute: minute, #"{"message":"i\#(round)",\#(contact),"kind":"text"}"#)
        add(
          "message.sent", name, minute: minute + 1, #"{"message":"m\#(round)",\#(contact),"kind":"text","agent":"ana"}"#
        )
        if account % 40 == round {
          add(
            "account.opened", "late-\(account)", minute: minute,
            #"{"name":"a","currency":"USD","time_zone":"America/Sao_Paulo"}"#)
          add("message.received", "late-\(account)", minute: minute, #"{"message":"l",\#(contact),"kind":"text"}"#)
        }
        add("message.status", name, minute: minute + 2, #"{"message":"m\#(round)",\#(contact),"status":"delivered"}"#)
        add("conversation.resolved", name, minute: minute + 3, "{\(contact)}")
      }
    }
    return lines.joined(separator: "\n")
  }

  @Test(arguments: [3, 100])
  func `events applied together leave the same bytes as one by one`(accounts: Int) throws {
    let parser = EventBatchParser()
    parser.append(contentsOf: Array(Self.lines(accounts: accounts, rounds: 12).utf8))
    try parser.parse(.lines)
    var events: [Event] = []
    try parser.forEach { _, value, _ in events.append(try EventParser.parse(value, from: .log)) }
    var alone = State()
    for (index, event) in events.enumerated() where index % 29 != 28 {
      alone.apply(event, at: SequenceNumber(rawValue: UInt64(index) + 1))
    }
    var together = State()
    let unopened = unsafe events.withUnsafeBufferPointer { events in
      unsafe together.apply(events) { $0 % 29 == 28 ? nil : SequenceNumber(rawValue: UInt64($0) + 1) }
    }
    let firstOfNobody = events.indices.first {
      $0 % 29 != 28 && events[$0].subject?.string.hasPrefix("nobody") == true
    }
    #expect(unopened == firstOfNobody && (unopened != nil) == (accounts > 3))
    #expect(alone.accounts.count > accounts)
    #expect(together.serialised == alone.serialised)
  }

  @Test func `what is admitted by its account alone is admitted without that short cut too`() throws {
    let parser = EventBatchParser()
    parser.append(contentsOf: Array(Self.lines(accounts: 100, rounds: 3).utf8))
    try parser.parse(.lines)
    var events: [Event] = []
    try parser.forEach { _, value, _ in events.append(try EventParser.parse(value, from: .log)) }
    var memory = FingerprintMemory()
    let known = events.map { $0.account(&memory) }
    var skipped = 0
    func refused(byAccount: Bool) -> [Int] {
      var admission = Admission()
      var refused: [Int] = []
      for index in events.indices {
        if byAccount, let account = known[index] {
          admission.fetch(account)
          if events[index].type.needsAccountOnly, admission.knowsOpen(account) {
            skipped += 1
            continue
          }
        }
        do { try admission.admit(events[index]) } catch { refused.append(index) }
      }
      return refused
    }
    #expect(!refused(byAccount: false).isEmpty)
    #expect(refused(byAccount: true) == refused(byAccount: false))
    #expect(skipped > events.count / 2)
  }
}
