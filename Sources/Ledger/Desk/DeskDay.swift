/// One measured stretch: a wait that a reply ended, a cycle that was resolved, a cycle's time until somebody was assigned.
struct DeskSample: Hashable, Sendable {
  enum Kind: UInt8, Sendable, CaseIterable { case firstResponse, nextResponse, resolution, queue }

  var began: Timestamp
  var ended: Timestamp
  var pair: PairID
  /// Who is credited: who replied, or the assignee for resolutions and queues. None for an echo.
  var agent: NameID
  var team: NameID
  /// The labels of the conversation at that time.
  var labels: LabelSetID
  var kind: Kind

  /// Never negative: what is dated before it began took no time (RULES.md 28).
  var duration: Duration64 { max(ended.since(began), .zero) }
}

/// What was done on one day of the account's zone.
struct DeskDay: Sendable {
  var day: CalendarDay
  /// In the order folded.
  private(set) var samples: [DeskSample] = []
  private(set) var resolvedCount = 0
  /// Messages by the agent's slot.
  private var sent: [UInt32] = []
  /// Conversations with a human reply, by the agent's slot.
  private var handled: [UInt32] = []
  /// Slot and pair of each conversation counted in `handled`. Its order is never shown.
  private var handledKeys = IntMap<Bool>()

  init(day: CalendarDay) { self.day = day }

  mutating func append(_ sample: DeskSample) {
    samples.append(sample)
    if sample.kind == .resolution { resolvedCount += 1 }
  }

  mutating func countSent(slot: Int) { Self.increment(&sent, slot) }

  mutating func countHandled(slot: Int, pair: PairID) {
    let key = UInt64(slot) << 32 | UInt64(pair.rawValue)
    guard handledKeys[key] == nil else { return }
    handledKeys[key] = true
    Self.increment(&handled, slot)
  }

  func sentCount(slot: Int) -> Int { slot < sent.count ? Int(sent[slot]) : 0 }
  func handledCount(slot: Int) -> Int { slot < handled.count ? Int(handled[slot]) : 0 }

  private static func increment(_ counts: inout [UInt32], _ slot: Int) {
    if slot >= counts.count { counts.append(contentsOf: repeatElement(0, count: slot + 1 - counts.count)) }
    counts[slot] += 1
  }
}

extension DeskDay {
  func encode(into encoder: inout StateEncoder) {
    encoder.write(day)
    encoder.write(sent) { encoder, count in encoder.write(count) }
    var last: UInt64 = 0
    encoder.write(handledKeys.sorted) { encoder, entry in
      encoder.write(entry.key - last)
      last = entry.key
    }
    var time: Int64 = 0
    encoder.write(samples) { encoder, sample in
      encoder.write(sample.kind.rawValue)
      encoder.write(sample.ended.rawValue - time)
      encoder.write(sample.ended.rawValue - sample.began.rawValue)
      encoder.write(sample.pair.rawValue)
      encoder.write(sample.agent)
      encoder.write(sample.team)
      encoder.write(sample.labels.rawValue)
      time = sample.ended.rawValue
    }
  }

  init(from decoder: inout StateDecoder, desk: borrowing Desk, names: borrowing Names, pairs: borrowing Pairs)
    throws(StateDecodingError)
  {
    day = try decoder.readDay()
    sent = try decoder.readList { (decoder) throws(StateDecodingError) in try decoder.readUInt32() }
    guard sent.count <= desk.staff.agents.count else { throw decoder.failure("messages of more agents than there are") }
    var key: UInt64 = 0
    let replyCount = try decoder.readCount()
    handledKeys.reserve(replyCount, true)
    if replyCount > 0 { handled.reserveCapacity(desk.staff.agents.count) }
    for _ in 0..<replyCount {
      key &+= try decoder.readUInt64()
      guard key >> 32 < UInt64(desk.staff.agents.count) else {
        throw decoder.failure("a reply of an agent who is not there")
      }
      countHandled(slot: Int(key >> 32), pair: PairID(rawValue: UInt32(truncatingIfNeeded: key)))
    }
    var time: Int64 = 0
    let sampleCount = try decoder.readCount()
    samples.reserveCapacity(sampleCount)
    for _ in 0..<sampleCount {
      let sample = try DeskSample(from: &decoder, after: &time, names, pairs)
      guard desk.labelSets.contains(sample.labels) else { throw decoder.failure("labels that are not there") }
      append(sample)
    }
  }
}

extension DeskSample {
  fileprivate init(
    from decoder: inout StateDecoder, after time: inout Int64, _ names: borrowing Names, _ pairs: borrowing Pairs
  ) throws(StateDecodingError) {
    guard let kind = Kind(rawValue: try decoder.readUInt8()) else { throw decoder.failure("an unknown kind of sample") }
    self.kind = kind
    time &+= try decoder.readInt64()
    ended = Timestamp(rawValue: time)
    began = Timestamp(rawValue: time &- (try decoder.readInt64()))
    guard (0...Timestamp.latest.rawValue).contains(time), (0...Timestamp.latest.rawValue).contains(began.rawValue)
    else {
      throw decoder.failure("an instant beyond the calendar")
    }
    pair = try decoder.readPair(in: pairs)
    agent = try decoder.readName(in: names)
    team = try decoder.readName(in: names)
    labels = LabelSetID(rawValue: try decoder.readUInt32())
  }
}
