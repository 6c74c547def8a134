/// The inbound messages counted, each once whatever the number of events that told it (RULES.md 43).
struct Inbounds: Sendable {
  struct Record: Sendable {
    var fingerprint: Fingerprint128
    var pair: PairID
    var time: Timestamp
    var hasReferral: Bool
  }

  private(set) var records: [Record] = []
  private var byFingerprint: [Fingerprint128: UInt32] = [:]

  init() {}

  enum Arrival { case new, referralLearnt, known }

  mutating func note(_ fingerprint: Fingerprint128, pair: PairID, time: Timestamp, hasReferral: Bool) -> Arrival {
    if let index = byFingerprint[fingerprint] {
      guard hasReferral, !records[Int(index)].hasReferral else { return .known }
      records[Int(index)].hasReferral = true
      return .referralLearnt
    }
    byFingerprint[fingerprint] = UInt32(records.count)
    records.append(Record(fingerprint: fingerprint, pair: pair, time: time, hasReferral: hasReferral))
    return .new
  }

  func time(of fingerprint: Fingerprint128) -> Timestamp? { byFingerprint[fingerprint].map { records[Int($0)].time } }

  func encode(into encoder: inout StateEncoder) {
    encoder.write(records) { encoder, record in
      encoder.write(record.fingerprint)
      encoder.write(record.pair.rawValue)
      encoder.write(record.time)
      encoder.write(record.hasReferral)
    }
  }

  init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    for _ in 0..<(try decoder.readCount()) {
      _ = note(
        try decoder.readFingerprint(), pair: PairID(rawValue: try decoder.readUInt32()),
        time: try decoder.readTimestamp(), hasReferral: try decoder.readBool())
    }
  }
}
