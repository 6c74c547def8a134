import Testing

@testable import Ledger

@Suite struct SnapshotTests {
  /// Messages in every stage: announced, held, delivered, failed, late, of a group, answered.
  private static func lively() throws -> TestLedger {
    var ledger = try TestLedger.priced()
    for index in 0..<40 {
      let contact = #"{"phone":"55119876543\#(10 + index % 20)"}"#
      let head = #""message":"m\#(index)","number":"n\#(index % 3)","contact":\#(contact)"#
      try ledger.append(
        "message.received", at: "2026-03-02T09:00:00Z",
        #"{"message":"i\#(index)","number":"n\#(index % 3)","contact":\#(contact),"kind":"text"}"#)
      try ledger.append(
        "message.sent", at: "2026-03-02T10:00:00Z",
        #"{\#(head),"kind":"template","template":"t","language":"pt","category":"utility","agent":"ana"}"#)
      if index % 2 == 0 {
        try ledger.append("message.status", at: "2026-03-02T10:01:00Z", #"{\#(head),"status":"delivered"}"#)
      }
      if index % 3 == 0 {
        try ledger.append("message.status", at: "2026-03-02T10:02:00Z", #"{\#(head),"status":"failed"}"#)
      }
    }
    return ledger
  }

  @Test func `a copy of a state keeps its bytes while the original goes on`() throws {
    var ledger = try Self.lively()
    let snapshot = ledger.state
    let bytes = snapshot.serialised
    for index in 0..<40 {
      try ledger.append(
        "message.status", at: "2026-03-03T10:01:00Z",
        #"{"message":"m\#(index)","number":"n\#(index % 3)","contact":{"phone":"55119876543\#(10 + index % 20)"},"status":"read"}"#
      )
    }
    #expect(snapshot.serialised == bytes)
    #expect(ledger.state.serialised != bytes)
    #expect(try TestLedger.refold(ledger.events) { _ in false }.serialised == ledger.state.serialised)
  }

  @Test func `a state read part by part is the same`() throws {
    let state = try Self.lively().state
    var shared = StateEncoder()
    state.encodeShared(into: &shared)
    var decoder = StateDecoder(shared.bytes)
    let parts = try StateParts(shared: &decoder)
    // The last one first: they are decoded in any order.
    var again = parts.withoutAccounts()
    for index in (0..<parts.accountCount).reversed() {
      var account = StateEncoder()
      var contacts = StateEncoder()
      state.encodeAccount(index, into: &account)
      state.encodeContacts(ofAccount: index, into: &contacts)
      var (accountDecoder, contactDecoder) = (StateDecoder(account.bytes), StateDecoder(contacts.bytes))
      again.add(try parts.account(from: &accountDecoder, contacts: &contactDecoder), at: index)
      #expect(again.absentAccountCount == index)
    }
    #expect(again.serialised == state.serialised)
    #expect(again.lastChange(ofAccount: 0) == state.lastChange(ofAccount: 0))
    #expect(state.lastChange(ofAccount: 0) == state.sequence)
  }

  @Test func `what a copy has given up is changed where it lies`() throws {
    var ledger = try Self.lively()
    func change() throws -> (before: UnsafeMutablePointer<AccountState>, after: UnsafeMutablePointer<AccountState>) {
      let before = unsafe ledger.state.accounts.pointer(to: 0)
      try ledger.append(
        "message.sent", at: "2026-03-02T11:00:00Z",
        #"{"message":"late-\#(ledger.events.count)","number":"n1","contact":{"phone":"5511987654310"},"kind":"text"}"#)
      return unsafe (before, ledger.state.accounts.pointer(to: 0))
    }
    var copy = ledger.state
    let bytes = copy.serialised
    let shared = try unsafe change()
    #expect(unsafe shared.before != shared.after && copy.serialised == bytes)
    copy = ledger.state
    copy.removeAccount(0)
    #expect(copy.isAbsent(account: 0) && copy.absentAccountCount == 1)
    let alone = try unsafe change()
    #expect(unsafe alone.before == alone.after)
  }

  @Test(arguments: 0..<12 as Range<UInt64>)
  func `altered bytes are refused or are a state, and nothing traps`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let state = try Self.lively().state
    let bytes = state.serialised
    var contacts = StateEncoder()
    state.encodeContacts(into: &contacts)
    var refused = 0
    for _ in 0..<150 {
      var altered = bytes
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        altered[Int.random(in: 0..<altered.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      var decoder = StateDecoder(altered)
      var contactDecoder = StateDecoder(contacts.bytes)
      do {
        _ = try State(from: &decoder, contacts: &contactDecoder).serialised
      } catch {
        refused += 1
      }
    }
    #expect(refused > 0, "seed \(seed)")
  }
}
