/// The outbound messages of an account, found by fingerprint and participant.
struct Messages: Sendable {
  private(set) var records: [Message] = []
  /// Open addressing over `records`, index + 1; 0 is free. Its order is never shown.
  private var slots: [UInt32] = [UInt32](repeating: 0, count: 64)
  /// Sets of labels that messages were sent under, each sorted by name id; the first is the empty one.
  private(set) var labelSets: [[NameID]] = [[]]

  init() {}

  subscript(index: UInt32) -> Message {
    _read { yield records[Int(index)] }
    _modify { yield &records[Int(index)] }
  }

  var count: Int { records.count }

  func find(_ fingerprint: Fingerprint128, participant: ContactNumber = .none) -> UInt32? {
    let mask = slots.count - 1
    var slot = Self.hash(fingerprint, participant) & mask
    while slots[slot] != 0 {
      let index = slots[slot] - 1
      if records[Int(index)].fingerprint == fingerprint, records[Int(index)].participant == participant { return index }
      slot = (slot + 1) & mask
    }
    return nil
  }

  mutating func add(_ message: Message) -> UInt32 {
    if (records.count + 1) * 2 > slots.count { grow() }
    records.append(message)
    insert(UInt32(records.count))
    return UInt32(records.count - 1)
  }

  private static func hash(_ fingerprint: Fingerprint128, _ participant: ContactNumber) -> Int {
    Int(truncatingIfNeeded: fingerprint.low &+ UInt64(participant.rawValue) &* 0x9e37_79b9_7f4a_7c15)
  }

  private mutating func insert(_ number: UInt32) {
    let mask = slots.count - 1
    let record = records[Int(number) - 1]
    var slot = Self.hash(record.fingerprint, record.participant) & mask
    while slots[slot] != 0 { slot = (slot + 1) & mask }
    slots[slot] = number
  }

  private mutating func grow() {
    slots = [UInt32](repeating: 0, count: slots.count * 2)
    for number in 1...UInt32(max(records.count, 1)) where Int(number) <= records.count { insert(number) }
  }

  /// The number of a set of labels, given sorted. There are few.
  mutating func labelSet(_ labels: [NameID]) -> UInt32 {
    if labels.isEmpty { return 0 }
    if let known = labelSets.lastIndex(of: labels) { return UInt32(known) }
    labelSets.append(labels)
    return UInt32(labelSets.count - 1)
  }

  func encode(into encoder: inout StateEncoder) {
    encoder.write(labelSets) { encoder, labels in
      encoder.write(labels) { encoder, label in encoder.write(label) }
    }
    encoder.write(records) { encoder, record in record.encode(into: &encoder) }
  }

  init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    labelSets = try decoder.readList { (decoder) throws(StateDecodingError) in
      try decoder.readList { (decoder) throws(StateDecodingError) in try decoder.readName() }
    }
    for _ in 0..<(try decoder.readCount()) { _ = add(try Message(from: &decoder)) }
  }
}
