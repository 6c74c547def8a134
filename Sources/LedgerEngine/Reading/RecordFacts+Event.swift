import EventLog
import JSONTape
import Ledger

extension Event {
  /// What the log's indexes need to know of an event.
  var facts: RecordFacts {
    var memory = FingerprintMemory()
    return facts(&memory)
  }

  /// As ``facts``, with the names that repeat remembered from event to event.
  func facts(_ memory: inout FingerprintMemory) -> RecordFacts {
    let identity = identity(&memory)
    let account = account(&memory)
    let message = account.flatMap { account in data.message.map { Fingerprint128(account, $0) } }
    return RecordFacts(
      eventTime: time.rawValue, recordedTime: (recordedTime ?? time).rawValue, typeBit: type.bit,
      identity: Fingerprint(identity), subject: message.map { Fingerprint($0) },
      group: account.map { Fingerprint($0) } ?? (type.concernsAllAccounts ? .allAccounts : nil))
  }
}

extension Fingerprint128 {
  init(_ fingerprint: Fingerprint) { self.init(high: fingerprint.high, low: fingerprint.low) }
}

extension Fingerprint {
  init(_ fingerprint: Fingerprint128) { self.init(high: fingerprint.high, low: fingerprint.low) }

  /// Of an account, under which the index finds the account's frames.
  init(account: String) {
    self.init(Array(account.utf8).withText { Fingerprint128($0) })
  }

  /// Of a message, under which the index finds the message's frames.
  init(account: String, message: String) {
    let account = Array(account.utf8).withText { Fingerprint128($0) }
    self.init(Array(message.utf8).withText { Fingerprint128(account, $0) })
  }

  /// Under which the index finds the frames with events that concern every account. No account has the empty name.
  static let allAccounts = Fingerprint(account: "")
}

extension [UInt8] {
  /// The bytes as a text that is valid inside `body`.
  func withText<Result>(_ body: (Text) -> Result) -> Result {
    unsafe withUnsafeBufferPointer { bytes in
      guard let start = bytes.baseAddress else { return body("") }
      return unsafe body(Text(start: start, count: bytes.count))
    }
  }
}

extension EventType {
  /// Its bit in a frame's set of types.
  var bit: UInt64 { 1 << UInt64(rawValue) }

  /// Those whose events concern every account.
  static let globalBits = allCases.filter(\.concernsAllAccounts).reduce(0) { $0 | $1.bit }
  static let accountOnlyBits = allCases.filter(\.needsAccountOnly).reduce(0) { $0 | $1.bit }
}
