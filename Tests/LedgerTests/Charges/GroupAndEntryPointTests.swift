import Testing

@testable import Ledger

@Suite struct GroupAndEntryPointTests {
  private static func status(_ status: String, _ phone: String, participant: Bool = false, _ more: String = "")
    -> String
  {
    let participant = participant ? #","participant":"\#(phone)""# : ""
    return
      #"{"message":"g","number":"n1","contact":{"phone":"\#(phone)"}\#(participant),"status":"\#(status)"\#(more)}"#
  }

  @Test func `one participant's entry point does not free another's copy`() throws {
    var ledger = try TestLedger.priced()
    let entryPoint = #","pricing":{"type":"free_entry_point","category":"service","billable":false}"#
    try ledger.append(
      "message.status", at: "2026-03-02T09:00:00Z",
      #"{"message":"o","number":"n1","contact":{"phone":"5511000000001"},"status":"delivered"\#(entryPoint)}"#)
    try ledger.append(
      "message.sent", at: "2026-03-02T10:00:00Z",
      #"{"message":"g","number":"n1","contact":{"user":"group-1"},"kind":"template","template":"t","category":"marketing"}"#
    )
    try ledger.append(
      "message.status", at: "2026-03-02T10:00:01Z", Self.status("failed", "5511000000001", participant: true))
    try ledger.append(
      "message.status", at: "2026-03-02T10:00:02Z", Self.status("delivered", "5511000000002", participant: true))
    #expect(try ledger.member("charged_total", of: "balance") == "0.0625")
    #expect(try ledger.member("total.sent", of: "charges") == "2")
    #expect(try ledger.member("total.failed", of: "charges") == "0")
  }

  @Test func `a group message known from statuses alone stands whole under its labels`() throws {
    var ledger = try TestLedger.priced()
    try ledger.append(
      "conversation.labelled", at: "2026-03-02T09:00:00Z",
      #"{"number":"n1","contact":{"phone":"5511000000001"},"labels":["vip"]}"#)
    try ledger.append(
      "message.status", at: "2026-03-02T10:00:00Z", Self.status("delivered", "5511000000001", participant: true))
    #expect(try ledger.member("lines.0.label", of: "charges", ["by": "label"]) == "vip")
    #expect(try ledger.member("lines.0.sent", of: "charges", ["by": "label"]) == "1")
    #expect(try ledger.member("lines.0.delivered", of: "charges", ["by": "label"]) == "1")
  }

  @Test(arguments: [[0, 1], [1, 0]])
  func `only Meta's last word opens an entry point, in any order`(order: [Int]) throws {
    var ledger = try TestLedger.priced()
    let words = [
      Self.status("read", "5511000000001", #","pricing":{"type":"brand_new","category":"marketing"}"#),
      Self.status("sent", "5511000000001", #","pricing":{"type":"free_entry_point","category":"marketing"}"#),
    ]
    for index in order { try ledger.append("message.status", at: "2026-03-02T10:00:00Z", words[index]) }
    #expect(try ledger.member("outcome", of: "charges/g") == "charged")
  }

  @Test func `a contact's phone that becomes known rates what waited for it`() throws {
    var ledger = try TestLedger.priced()
    let user = #""number":"n1","contact":{"user":"BR.1"}"#
    try ledger.append(
      "message.sent", at: "2026-03-02T10:00:00Z",
      #"{"message":"m",\#(user),"kind":"template","template":"t","category":"marketing"}"#)
    try ledger.append("message.status", at: "2026-03-02T10:00:01Z", #"{"message":"m",\#(user),"status":"delivered"}"#)
    #expect(try ledger.member("lines.0.reason", of: "unrated") == "market")
    try ledger.append(
      "message.received", at: "2026-03-02T10:00:02Z",
      #"{"message":"i","number":"n1","contact":{"phone":"5511987654321","user":"BR.1"},"kind":"text"}"#)
    #expect(try ledger.member("count", of: "unrated") == "0")
    #expect(try ledger.member("charged_total", of: "balance") == "0.0625")
  }

  @Test func `a phone rates all that waited for it and nothing else, whoever folded what was before`() throws {
    var ledger = try TestLedger.priced()
    for (message, user) in [("a", "BR.1"), ("b", "BR.2"), ("c", "BR.1"), ("d", "BR.1"), ("e", "BR.2")] {
      let target = #""message":"\#(message)","number":"n1","contact":{"user":"\#(user)"}"#
      try ledger.append(
        "message.sent", at: "2026-03-02T10:00:00Z",
        #"{\#(target),"kind":"template","template":"t","category":"marketing"}"#)
      try ledger.append("message.status", at: "2026-03-02T10:00:01Z", #"{\#(target),"status":"delivered"}"#)
    }
    // One of them is told of by phone before the user's phone is known.
    try ledger.append(
      "message.status", at: "2026-03-02T10:00:02Z",
      #"{"message":"c","number":"n1","contact":{"phone":"5511987654321"},"status":"read"}"#)
    #expect(try ledger.member("count", of: "unrated") == "4")
    for (user, phone, left) in [("BR.1", "5511987654321", "2"), ("BR.2", "5511987654322", "0")] {
      try ledger.append(
        "message.received", at: "2026-03-02T10:00:03Z",
        #"{"message":"i-\#(user)","number":"n1","contact":{"phone":"\#(phone)","user":"\#(user)"},"kind":"text"}"#)
      #expect(try ledger.member("count", of: "unrated") == left)
    }
    #expect(try ledger.member("charged_total", of: "balance") == "0.3125")
    #expect(try TestLedger.refold(ledger.events) { _ in true }.serialised == ledger.state.serialised)
  }

  @Test func `a status that brings nothing does not decide anew what waits for a market`() throws {
    var ledger = try TestLedger.priced()
    let target = #""number":"n1","contact":{"user":"BR.1"}"#
    try ledger.append(
      "message.sent", at: "2026-03-02T10:00:00Z",
      #"{"message":"m",\#(target),"kind":"template","template":"t","category":"utility"}"#)
    let read = #"{"message":"m",\#(target),"status":"read"}"#
    try ledger.append("message.status", at: "2026-03-02T10:00:01Z", read)
    try ledger.append(
      "message.received", at: "2026-03-02T09:00:00Z", #"{"message":"i",\#(target),"kind":"text"}"#)
    try ledger.append("message.status", at: "2026-03-02T10:00:01Z", read)
    #expect(try ledger.member("lines.0.reason", of: "unrated") == "market")
  }

  @Test(arguments: [true, false])
  func `an entry point opens whether the referral or its answer is told first`(referralFirst: Bool) throws {
    var ledger = try TestLedger.priced()
    let target = #""number":"n1","contact":{"phone":"5511000000001"}"#
    let referral = #"{"message":"i",\#(target),"kind":"text","referral":{"source_type":"ad"}}"#
    if referralFirst { try ledger.append("message.received", at: "2026-03-02T09:00:00Z", referral) }
    try ledger.append("message.sent", at: "2026-03-02T10:00:00Z", #"{"message":"o",\#(target),"kind":"text"}"#)
    if !referralFirst { try ledger.append("message.received", at: "2026-03-02T09:00:00Z", referral) }
    try ledger.append(
      "message.sent", at: "2026-03-05T09:59:59Z",
      #"{"message":"m",\#(target),"kind":"template","template":"t","category":"marketing"}"#)
    for (time, message) in [("2026-03-05T09:59:59Z", "m"), ("2026-03-02T10:00:01Z", "o")] {
      try ledger.append(
        "message.status", at: time, #"{"message":"\#(message)",\#(target),"status":"delivered"}"#)
      #expect(try ledger.member("reason", of: "charges/\(message)") == "entry_point")
    }
  }

  @Test func `a template's new category does not decide anew what waits for a market`() throws {
    var ledger = try TestLedger.priced()
    let target = #""number":"n1","contact":{"user":"BR.1"}"#
    try ledger.append(
      "message.sent", at: "2026-03-02T10:00:00Z",
      #"{"message":"m",\#(target),"kind":"template","template":"t","category":"utility"}"#)
    try ledger.append("message.status", at: "2026-03-02T10:00:01Z", #"{"message":"m",\#(target),"status":"delivered"}"#)
    try ledger.append(
      "message.received", at: "2026-03-02T09:00:00Z", #"{"message":"i",\#(target),"kind":"text"}"#)
    try ledger.append("template.updated", at: "2026-03-02T08:00:00Z", #"{"template":"t","category":"utility"}"#)
    #expect(try ledger.member("lines.0.reason", of: "unrated") == "market")
  }
}
