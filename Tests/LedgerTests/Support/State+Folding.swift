import JSONTape

@testable import Ledger

extension State {
  /// Folds events that are known to be in order, unchecked: for tests of many.
  mutating func fold(_ events: [(type: String, account: String?, data: String)]) throws {
    let parser = TapeParser()
    for (type, account, data) in events {
      let subject = account.map { #""subject":"\#($0)","# } ?? ""
      let json =
        #"{"specversion":"1.0","id":"\#(sequence.next)","source":"/tests",\#(subject)"type":"waybill.\#(type)","#
        + #""time":"2026-10-05T11:00:00Z","data":\#(data)}"#
      apply(try EventParser.parse(try parser.parse(copying: Array(json.utf8)), from: .log), at: sequence.next)
    }
  }

  /// With the account `acme`, in dollars and UTC.
  static func withAccount() throws -> State {
    var state = State()
    try state.fold([
      ("zone.resolved", nil, #"{"zone":"UTC","transitions":[["1970-01-01T00:00:00Z",0]]}"#),
      ("account.opened", "acme", #"{"name":"Acme","currency":"USD","time_zone":"UTC"}"#),
    ])
    return state
  }
}
