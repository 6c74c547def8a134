import JSONTape
import Testing

@testable import Ledger

/// A ledger in memory: JSON events in, state and answers out, with every check of admission in between.
struct TestLedger {
  private(set) var state = State()
  private(set) var admission = Admission()
  private(set) var events: [String] = []
  private var nextID = 0

  /// Zones the tests use, with the transitions around the dates that matter.
  static let zones: [String: String] = [
    "UTC": #"[["1970-01-01T00:00:00Z",0]]"#,
    "America/Sao_Paulo": #"[["2019-02-17T02:00:00Z",-10800]]"#,
    "Asia/Kolkata": #"[["1970-01-01T00:00:00Z",19800]]"#,
    "Pacific/Apia": #"[["2021-04-03T14:00:00Z",46800]]"#,
    "America/New_York":
      #"[["2024-11-03T06:00:00Z",-18000],["2025-03-09T07:00:00Z",-14400],["2025-11-02T06:00:00Z",-18000],["2026-03-08T07:00:00Z",-14400],["2026-11-01T06:00:00Z",-18000]]"#,
  ]

  mutating func append(_ type: String, at time: String, account: String? = "acme", _ data: String) throws {
    nextID += 1
    let subject = account.map { #""subject":"\#($0)","# } ?? ""
    try append(
      json:
        #"{"specversion":"1.0","id":"e\#(nextID)","source":"/tests",\#(subject)"type":"waybill.\#(type)","time":"\#(time)","data":\#(data)}"#
    )
  }

  mutating func append(json: String) throws {
    let parser = TapeParser()
    let event = try EventParser.parse(try parser.parse(copying: Array(json.utf8)), from: .client)
    if let zone = admission.zoneNeeded(by: event)?.string {
      let transitions = try #require(Self.zones[zone])
      fold(
        #"{"specversion":"1.0","id":"z-\#(zone)","source":"/waybilld","type":"waybill.zone.resolved","time":"2026-01-01T00:00:00Z","data":{"zone":"\#(zone)","transitions":\#(transitions)}}"#
      )
    }
    try admission.admit(event)
    fold(json)
    let said = Admission(of: state) { [state] in FundsRegister(of: state.accounts[$0]) }
    #expect(said.isSame(as: admission), "what the writer knows is not what the state says: \(json)")
  }

  private mutating func fold(_ json: String) {
    events.append(json)
    let parser = TapeParser()
    do {
      let event = try EventParser.parse(try parser.parse(copying: Array(json.utf8)), from: .log)
      if case .zoneResolved = event.data { try admission.admit(event) }
      state.apply(event, at: state.sequence.next)
    } catch {
      Issue.record("the event that was just accepted is not read again: \(error)")
    }
  }

  /// A fresh fold of the events so far, stopped, serialised, read back and resumed wherever `stops` says so.
  static func refold(_ events: [String], stoppingAfter stops: (Int) -> Bool) throws -> State {
    var state = State()
    let parser = TapeParser()
    for (index, json) in events.enumerated() {
      let event = try EventParser.parse(try parser.parse(copying: Array(json.utf8)), from: .log)
      state.apply(event, at: state.sequence.next)
      if stops(index) { state = try state.reread() }
    }
    return state
  }

  func answer(
    _ path: String, at now: String = "2026-11-22T12:00:00Z", account: String = "acme", _ query: [String: String] = [:]
  ) throws -> String {
    let parts = ["accounts", account] + path.split(separator: "/").map(String.init)
    let parameters = query.map { Question.Parameter(name: $0.key, value: $0.value) }
    let question = try #require(try Question(path: parts, query: parameters))
    let answer = try state.answer(question, now: try #require(Timestamp(string: now)))
    return String(decoding: answer.filled { Array("#\($0.rawValue)".utf8) }, as: UTF8.self)
  }

  /// One member of the answer, by path, as compact JSON without quotes.
  func member(
    _ members: String, of path: String, at now: String = "2026-11-22T12:00:00Z", _ query: [String: String] = [:]
  ) throws -> String {
    let parser = TapeParser()
    var value = try parser.parse(copying: Array(try answer(path, at: now, query).utf8))
    for name in members.split(separator: ".") {
      if let index = Int(name) {
        var elements: [TapeValue] = []
        value.forEachElement { elements.append($0) }
        value = try #require(index < elements.count ? elements[index] : nil)
      } else {
        var found: TapeValue?
        value.forEachMember { key, member in if key.string == name { found = member } }
        value = try #require(found, "no \(name) in \(path)")
      }
    }
    if let text = value.text { return text.string }
    var bytes: [UInt8] = []
    value.appendJSON(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension State {
  var serialised: [UInt8] {
    var encoder = StateEncoder()
    encode(into: &encoder)
    return encoder.bytes
  }

  func reread() throws -> State {
    var contacts = StateEncoder()
    encodeContacts(into: &contacts)
    var decoder = StateDecoder(serialised)
    var contactDecoder = StateDecoder(contacts.bytes)
    let state = try State(from: &decoder, contacts: &contactDecoder)
    #expect(decoder.isAtEnd && contactDecoder.isAtEnd)
    return state
  }
}
