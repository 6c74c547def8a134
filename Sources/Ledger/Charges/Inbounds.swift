/// The inbound messages counted, each once whatever the number of events that told it (RULES.md 43).
struct Inbounds: Sendable {
  /// 28 bytes, serialised as it lies: the fingerprint in four words, the pair, and the time in two words with the referral in
  /// its lowest bit.
  struct Record: Sendable, BitwiseCopyable {
    private var words: (UInt32, UInt32, UInt32, UInt32)
    private(set) var pair: PairID
    private var moment: (UInt32, UInt32)

    init(fingerprint: Fingerprint128, pair: PairID, time: Timestamp, hasReferral: Bool) {
      words = (
        UInt32(truncatingIfNeeded: fingerprint.low), UInt32(truncatingIfNeeded: fingerprint.low >> 32),
        UInt32(truncatingIfNeeded: fingerprint.high), UInt32(truncatingIfNeeded: fingerprint.high >> 32)
      )
      self.pair = pair
      let bits = UInt64(bitPattern: time.rawValue << 1) | (hasReferral ? 1 : 0)
      moment = (UInt32(truncatingIfNeeded: bits), UInt32(truncatingIfNeeded: bits >> 32))
    }

    private static func join(_ low: UInt32, _ high: UInt32) -> UInt64 { UInt64(high) << 32 | UInt64(low) }

    var fingerprint: Fingerprint128 {
      Fingerprint128(high: Self.join(words.2, words.3), low: Self.join(words.0, words.1))
    }
    var time: Timestamp { Timestamp(rawValue: Int64(bitPattern: Self.join(moment.0, moment.1)) >> 1) }
    var hasReferral: Bool {
      get { moment.0 & 1 == 1 }
      set { moment.0 = moment.0 & ~1 | (newValue ? 1 : 0) }
    }
  }

  private(set) var records = ChunkedArray<Record>()
  private var index = HashIndex()

  init() {}

  mutating func visitLists(_ visitor: inout some ListVisitor) {
    visitor.visit(&records)
  }

  enum Arrival { case new, referralLearnt, known }

  mutating func note(_ fingerprint: Fingerprint128, pair: PairID, time: Timestamp, hasReferral: Bool) -> Arrival {
    if let place = place(of: fingerprint) {
      guard hasReferral, !records[Int(place)].hasReferral else { return .known }
      records[Int(place)].hasReferral = true
      return .referralLearnt
    }
    if index.isFull(for: fingerprint.low) { makeRoom(fingerprint) }
    index.insert(UInt32(records.count), hash: fingerprint.low)
    records.append(Record(fingerprint: fingerprint, pair: pair, time: time, hasReferral: hasReferral))
    return .new
  }

  @inline(__always)
  private func place(of fingerprint: Fingerprint128) -> UInt32? {
    index.find(fingerprint.low) { records[Int($0)].fingerprint == fingerprint }
  }

  /// Asks for where a message is looked for.
  @inline(__always)
  mutating func fetchSlot(of fingerprint: Fingerprint128) { index.fetch(fingerprint.low) }

  @inline(__always)
  mutating func fetchLists(_ fingerprint: Fingerprint128) {
    index.fetch(fingerprint.low)
    records.fetchEnd()
  }

  @inline(never)
  private mutating func makeRoom(_ fingerprint: Fingerprint128) {
    let records = records
    index.makeRoom(for: fingerprint.low) {
      records.fetch(Int($0))
    } hashOf: {
      records[Int($0)].fingerprint.low
    }
  }

  func time(of fingerprint: Fingerprint128) -> Timestamp? { place(of: fingerprint).map { records[Int($0)].time } }

  func encode(into encoder: inout StateEncoder) { records.encodeBytes(into: &encoder) }

  init(from decoder: inout StateDecoder, pairs: borrowing Pairs) throws(StateDecodingError) {
    records = try ChunkedArray(bytesFrom: &decoder)
    index = HashIndex(for: records.count)
    for (place, record) in records.enumerated() {
      let fingerprint = record.fingerprint
      guard record.pair.index < pairs.count, (0...Timestamp.latest.rawValue).contains(record.time.rawValue) else {
        throw decoder.failure("a message that is not whole")
      }
      if index.isFull(for: fingerprint.low) { makeRoom(fingerprint) }
      index.insert(UInt32(place), hash: fingerprint.low)
    }
  }
}
