/// One outbound message in 64 bytes: one line of the processor's cache, and what a message costs in memory.
///
/// What repeats from message to message (who sent which template, Meta's word, how it was priced) is a number here and kept
/// once in ``Messages``. Serialised as it lies, little-endian:
///
///      0  u128  fingerprint of the message's id, high half first
///     16  u64   flags in the low 16 bits, the first event that named it above
///     24  i64   when it was announced; until then, its first status
///     32  i64   when it was delivered; until then, when it failed
///     40  u32   the conversation
///     44  u32   ``MessageOrigin``
///     48  u32   ``MetaWord``
///     52  u32   ``RatingKind``
///     56  u32   the low half of its place among the month's counted messages
///     60  u32   1 + the conversation's message before it that may have answered a referral, 0 for none;
///               with flag `linked` the place of its ``MessageLinks``
struct MessageRecord: BitwiseCopyable, Sendable {
  var fingerprintHigh: UInt64
  var fingerprintLow: UInt64
  private var sequenceAndFlags: UInt64
  /// Means something with `announced` or `hasStatus`.
  var sentMoment: Int64 = 0
  /// Means something with `delivered` or `failed`.
  var endMoment: Int64 = 0
  var pair: PairID
  var origin: UInt32 = 0
  var word: UInt32 = 0
  var rating: UInt32 = 0
  var ordinal: UInt32 = 0
  var chain: UInt32 = 0

  init(fingerprint: Fingerprint128, pair: PairID, sequence: SequenceNumber) {
    fingerprintHigh = fingerprint.high
    fingerprintLow = fingerprint.low
    sequenceAndFlags = sequence.rawValue << 16
    self.pair = pair
  }

  struct Flags: OptionSet, Hashable, Sendable, BitwiseCopyable {
    let rawValue: UInt16
    static let announced = Flags(rawValue: 1)
    static let template = Flags(rawValue: 2)
    static let echo = Flags(rawValue: 4)
    /// A participant's record, not counted as sent.
    static let participant = Flags(rawValue: 8)
    /// A base record with participants: they are charged, it is not.
    static let group = Flags(rawValue: 16)
    /// Some participant got it.
    static let reached = Flags(rawValue: 32)
    static let delivered = Flags(rawValue: 64)
    static let failed = Flags(rawValue: 128)
    static let corrected = Flags(rawValue: 256)
    /// A status has named it.
    static let hasStatus = Flags(rawValue: 512)
    static let linked = Flags(rawValue: 1_024)
    /// It stands in a conversation's chain of messages that may have answered a referral, dated by its announcement.
    static let chained = Flags(rawValue: 2_048)
    /// As `chained`, and Meta has said whether it opened a free entry point.
    static let chainedSaid = Flags(rawValue: 4_096)
    /// It has gone to another conversation since it was chained.
    static let moved = Flags(rawValue: 8_192)
    /// It stands in a conversation's own list of such messages.
    static let listed = Flags(rawValue: 16_384)
    /// It once opened a free entry point.
    static let opener = Flags(rawValue: 32_768)
  }

  var flags: Flags {
    @inline(__always) get { Flags(rawValue: UInt16(truncatingIfNeeded: sequenceAndFlags)) }
    @inline(__always) set { sequenceAndFlags = sequenceAndFlags & ~0xffff | UInt64(newValue.rawValue) }
  }

  /// The first event that named it: 48 bits.
  var sequence: SequenceNumber { SequenceNumber(rawValue: sequenceAndFlags >> 16) }
  var fingerprint: Fingerprint128 { Fingerprint128(high: fingerprintHigh, low: fingerprintLow) }

  var isDelivered: Bool { flags.contains(.delivered) }
  var isBase: Bool { !flags.contains(.participant) }

  var announcedAt: Timestamp? {
    get { flags.contains(.announced) ? Timestamp(rawValue: sentMoment) : nil }
    set {
      guard let newValue else { return }
      sentMoment = newValue.rawValue
      flags.insert(.announced)
    }
  }

  /// When it counts as sent: the announcement, else the first status folded.
  var sentAt: Timestamp? {
    flags.isDisjoint(with: [.announced, .hasStatus]) ? nil : Timestamp(rawValue: sentMoment)
  }

  mutating func move(to pair: PairID) {
    guard self.pair != pair else { return }
    self.pair = pair
    if flags.contains(.chained) { flags.insert(.moved) }
  }

  /// The first status dates a message that nobody has announced.
  mutating func noteStatus(at time: Timestamp) {
    guard !flags.contains(.hasStatus) else { return }
    if !flags.contains(.announced) { sentMoment = time.rawValue }
    flags.insert(.hasStatus)
  }

  var deliveredAt: Timestamp? { flags.contains(.delivered) ? Timestamp(rawValue: endMoment) : nil }

  /// Of a message not delivered; ``Messages`` keeps the others'.
  var failedAt: Timestamp? {
    flags.contains(.failed) && !flags.contains(.delivered) ? Timestamp(rawValue: endMoment) : nil
  }

  mutating func deliver(at time: Timestamp) {
    endMoment = time.rawValue
    flags.insert(.delivered)
  }

  /// The first failure counts.
  mutating func fail(at time: Timestamp) {
    if flags.isDisjoint(with: [.delivered, .failed]) { endMoment = time.rawValue }
    flags.insert(.failed)
  }
}

/// What few messages have: a group's participants.
struct MessageLinks: BitwiseCopyable, Sendable {
  /// None for a base record.
  var participant = ContactNumber.none
  /// The base of a participant's record; for a base the last participant's record. `UInt32.max` for none.
  var link = UInt32.max
  /// The participant's record before this one. `UInt32.max` for none.
  var sibling = UInt32.max
  /// As ``MessageRecord/chain`` of a record without links.
  var chain: UInt32 = 0
}

/// Who sent what: the same for many messages.
struct MessageOrigin: Combination, Equatable {
  var template = NameID.none
  var language = NameID.none
  /// As announced; in the reference's names.
  var announcedCategory = NameID.none
  var agent = NameID.none
  /// The agent's team when the message was sent.
  var team = NameID.none
  /// The conversation's labels when the message was sent.
  var labels = LabelSetID.empty

  init() {}

  func encode(into encoder: inout StateEncoder) {
    for name in [template, language, announcedCategory, agent, team] { encoder.write(name) }
    encoder.write(labels.rawValue)
  }

  init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    template = try decoder.readName()
    language = try decoder.readName()
    announcedCategory = try decoder.readName()
    agent = try decoder.readName()
    team = try decoder.readName()
    labels = LabelSetID(rawValue: try decoder.readUInt32())
  }
}

/// How a message was priced, without the place that its record alone has, and what it holds.
struct RatingKind: Combination {
  private enum Ordinal: UInt8 { case none, tier, allowance }

  private var rating = Rating()
  private var ordinalKind: UInt64 = 0
  private var ordinal: Ordinal {
    get { Ordinal(rawValue: UInt8(truncatingIfNeeded: ordinalKind)) ?? .none }
    set { ordinalKind = UInt64(newValue.rawValue) }
  }
  /// Set aside until delivery; zero once it is charged or released by `failed`.
  var hold = Micros.zero

  init() {}

  /// A rating has at most one place: a category with tiers has no allowance.
  init(_ rating: Rating, hold: Micros) {
    self.rating = rating
    self.hold = hold
    if rating.tierOrdinal > 0 {
      ordinal = .tier
      self.rating.tierOrdinal = rating.tierOrdinal >> 32
    } else if rating.allowanceOrdinal > 0 {
      ordinal = .allowance
    }
    self.rating.allowanceOrdinal = 0
  }

  static func ordinal(of rating: Rating) -> UInt32 {
    rating.tierOrdinal > 0 ? UInt32(truncatingIfNeeded: rating.tierOrdinal) : rating.allowanceOrdinal
  }

  func rating(ordinal place: UInt32) -> Rating {
    var rating = rating
    switch ordinal {
    case .none: break
    case .tier: rating.tierOrdinal = rating.tierOrdinal << 32 | UInt64(place)
    case .allowance: rating.allowanceOrdinal = place
    }
    return rating
  }

  var outcome: Outcome { rating.outcome }
  /// Whether a delivered message is unrated for a reason that an event of its own may settle.
  var isUnrated: Bool { rating.outcome == .unrated }
  var amount: Micros { rating.amount }
  var unratedReason: UnratedReason? { rating.unratedReason }
  var category: NameID { rating.category }
  var card: Int32 { rating.card }

  func encode(into encoder: inout StateEncoder) {
    encoder.write(ordinal.rawValue)
    encoder.write(hold)
    rating.encode(into: &encoder)
  }

  init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    guard let ordinal = Ordinal(rawValue: try decoder.readUInt8()) else { throw decoder.failure("a place of no kind") }
    self.ordinal = ordinal
    hold = try decoder.readMicros()
    rating = try Rating(from: &decoder)
  }
}
