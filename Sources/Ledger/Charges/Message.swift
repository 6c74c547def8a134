/// One outbound message as money sees it. A group message is one *base* record and one record a participant behind it;
/// any other message is its base record alone.
struct Message: Sendable {
  struct Flags: OptionSet, Hashable, Sendable {
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
    /// `failed` came after the delivery.
    static let failedAfterDelivery = Flags(rawValue: 64)
    static let corrected = Flags(rawValue: 128)
  }

  var fingerprint: Fingerprint128
  /// None for a base record.
  var participant: ContactNumber
  var pair: PairID
  /// The first event that named it.
  var sequence: SequenceNumber
  var flags: Flags = []
  var template = NameID.none
  var language = NameID.none
  /// As announced; in the reference's names.
  var announcedCategory = NameID.none
  var agent = NameID.none
  /// The agent's team when the message was sent.
  var team = NameID.none
  /// The conversation's labels when the message was sent; an index into ``Messages/labelSets``.
  var labels: UInt32 = 0
  var announcedAt: Timestamp?
  var firstStatusAt: Timestamp?
  var deliveredAt: Timestamp?
  var failedAt: Timestamp?
  /// Set aside until delivery; zero once it is charged or released by `failed`.
  var hold = Micros.zero
  var word = MetaWord()
  var rating = Rating()
  /// The base of a participant's record; for a base the last participant's record. `UInt32.max` for none.
  var link = UInt32.max
  /// The participant's record before this one. `UInt32.max` for none.
  var sibling = UInt32.max

  init(fingerprint: Fingerprint128, participant: ContactNumber, pair: PairID, sequence: SequenceNumber) {
    self.sequence = sequence
    self.fingerprint = fingerprint
    self.participant = participant
    self.pair = pair
  }

  var isBase: Bool { !flags.contains(.participant) }
  /// When it counts as sent: the announcement, else the first status folded.
  var sentAt: Timestamp? { announcedAt ?? firstStatusAt }
  var isDelivered: Bool { deliveredAt != nil }
  var isFailed: Bool { failedAt != nil && deliveredAt == nil && !flags.contains(.reached) }

  func encode(into encoder: inout StateEncoder) {
    encoder.write(fingerprint)
    encoder.write(participant.rawValue)
    encoder.write(pair.rawValue)
    encoder.write(sequence)
    encoder.write(UInt32(flags.rawValue))
    for name in [template, language, announcedCategory, agent, team] { encoder.write(name) }
    encoder.write(labels)
    for moment in [announcedAt, firstStatusAt, deliveredAt, failedAt] { encoder.write(moment) }
    encoder.write(hold)
    word.encode(into: &encoder)
    rating.encode(into: &encoder)
    encoder.write(link)
    encoder.write(sibling)
  }

  init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    fingerprint = try decoder.readFingerprint()
    participant = ContactNumber(rawValue: try decoder.readUInt32())
    pair = PairID(rawValue: try decoder.readUInt32())
    sequence = try decoder.readSequence()
    flags = Flags(rawValue: UInt16(truncatingIfNeeded: try decoder.readUInt32()))
    template = try decoder.readName()
    language = try decoder.readName()
    announcedCategory = try decoder.readName()
    agent = try decoder.readName()
    team = try decoder.readName()
    labels = try decoder.readUInt32()
    announcedAt = try decoder.readOptionalTimestamp()
    firstStatusAt = try decoder.readOptionalTimestamp()
    deliveredAt = try decoder.readOptionalTimestamp()
    failedAt = try decoder.readOptionalTimestamp()
    hold = try decoder.readMicros()
    word = try MetaWord(from: &decoder)
    rating = try Rating(from: &decoder)
    link = try decoder.readUInt32()
    sibling = try decoder.readUInt32()
  }
}

/// How a delivered message was priced, with all that explains it.
struct Rating: Hashable, Sendable {
  var outcome = Outcome.pending
  /// A ``FreeReason`` or ``UnratedReason`` by outcome.
  var reason: UInt8 = 0
  var regime = Regime.none
  /// In the reference's names; none while unknown.
  var category = NameID.none
  var market = NameID.none
  /// The prefix that gave the market, and its count of digits.
  var prefix: UInt32 = 0
  var prefixDigits: UInt8 = 0
  /// What the own rule says without Meta's word.
  var derivedOutcome = Outcome.pending
  var derivedReason: UInt8 = 0
  var derivedCategory = NameID.none
  /// An index into the reference's cards; -1 for none.
  var card: Int32 = -1
  /// The price on the card, before the markup.
  var listPrice = Micros.zero
  /// Charged, with markup and corrections.
  var amount = Micros.zero
  var corrections = Micros.zero
  /// Which tier of the rate, from 0; -1 for an untiered price.
  var tier: Int8 = -1
  /// The place among the month's charged messages of its market and category; 0 when it is not counted.
  var tierOrdinal: UInt64 = 0
  /// The place in the month's allowance, from 1; 0 when it was not asked.
  var allowanceOrdinal: UInt32 = 0
  /// It uses one of the month's free service messages.
  var usesAllowance = false

  var freeReason: FreeReason? { outcome == .free ? FreeReason(rawValue: reason) : nil }
  /// No event has said its category.
  var lacksCategory: Bool { unratedReason == .category && category.isNone }
  /// Its category is known, but no card has a row of that name (RULES.md 7).
  var lacksRowOfItsName: Bool { unratedReason == .category && !category.isNone }
  var unratedReason: UnratedReason? { outcome == .unrated ? UnratedReason(rawValue: reason) : nil }

  func encode(into encoder: inout StateEncoder) {
    encoder.write(outcome.rawValue)
    guard outcome != .pending || self != Rating() else { return encoder.write(false) }
    encoder.write(true)
    encoder.write(reason)
    encoder.write(regime.rawValue)
    encoder.write(category)
    encoder.write(market)
    encoder.write(prefix)
    encoder.write(prefixDigits)
    encoder.write(derivedOutcome.rawValue)
    encoder.write(derivedReason)
    encoder.write(derivedCategory)
    encoder.write(card)
    encoder.write(listPrice)
    encoder.write(amount)
    encoder.write(corrections)
    encoder.write(Int32(tier))
    encoder.write(tierOrdinal)
    encoder.write(allowanceOrdinal)
    encoder.write(usesAllowance)
  }

  init() {}

  init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    func outcome(_ decoder: inout StateDecoder) throws(StateDecodingError) -> Outcome {
      guard let outcome = Outcome(rawValue: try decoder.readUInt8()) else { throw decoder.failure("an unknown outcome") }
      return outcome
    }
    self.outcome = try outcome(&decoder)
    guard try decoder.readBool() else { return }
    reason = try decoder.readUInt8()
    guard let regime = Regime(rawValue: try decoder.readUInt8()) else { throw decoder.failure("an unknown regime") }
    self.regime = regime
    category = try decoder.readName()
    market = try decoder.readName()
    prefix = try decoder.readUInt32()
    prefixDigits = try decoder.readUInt8()
    derivedOutcome = try outcome(&decoder)
    derivedReason = try decoder.readUInt8()
    derivedCategory = try decoder.readName()
    card = try decoder.readInt32()
    listPrice = try decoder.readMicros()
    amount = try decoder.readMicros()
    corrections = try decoder.readMicros()
    tier = Int8(truncatingIfNeeded: try decoder.readInt32())
    tierOrdinal = try decoder.readUInt64()
    allowanceOrdinal = try decoder.readUInt32()
    usesAllowance = try decoder.readBool()
  }
}
