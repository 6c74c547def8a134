/// The outbound messages of an account, found by fingerprint and participant.
struct Messages: Sendable {
  private(set) var records = ChunkedArray<MessageRecord>()
  private(set) var links = ChunkedArray<MessageLinks>()
  private(set) var origins = Interned<MessageOrigin>()
  private(set) var words = Interned<MetaWord>()
  private(set) var ratings = Interned<RatingKind>()
  /// When messages failed that were delivered too, by index: few.
  private var lateFailures = IntMap<Timestamp>()
  private var index = HashIndex()

  init() {}

  var count: Int { records.count }

  mutating func visitLists(_ visitor: inout some ListVisitor) {
    visitor.visit(&records)
    visitor.visit(&links)
  }

  // MARK: Reading

  /// All that is known of a message.
  subscript(index: UInt32) -> Message {
    let record = records[Int(index)]
    let kind = ratings[record.rating]
    return Message(
      participant: record.flags.contains(.linked) ? links[Int(record.chain)].participant : .none, pair: record.pair,
      sequence: record.sequence, flags: record.flags, origin: origins[record.origin], announcedAt: record.announcedAt,
      sentAt: record.sentAt, deliveredAt: record.deliveredAt,
      failedAt: record.flags.contains([.failed, .delivered]) ? lateFailures[UInt64(index)] : record.failedAt,
      hold: kind.hold,
      word: words[record.word], rating: kind.rating(ordinal: record.ordinal))
  }

  func participant(of index: UInt32) -> ContactNumber {
    let record = records[Int(index)]
    return record.flags.contains(.linked) ? links[Int(record.chain)].participant : .none
  }

  func rating(of index: UInt32) -> Rating {
    ratings[records[Int(index)].rating].rating(ordinal: records[Int(index)].ordinal)
  }

  /// The participants' records of a base, the last one first.
  func participants(of base: UInt32) -> [UInt32] {
    let record = records[Int(base)]
    guard record.flags.contains([.group, .linked]) else { return [] }
    var found: [UInt32] = []
    var next = links[Int(record.chain)].link
    while next != .max {
      found.append(next)
      next = links[Int(records[Int(next)].chain)].sibling
    }
    return found
  }

  @inline(__always)
  func find(_ fingerprint: Fingerprint128, participant: ContactNumber = .none) -> UInt32? {
    index.find(Self.hash(fingerprint, participant)) { place in
      records[Int(place)].fingerprintLow == fingerprint.low && records[Int(place)].fingerprintHigh == fingerprint.high
        && self.participant(of: place) == participant
    }
  }

  /// Asks for where a message is looked for.
  @inline(__always)
  mutating func fetchSlot(of fingerprint: Fingerprint128) { index.fetch(Self.hash(fingerprint, .none)) }

  @inline(__always)
  mutating func fetchLists(_ fingerprint: Fingerprint128) {
    index.fetch(Self.hash(fingerprint, .none))
    records.fetchEnd()
    origins.fetchStart()
    words.fetchStart()
    ratings.fetchStart()
  }

  @inline(__always)
  mutating func fetch(_ fingerprint: Fingerprint128) {
    if let index = index.guess(Self.hash(fingerprint, .none)) { records.fetch(Int(index)) }
  }

  // MARK: Changing

  /// The record itself, to be changed in place.
  subscript(record index: UInt32) -> MessageRecord {
    @inline(__always) _read { yield records[Int(index)] }
    @inline(__always) _modify { yield &records[Int(index)] }
  }

  @inline(__always)
  mutating func add(_ record: MessageRecord) -> UInt32 {
    add(record, hash: Self.hash(record.fingerprint, .none))
  }

  /// Adds a participant's record and hangs it on its base.
  mutating func add(_ record: MessageRecord, participant: ContactNumber, to base: UInt32) -> UInt32 {
    var record = record
    record.flags.insert([.participant, .linked])
    record.chain = UInt32(links.count)
    let hadParticipants = records[Int(base)].flags.contains(.group)
    let last = hadParticipants ? links[Int(records[Int(base)].chain)].link : .max
    links.append(MessageLinks(participant: participant, link: base, sibling: last))
    let index = add(record, hash: Self.hash(record.fingerprint, participant))
    makeLinks(base)
    records[Int(base)].flags.insert(.group)
    links[Int(records[Int(base)].chain)].link = index
    return index
  }

  private mutating func makeLinks(_ index: UInt32) {
    guard !records[Int(index)].flags.contains(.linked) else { return }
    links.append(MessageLinks(chain: records[Int(index)].chain))
    records[Int(index)].chain = UInt32(links.count - 1)
    records[Int(index)].flags.insert(.linked)
  }

  @inline(__always)
  private mutating func add(_ record: MessageRecord, hash: UInt64) -> UInt32 {
    let place = UInt32(records.count)
    if index.isFull(for: hash) { makeRoom(hash) }
    index.insert(place, hash: hash)
    records.append(record)
    return place
  }

  @inline(never)
  private mutating func makeRoom(_ hash: UInt64) {
    let (records, links) = (records, links)
    index.makeRoom(for: hash) {
      records.fetch(Int($0))
    } hashOf: {
      Self.hash(records[Int($0)], links)
    }
  }

  @inline(__always)
  private static func hash(_ fingerprint: Fingerprint128, _ participant: ContactNumber) -> UInt64 {
    fingerprint.low &+ UInt64(participant.rawValue) &* 0x9e37_79b9_7f4a_7c15
  }

  private static func hash(_ record: MessageRecord, _ links: ChunkedArray<MessageLinks>) -> UInt64 {
    hash(
      record.fingerprint, record.flags.contains(.linked) ? links[Int(record.chain)].participant : ContactNumber.none)
  }

  /// The first delivery.
  @inline(__always)
  mutating func deliver(_ index: UInt32, at time: Timestamp) {
    if let failedAt = records[Int(index)].failedAt { lateFailures[UInt64(index)] = failedAt }
    records[Int(index)].deliver(at: time)
  }

  mutating func fail(_ index: UInt32, at time: Timestamp) {
    if records[Int(index)].isDelivered, !records[Int(index)].flags.contains(.failed) {
      lateFailures[UInt64(index)] = time
    }
    records[Int(index)].fail(at: time)
  }

  mutating func set(_ origin: MessageOrigin, of index: UInt32) {
    records[Int(index)].origin = origins.intern(origin)
  }

  mutating func set(_ word: MetaWord, of index: UInt32) { records[Int(index)].word = words.intern(word) }

  mutating func set(_ rating: Rating, hold: Micros, of index: UInt32) {
    let number = ratings.intern(RatingKind(rating, hold: hold))
    let record = unsafe records.pointer(to: Int(index))
    unsafe record.pointee.rating = number
    unsafe record.pointee.ordinal = RatingKind.ordinal(of: rating)
  }

  // MARK: Messages that may have answered a referral

  /// 1 + the message before it in its conversation's chain, 0 for none.
  func previousInChain(_ index: UInt32) -> UInt32 {
    let record = records[Int(index)]
    return record.flags.contains(.linked) ? links[Int(record.chain)].chain : record.chain
  }

  mutating func chain(_ index: UInt32, to previous: UInt32, isSaid: Bool) {
    var record = records[Int(index)]
    record.flags.formUnion(isSaid ? [.chained, .chainedSaid] : .chained)
    if record.flags.contains(.linked) { links[Int(record.chain)].chain = previous } else { record.chain = previous }
    records[Int(index)] = record
  }

  // MARK: Serialisation

  func encode(into encoder: inout StateEncoder) {
    origins.encode(into: &encoder)
    words.encode(into: &encoder)
    ratings.encode(into: &encoder)
    encoder.write(lateFailures.sorted) { encoder, entry in
      encoder.write(entry.key)
      encoder.write(entry.value)
    }
    links.encodeBytes(into: &encoder)
    records.encodeBytes(into: &encoder)
  }

  init(from decoder: inout StateDecoder, pairs: borrowing Pairs, contacts: borrowing ContactBook)
    throws(StateDecodingError)
  {
    origins = try Interned(from: &decoder)
    words = try Interned(from: &decoder)
    ratings = try Interned(from: &decoder)
    for _ in 0..<(try decoder.readCount()) {
      let index = try decoder.readUInt32()
      lateFailures[UInt64(index)] = try decoder.readTimestamp()
    }
    links = try ChunkedArray(bytesFrom: &decoder)
    records = try ChunkedArray(bytesFrom: &decoder)
    let count = UInt32(clamping: records.count)
    for link in links {
      guard link.link == .max || link.link < count, link.sibling == .max || link.sibling < count,
        link.chain <= count, Int(link.participant.rawValue) <= contacts.count
      else { throw decoder.failure("a group with a message that is not there") }
    }
    index = HashIndex(for: records.count)
    for place in 0..<count {
      guard isSound(place, pairCount: pairs.count) else { throw decoder.failure("a message that is not whole") }
      let hash = Self.hash(records[Int(place)], links)
      if index.isFull(for: hash) { makeRoom(hash) }
      index.insert(place, hash: hash)
    }
  }

  /// Whether everything that the record points to is there. A list of participants and a chain lead to ever older places,
  /// so they end.
  private func isSound(_ place: UInt32, pairCount: Int) -> Bool {
    let record = records[Int(place)]
    let calendar = 0...Timestamp.latest.rawValue
    guard record.pair.index < pairCount, record.origin < UInt32(origins.count), record.word < UInt32(words.count),
      record.rating < UInt32(ratings.count), calendar.contains(record.sentMoment), calendar.contains(record.endMoment)
    else { return false }
    guard record.flags.contains(.linked) else {
      return record.flags.isDisjoint(with: [.group, .participant]) && record.chain <= UInt32(records.count)
    }
    guard Int(record.chain) < links.count else { return false }
    let link = links[Int(record.chain)]
    guard record.flags.contains(.participant) else { return link.link == .max || isParticipant(link.link) }
    return link.participant != .none && link.link != .max
      && (link.sibling == .max || link.sibling < place && isParticipant(link.sibling))
  }

  private func isParticipant(_ place: UInt32) -> Bool { records[Int(place)].flags.contains([.participant, .linked]) }
}
