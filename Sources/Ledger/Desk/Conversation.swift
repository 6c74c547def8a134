/// What is known of the dialogue with one contact on one business number: kept for ever, from cycle to cycle. 48 bytes.
struct Conversation: Hashable, Sendable, BitwiseCopyable {
  var pair: PairID
  /// The assignee; both none while nobody is assigned (RULES.md 27).
  var agent = NameID.none
  var team = NameID.none
  var labels = LabelSetID.empty
  /// How many cycles were opened; 0 where only labels, assignee or priority are known.
  var cycle: UInt32 = 0
  /// The place in `Desk.open`; nil between cycles.
  var openIndex: Int? {
    get { storedOpenIndex == .max ? nil : Int(storedOpenIndex) }
    set { storedOpenIndex = newValue.map(UInt32.init) ?? .max }
  }
  /// Start of the open cycle or of the last one.
  var cycleStart = Timestamp(rawValue: 0)
  /// When the last resolved cycle ended.
  var resolvedAt = Timestamp(rawValue: 0)
  var priority = Priority.normal

  private var storedOpenIndex = UInt32.max

  init(pair: PairID) { self.pair = pair }
}

/// What matters only while a cycle is open.
struct OpenCycle: Hashable, Sendable, BitwiseCopyable {
  /// The index in `Desk.conversations`.
  var conversation: Int
  /// The first inbound message that no human has answered; nil while nobody waits.
  var waitingSince: Timestamp?
  /// The first assignment behind a bot's message of this cycle.
  var handedOverAt: Timestamp?
  var snoozedUntil: Timestamp?
  /// A human replied in this cycle.
  var isAnswered = false
  /// The first wait of this cycle was ended by a reply: what follows are next responses.
  var isFirstWaitOver = false
  var hasBotSpoken = false
  /// Somebody was assigned when the cycle opened, or since.
  var wasAssigned: Bool

  init(conversation: Int, wasAssigned: Bool) {
    self.conversation = conversation
    self.wasAssigned = wasAssigned
  }

  func isSnoozed(at now: Timestamp) -> Bool {
    guard let snoozedUntil else { return false }
    return snoozedUntil > now
  }
}
