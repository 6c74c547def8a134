extension Desk {
  func encode(into encoder: inout StateEncoder) {
    staff.encode(into: &encoder)
    labelSets.encode(into: &encoder)
    hours.encode(into: &encoder)
    encoder.write(serviceLevel.firstResponse?.rawValue ?? -1)
    encoder.write(serviceLevel.nextResponse?.rawValue ?? -1)
    encoder.write(urgentLabels) { encoder, label in encoder.write(label) }
    encoder.write(conversations.count)
    for conversation in conversations { encode(conversation, into: &encoder) }
    days.encode(into: &encoder)
  }

  private func encode(_ conversation: Conversation, into encoder: inout StateEncoder) {
    encoder.write(conversation.pair.rawValue)
    encoder.write(conversation.agent)
    encoder.write(conversation.team)
    encoder.write(conversation.labels.rawValue)
    encoder.write(conversation.priority.rawValue)
    encoder.write(conversation.cycle)
    encoder.write(conversation.cycleStart)
    encoder.write(conversation.resolvedAt)
    encoder.write(conversation.openIndex != nil)
    if let place = conversation.openIndex { open[place].encode(into: &encoder) }
  }

  /// Reads what ``encode(into:)`` wrote over the same names and pairs.
  init(from decoder: inout StateDecoder, names: borrowing Names, pairs: borrowing Pairs) throws(StateDecodingError) {
    self.init()
    staff = try Staff(from: &decoder, names: names)
    labelSets = try LabelSets(from: &decoder, names: names)
    hours = try BusinessHours(from: &decoder, names: names)
    serviceLevel.firstResponse = try Self.readDuration(from: &decoder)
    serviceLevel.nextResponse = try Self.readDuration(from: &decoder)
    urgentLabels = try decoder.readList { (decoder) throws(StateDecodingError) in try decoder.readName(in: names) }
    let conversationCount = try decoder.readCount()
    reserve(conversationCount, pairCount: pairs.count)
    for _ in 0..<conversationCount { try readConversation(from: &decoder, names, pairs) }
    days = try DeskDays(
      from: &decoder, agentCount: staff.agents.count, names: names, pairs: pairs, labelSets: labelSets)
  }

  private static func readDuration(from decoder: inout StateDecoder) throws(StateDecodingError) -> Duration64? {
    let value = try decoder.readInt64()
    return value < 0 ? nil : Duration64(rawValue: value)
  }

  private mutating func readConversation(
    from decoder: inout StateDecoder, _ names: borrowing Names, _ pairs: borrowing Pairs
  ) throws(StateDecodingError) {
    let pair = try decoder.readPair(in: pairs)
    guard index(of: pair) == nil else { throw decoder.failure("a conversation twice") }
    let index = resolve(pair)
    conversations[index].agent = try decoder.readName(in: names)
    conversations[index].team = try decoder.readName(in: names)
    conversations[index].labels = LabelSetID(rawValue: try decoder.readUInt32())
    guard let priority = Priority(rawValue: try decoder.readUInt8()) else { throw decoder.failure("no priority") }
    conversations[index].priority = priority
    conversations[index].cycle = try decoder.readUInt32()
    conversations[index].cycleStart = try decoder.readTimestamp()
    conversations[index].resolvedAt = try decoder.readTimestamp()
    try check(conversations[index], decoder)
    staff.reassign(from: .none, to: conversations[index].agent)
    guard try decoder.readBool() else { return }
    conversations[index].openIndex = open.count
    open.append(try OpenCycle(conversation: index, from: &decoder))
  }

  private func check(_ conversation: Conversation, _ decoder: StateDecoder) throws(StateDecodingError) {
    guard labelSets.contains(conversation.labels) else {
      throw decoder.failure("labels that are not there")
    }
    guard conversation.agent.isNone || staff.slot(ofAgent: conversation.agent) != nil,
      conversation.team.isNone || staff.slot(ofTeam: conversation.team) != nil
    else { throw decoder.failure("an assignee who is not there") }
  }
}

extension OpenCycle {
  fileprivate func encode(into encoder: inout StateEncoder) {
    encoder.write(waitingSince)
    encoder.write(handedOverAt)
    encoder.write(snoozedUntil)
    encoder.write(isAnswered)
    encoder.write(isFirstWaitOver)
    encoder.write(hasBotSpoken)
    encoder.write(wasAssigned)
  }

  fileprivate init(conversation: Int, from decoder: inout StateDecoder) throws(StateDecodingError) {
    self.init(conversation: conversation, wasAssigned: false)
    waitingSince = try decoder.readOptionalTimestamp()
    handedOverAt = try decoder.readOptionalTimestamp()
    snoozedUntil = try decoder.readOptionalTimestamp()
    isAnswered = try decoder.readBool()
    isFirstWaitOver = try decoder.readBool()
    hasBotSpoken = try decoder.readBool()
    wasAssigned = try decoder.readBool()
  }
}

extension StateDecoder {
  /// A name's number that `names` knows, or none.
  mutating func readName(in names: Names) throws(StateDecodingError) -> NameID {
    let id = try readName()
    guard Int(id.rawValue) <= names.count else { throw failure("a name that is not there") }
    return id
  }

  mutating func readPair(in pairs: Pairs) throws(StateDecodingError) -> PairID {
    let pair = PairID(rawValue: try readUInt32())
    guard pair.index < pairs.count else { throw failure("a conversation that is not there") }
    return pair
  }
}
