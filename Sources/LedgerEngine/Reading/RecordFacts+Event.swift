import EventLog
import JSONTape
import Ledger

extension Event {
  /// What the log's indexes need to know of an event.
  var facts: RecordFacts {
    let identity = identity
    return RecordFacts(
      eventTime: time.rawValue, recordedTime: (recordedTime ?? time).rawValue, typeBit: type.bit,
      identity: Fingerprint(high: identity.high, low: identity.low), subject: chargeKey)
  }

  /// Account and message, so that all events of one message can be found.
  var chargeKey: Fingerprint? {
    guard let subject, let message = data.message else { return nil }
    return Self.chargeKey(account: subject, message: message)
  }

  static func chargeKey(account: Text, message: Text) -> Fingerprint {
    let fingerprint = Fingerprint128(account, message)
    return Fingerprint(high: fingerprint.high, low: fingerprint.low)
  }

  static func chargeKey(account: String, message: String) -> Fingerprint {
    Array(account.utf8).withText { account in Array(message.utf8).withText { chargeKey(account: account, message: $0) }
    }
  }
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
}
