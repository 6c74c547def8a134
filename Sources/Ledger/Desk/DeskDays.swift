/// What was done on each day of the account's zone.
///
/// Days are never forgotten, and most are over: so what belongs to one lies in lists that all days share. A day takes 16
/// bytes, a sample 40, what an agent did on a day 24, a conversation answered 12, and a copy of all shares what is not
/// written to. A day with storage of its own took some 300 without its samples.
struct DeskDays: Sendable {
  private struct Day: BitwiseCopyable, Sendable {
    var day: CalendarDay
    /// In the order folded.
    var samples: UInt32 = 0
    var resolvedCount: UInt32 = 0
    /// 1 + the place in `work` of the agent that this day saw last; 0 for none.
    var lastWork: UInt32 = 0
  }

  /// What an agent did on a day.
  private struct Work: KeyedRecord {
    var day: CalendarDay
    var slot: UInt32
    /// Messages.
    var sent: UInt32 = 0
    /// Conversations with a human reply.
    var handledCount: UInt32 = 0
    /// 1 + the place in `handled` of the one counted last; 0 for none.
    var lastHandled: UInt32 = 0
    /// 1 + the place of the day's agent before; 0 for none.
    var previous: UInt32

    var key: UInt64 { Self.key(day, slot) }
    static func key(_ day: CalendarDay, _ slot: UInt32) -> UInt64 {
      UInt64(UInt32(bitPattern: day.rawValue)) << 32 | UInt64(slot)
    }
  }

  /// A conversation that an agent replied to on a day.
  private struct Handled: KeyedRecord {
    var work: UInt32
    var pair: PairID
    /// 1 + the place of the one counted before; 0 for none.
    var previous: UInt32

    var key: UInt64 { Self.key(work, pair) }
    static func key(_ work: UInt32, _ pair: PairID) -> UInt64 { UInt64(work) << 32 | UInt64(pair.rawValue) }
  }

  /// Rising.
  private var days = ChunkedArray<Day>()
  private var samples = ListPool<DeskSample>()
  private var work = KeyedList<Work>()
  private var handled = KeyedList<Handled>()

  init() {}

  mutating func visitLists(_ visitor: inout some ListVisitor) {
    visitor.visit(&days)
    samples.visitLists(&visitor)
    work.visitLists(&visitor)
    handled.visitLists(&visitor)
  }

  // MARK: Changing

  mutating func append(_ sample: DeskSample, on day: CalendarDay) {
    let index = resolve(day)
    samples.append(sample, to: &days[index].samples)
    if sample.kind == .resolution { days[index].resolvedCount += 1 }
  }

  mutating func countSent(_ count: UInt32 = 1, slot: Int, on day: CalendarDay) {
    let place = resolve(slot: slot, on: day)
    work[place].sent += count
  }

  /// Counts a conversation once for an agent and a day.
  mutating func countHandled(_ pair: PairID, slot: Int, on day: CalendarDay) {
    let place = resolve(slot: slot, on: day)
    guard handled.place(of: Handled.key(UInt32(place), pair)) == nil else { return }
    let new = handled.add(Handled(work: UInt32(place), pair: pair, previous: work[place].lastHandled))
    work[place].lastHandled = UInt32(new + 1)
    work[place].handledCount += 1
  }

  private mutating func resolve(slot: Int, on day: CalendarDay) -> Int {
    if let known = work.find(Work.key(day, UInt32(slot))) { return known }
    let index = resolve(day)
    let new = work.add(Work(day: day, slot: UInt32(slot), previous: days[index].lastWork))
    days[index].lastWork = UInt32(new + 1)
    return new
  }

  /// The day's place, made where nothing was done on it yet.
  private mutating func resolve(_ day: CalendarDay) -> Int {
    let index = firstIndex(notBefore: day)
    if index < count, days[index].day == day { return index }
    days.append(Day(day: day))
    // Most days are newer than all before.
    for place in (index..<count).dropFirst().reversed() { days[place] = days[place - 1] }
    days[index] = Day(day: day)
    return index
  }

  // MARK: Looking up

  /// - Complexity: O(log *n*) in the days; O(1) for the last.
  func firstIndex(notBefore day: CalendarDay) -> Int {
    guard let last = days.last, last.day >= day else { return count }
    return last.day == day ? count - 1 : days.indices.partitionPoint { days[$0].day >= day }
  }

  func index(of day: CalendarDay) -> Int? {
    let index = firstIndex(notBefore: day)
    return index < count && days[index].day == day ? index : nil
  }

  func day(at index: Int) -> CalendarDay { days[index].day }

  /// The day's samples, in the order folded.
  func samples(at index: Int) -> [DeskSample] { samples.array(days[index].samples) }

  /// Counted no further than `limit`.
  func sampleCount(at index: Int, upTo limit: Int) -> Int { samples.count(days[index].samples, upTo: limit) }

  func resolvedCount(at index: Int) -> Int { Int(days[index].resolvedCount) }

  /// How many messages an agent sent on a day, and to how many conversations a human replied.
  func counts(slot: Int, on day: CalendarDay) -> (sent: Int, handled: Int) {
    guard let place = work.place(of: Work.key(day, UInt32(slot))) else { return (0, 0) }
    return (Int(work[place].sent), Int(work[place].handledCount))
  }
}

extension DeskDays {
  var count: Int { days.count }
  var indices: Range<Int> { 0..<count }

  /// One day's lists while it is written, whose storage the next day uses again.
  private struct Lists {
    /// Rising by slot.
    var agents: [Work] = []
    var pairs: [PairID] = []
    var samples: [DeskSample] = []
  }

  func encode(into encoder: inout StateEncoder) {
    var lists = Lists()
    encoder.write(count)
    for index in indices { encode(index, &lists, into: &encoder) }
  }

  private func encode(_ index: Int, _ lists: inout Lists, into encoder: inout StateEncoder) {
    readWork(of: index, into: &lists.agents)
    samples.read(days[index].samples, into: &lists.samples)
    encoder.write(days[index].day)
    encodeSent(lists.agents, into: &encoder)
    encodeHandled(&lists, into: &encoder)
    var time: Int64 = 0
    encoder.write(lists.samples.count)
    for sample in lists.samples { sample.encode(into: &encoder, after: &time) }
  }

  private func readWork(of index: Int, into agents: inout [Work]) {
    agents.removeAll(keepingCapacity: true)
    var next = days[index].lastWork
    while next != 0 {
      agents.append(work[Int(next) - 1])
      next = work[Int(next) - 1].previous
    }
    agents.sort { $0.slot < $1.slot }
  }

  /// Messages by slot, up to the last that has some.
  private func encodeSent(_ agents: [Work], into encoder: inout StateEncoder) {
    var slot: UInt32 = 0
    encoder.write(agents.last { $0.sent > 0 }.map { Int($0.slot) + 1 } ?? 0)
    for agent in agents where agent.sent > 0 {
      while slot < agent.slot {
        encoder.write(UInt32(0))
        slot += 1
      }
      encoder.write(agent.sent)
      slot += 1
    }
  }

  /// Slot and conversation of each reply that counts, rising.
  private func encodeHandled(_ lists: inout Lists, into encoder: inout StateEncoder) {
    encoder.write(lists.agents.reduce(0) { $0 + Int($1.handledCount) })
    var last: UInt64 = 0
    for agent in lists.agents {
      readPairs(of: agent, into: &lists.pairs)
      for pair in lists.pairs {
        let key = UInt64(agent.slot) << 32 | UInt64(pair.rawValue)
        encoder.write(key - last)
        last = key
      }
    }
  }

  private func readPairs(of agent: Work, into pairs: inout [PairID]) {
    pairs.removeAll(keepingCapacity: true)
    var next = agent.lastHandled
    while next != 0 {
      pairs.append(handled[Int(next) - 1].pair)
      next = handled[Int(next) - 1].previous
    }
    pairs.sort()
  }

  /// Reads what ``encode(into:)`` wrote over the same names, pairs, agents and labels.
  init(
    from decoder: inout StateDecoder, agentCount: Int, names: borrowing Names, pairs: borrowing Pairs,
    labelSets: LabelSets
  ) throws(StateDecodingError) {
    let dayCount = try decoder.readCount()
    days.reserve(dayCount)
    for _ in 0..<dayCount {
      let day = try decoder.readDay()
      guard days.last.map({ $0.day < day }) ?? true else { throw decoder.failure("days out of order") }
      days.append(Day(day: day))
      try readSent(on: day, from: &decoder, agentCount: agentCount)
      try readHandled(on: day, from: &decoder, agentCount: agentCount, pairs)
      var time: Int64 = 0
      for _ in 0..<(try decoder.readCount()) {
        append(try DeskSample(from: &decoder, after: &time, names, pairs, labelSets), on: day)
      }
    }
  }

  private mutating func readSent(
    on day: CalendarDay, from decoder: inout StateDecoder, agentCount: Int
  ) throws(StateDecodingError) {
    let slotCount = try decoder.readCount()
    guard slotCount <= agentCount else { throw decoder.failure("messages of more agents than there are") }
    for slot in 0..<slotCount {
      let sent = try decoder.readUInt32()
      if sent > 0 { countSent(sent, slot: slot, on: day) }
    }
  }

  private mutating func readHandled(
    on day: CalendarDay, from decoder: inout StateDecoder, agentCount: Int, _ pairs: borrowing Pairs
  ) throws(StateDecodingError) {
    var key: UInt64 = 0
    for _ in 0..<(try decoder.readCount()) {
      key &+= try decoder.readUInt64()
      let pair = PairID(rawValue: UInt32(truncatingIfNeeded: key))
      guard key >> 32 < UInt64(agentCount) else { throw decoder.failure("a reply of an agent who is not there") }
      guard pair.index < pairs.count else { throw decoder.failure("a conversation that is not there") }
      countHandled(pair, slot: Int(key >> 32), on: day)
    }
  }
}
