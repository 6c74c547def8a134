import EventLog
import JSONTape
import Ledger

extension Engine {
  /// The webhooks that were kept without effect, as an answer in JSON: `{"kept":[…],"next":…}`.
  public func kept(reason: String?, from: UInt64, limit: Int) async throws -> [UInt8] {
    let log = log
    let last = lastSequence
    let now = options.clock()
    return try await readers.run {
      var list = KeptList(limit: limit)
      try list.read(log, reason: reason, from: from, to: last)
      return list.finish(last: last, now: now)
    }
  }
}

/// Writes the answer about kept webhooks, oldest first.
private struct KeptList {
  private let limit: Int
  private var writer = JSONWriter()
  private var count = 0
  private var next: UInt64?

  init(limit: Int) {
    self.limit = limit
    writer.beginObject()
    writer.key("kept")
    writer.beginArray()
  }

  mutating func read(_ log: EventLog, reason: String?, from first: UInt64, to last: UInt64) throws {
    let typeBit = EventType.whatsAppKept.bit
    guard first <= last else { return }
    try Replay.forEachRecord(of: log, from: first, to: last, wants: { next == nil && $0.typeBits & typeBit != 0 }) {
      sequence, record in
      guard next == nil, record["type"]?.text == "waybill.whatsapp.kept", let data = record["data"] else { return }
      if let reason, data["reason"]?.text?.equals(reason) != true { return }
      guard count < limit else { return next = sequence }
      count += 1
      add(record, data, at: sequence)
    }
  }

  private mutating func add(_ record: TapeValue, _ data: TapeValue, at sequence: UInt64) {
    writer.beginObject()
    writer.key("sequence")
    writer.string(String(sequence))
    for name in ["id", "source", "time"] as [StaticString] { add(name, record[Text(name)]) }
    writer.key("account")
    if let subject = record["subject"] { writer.json(subject.json) } else { writer.null() }
    for name in ["reason", "field", "part", "parts", "update", "body"] as [StaticString] { add(name, data[Text(name)]) }
    writer.endObject()
  }

  private mutating func add(_ name: StaticString, _ value: TapeValue?) {
    guard let value else { return }
    writer.key(name)
    writer.json(value.json)
  }

  consuming func finish(last: UInt64, now: Timestamp) -> [UInt8] {
    writer.endArray()
    writer.key("next")
    if let next { writer.string(String(next)) } else { writer.null() }
    writer.key("sequence")
    writer.string(String(last))
    writer.key("as_of")
    writer.instant(now)
    writer.endObject()
    return writer.bytes
  }
}

extension TapeValue {
  var json: [UInt8] {
    var bytes: [UInt8] = []
    appendJSON(to: &bytes)
    return bytes
  }
}
