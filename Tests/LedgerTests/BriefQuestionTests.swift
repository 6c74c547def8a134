import Testing

@testable import Ledger

/// What is asked of a state that others wait for, and what of a copy.
@Suite struct BriefQuestionTests {
  private static let now = Timestamp(string: "2026-10-05T12:00:00Z")!

  /// An account on whose number so many people wait.
  private static func state(waiting count: Int) throws -> State {
    var state = try State.withAccount()
    try state.fold(
      (0..<count).map { index in
        let contact = #"{"phone":"\#(5_511_900_000_000 + index)"}"#
        let data = #"{"message":"m\#(index)","number":"7","contact":\#(contact),"kind":"text"}"#
        return ("message.received", "acme", data)
      })
    return state
  }

  private static func isBrief(_ path: String..., in state: State) throws -> Bool {
    state.isBrief(try #require(try Question(path: path, query: [])), now: now)
  }

  @Test func `what is counted already is brief, and so is a small desk`() throws {
    let state = try Self.state(waiting: 20)
    for question in ["balance", "workload", "allowances"] {
      #expect(try Self.isBrief("accounts", "acme", question, in: state), "\(question)")
    }
    #expect(try Self.isBrief("accounts", "acme", in: state))
    #expect(try Self.isBrief("accounts", "nobody", "charges", in: state), "refused at once")
    for question in ["charges", "conversations", "usage", "response-times", "credits"] {
      #expect(try !Self.isBrief("accounts", "acme", question, in: state), "\(question)")
    }
    #expect(try !Self.isBrief("accounts", in: state))
  }

  @Test func `a desk of thousands is not`() throws {
    let state = try Self.state(waiting: 5_001)
    #expect(try !Self.isBrief("accounts", "acme", "workload", in: state))
    #expect(try Self.isBrief("accounts", "acme", "balance", in: state))
  }
}
