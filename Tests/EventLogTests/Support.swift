import EventLog
import Foundation

/// SplitMix64: the same numbers from the same seed.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}

/// A folder that is gone when the test is.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array((NSTemporaryDirectory() + "/waybill-log-XXXXXX").utf8CString)
    guard unsafe mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Records whose facts can be read back from their first 56 bytes.
struct TestRecord: Equatable {
  var bytes: [UInt8]
  var facts: RecordFacts

  init(number: UInt64, subject: UInt64?, group: UInt64? = nil, filler: Int, _ random: inout SeededGenerator) {
    let event = Int64(bitPattern: random.next() >> 20)
    let type = UInt64(1) << (random.next() % 40)
    facts = RecordFacts(
      eventTime: event, recordedTime: Int64(number) * 1000, typeBit: type,
      identity: Self.fingerprint(number, 1), subject: subject.map { Self.fingerprint($0, 2) },
      group: group.map { Self.fingerprint($0, 3) })
    bytes = []
    let flags: [UInt64] = [subject ?? 0, subject == nil ? 0 : 1, group ?? 0, group == nil ? 0 : 1]
    for word in [UInt64(bitPattern: event), number, type] + flags {
      for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * UInt64(shift)))) }
    }
    let text = Array("{\"type\":\"message.sent\",\"account\":\"acme\",\"template\":\"order_update\"}".utf8)
    for index in 0..<filler { bytes.append(text[index % text.count] ^ UInt8(random.next() & 1)) }
  }

  static func fingerprint(_ number: UInt64, _ kind: UInt64) -> Fingerprint {
    var high = SeededGenerator(state: number &* 2 &+ kind << 60)
    return Fingerprint(high: high.next(), low: high.next())
  }

  static let extract: FactsReader = { record in
    func word(_ index: Int) -> UInt64 { unsafe record.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self) }
    return RecordFacts(
      eventTime: Int64(bitPattern: word(0)), recordedTime: Int64(word(1)) * 1000, typeBit: word(2),
      identity: fingerprint(word(1), 1), subject: word(4) == 1 ? fingerprint(word(3), 2) : nil,
      group: word(6) == 1 ? fingerprint(word(5), 3) : nil)
  }
}

extension EventLog {
  static func open(_ path: String, readOnly: Bool = false) throws(LogError) -> EventLog {
    try unsafe open(at: path, readOnly: readOnly, extract: TestRecord.extract)
  }

  /// Every record, read frame by frame.
  func allRecords(from: UInt64 = 1, to: UInt64? = nil) throws -> [[UInt8]] {
    var records: [[UInt8]] = []
    try forEachFrame(from: from, to: to) { frame in
      frame.forEachRecord { _, bytes in records.append(unsafe [UInt8](bytes)) }
      return true
    }
    return records
  }
}
