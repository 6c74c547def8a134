/// One outbound message as money sees it, with all that is known of it. A group message is one *base* record and one record
/// a participant behind it; any other message is its base record alone.
///
/// ``Messages`` makes it of the 64 bytes that are kept; to change a message, change its record.
struct Message: BitwiseCopyable, Sendable {
  typealias Flags = MessageRecord.Flags

  /// None for a base record.
  var participant: ContactNumber
  var pair: PairID
  /// The first event that named it.
  var sequence: SequenceNumber
  var flags: Flags
  var origin: MessageOrigin
  var announcedAt: Timestamp?
  /// When it counts as sent: the announcement, else the first status folded.
  var sentAt: Timestamp?
  var deliveredAt: Timestamp?
  var failedAt: Timestamp?
  /// Set aside until delivery; zero once it is charged or released by `failed`.
  var hold: Micros
  var word: MetaWord
  var rating: Rating

  var template: NameID { origin.template }
  var language: NameID { origin.language }
  var announcedCategory: NameID { origin.announcedCategory }
  var agent: NameID { origin.agent }
  var team: NameID { origin.team }
  var labels: LabelSetID { origin.labels }

  var isBase: Bool { !flags.contains(.participant) }
  var isDelivered: Bool { flags.contains(.delivered) }
  var isFailed: Bool { failedAt != nil && !isDelivered && !flags.contains(.reached) }
  var failedAfterDelivery: Bool { flags.contains([.failed, .delivered]) }
}

/// How a delivered message was priced, with all that explains it.
struct Rating: Hashable, Sendable, BitwiseCopyable {
  var outcome = Outcome.pending
  /// A ``FreeReason`` or ``UnratedReason`` by outcome.
  var reason: UInt8 = 0
  var regime = Regime.none
  /// What the own rule says without Meta's word.
  var derivedOutcome = Outcome.pending
  var derivedReason: UInt8 = 0
  /// The count of digits of `prefix`.
  var prefixDigits: UInt8 = 0
  /// Which tier of the rate, from 0; -1 for an untiered price.
  var tier: Int8 = -1
  /// It uses one of the month's free service messages.
  var usesAllowance = false
  /// In the reference's names; none while unknown.
  var category = NameID.none
  var market = NameID.none
  /// The prefix that gave the market.
  var prefix: UInt32 = 0
  var derivedCategory = NameID.none
  /// An index into the reference's cards; -1 for none.
  var card: Int32 = -1
  /// The place in the month's allowance, from 1; 0 when it was not asked.
  var allowanceOrdinal: UInt32 = 0
  /// The price on the card, before the markup.
  var listPrice = Micros.zero
  /// Charged, with markup and corrections.
  var amount = Micros.zero
  var corrections = Micros.zero
  /// The place among the month's charged messages of its market and category; 0 when it is not counted.
  var tierOrdinal: UInt64 = 0

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
      guard let outcome = Outcome(rawValue: try decoder.readUInt8()) else {
        throw decoder.failure("an unknown outcome")
      }
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
