import JSONTape

/// Who is waiting, who looks after whom, and how long answers took: one account's conversations (RULES.md 25–31).
///
/// A value folded from events in sequence order, whatever their time. Names and pairs come as numbers; `day` is the day of
/// `time` in the account's zone. What depends on the present is worked out by the questions, from this and an instant.
struct Desk: Sendable {
  /// In the order first heard of.
  var conversations = ChunkedArray<Conversation>()
  /// The open cycles of `conversations`, in no order that is ever shown.
  var open = ChunkedArray<OpenCycle>()
  var days = DeskDays()
  var labelSets = LabelSets()
  var staff = Staff()
  var serviceLevel = AccountConfigured.ServiceLevel()
  /// Rising.
  var urgentLabels: [NameID] = []
  var hours = BusinessHours()
  /// Index + 1 in `conversations` by the pair's number; 0 is unknown.
  private var slots = ChunkedArray<UInt32>()

  init() {}

  func index(of pair: PairID) -> Int? {
    guard pair.index < slots.count, slots[pair.index] != 0 else { return nil }
    return Int(slots[pair.index]) - 1
  }

  @inline(__always)
  mutating func fetchLists() {
    slots.fetchStart()
    conversations.fetchStart()
    open.fetchStart()
  }

  @inline(__always)
  mutating func fetch(_ pair: PairID) { slots.fetch(pair.index) }

  @inline(__always)
  mutating func fetchConversation(_ pair: PairID) {
    if let index = index(of: pair) { conversations.fetch(index) }
  }

  mutating func resolve(_ pair: PairID) -> Int {
    if let known = index(of: pair) { return known }
    slots.extend(to: pair.index + 1, with: 0)
    conversations.append(Conversation(pair: pair))
    slots[pair.index] = UInt32(conversations.count)
    return conversations.count - 1
  }

  /// Makes room for conversations in an empty desk.
  mutating func reserve(_ conversationCount: Int, pairCount: Int) {
    conversations.reserve(conversationCount)
    if conversationCount > 0 { slots.reserve(pairCount) }
  }

  // MARK: Looking up, for prices and rules

  func isOpen(_ pair: PairID) -> Bool { index(of: pair).map { conversations[$0].openIndex != nil } ?? false }

  /// How many cycles the conversation has had, the open one included.
  func cycle(of pair: PairID) -> Int { index(of: pair).map { Int(conversations[$0].cycle) } ?? 0 }

  /// The labels of a conversation now, rising by their numbers; also between cycles.
  func labels(of pair: PairID) -> [NameID] { labelSets[labelSet(of: pair)] }

  @inline(__always)
  func labelSet(of pair: PairID) -> LabelSetID { index(of: pair).map { conversations[$0].labels } ?? .empty }

  func assignee(of pair: PairID) -> (agent: NameID, team: NameID) {
    index(of: pair).map { (conversations[$0].agent, conversations[$0].team) } ?? (.none, .none)
  }

  /// The team of an agent as last defined.
  func team(ofAgent agent: NameID) -> NameID { staff.team(ofAgent: agent) }
}
