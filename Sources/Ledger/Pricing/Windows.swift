/// The customer service windows and free entry points of each pair of number and contact.
struct Windows: Sendable {
  struct EntryPoint: Hashable, Sendable, BitwiseCopyable {
    var stretch: Stretch
    /// The message that opened it, by index; `UInt32.max` when none is known.
    var opener: UInt32
    /// Meta said so; otherwise it was derived from a referral (RULES.md 12).
    var isMetas: Bool
  }

  /// One pair's; lists are kept in the pools below.
  struct Entry: BitwiseCopyable {
    /// The latest customer service window; one that ends before all time stands for none.
    var service = Stretch(opensAt: Timestamp(rawValue: .min), closesAt: Timestamp(rawValue: .min))
    /// The windows before it: merged, apart and rising.
    var earlier: UInt32 = 0
    /// Referrals that no business message has answered yet, rising.
    var referrals: UInt32 = 0
    var entryPoints: UInt32 = 0
    /// The business messages that may answer a referral: 1 + the last one of the chain through their records, 0 for none;
    var lastAnswer: UInt32 = 0
    /// and those that were never announced, or came from another pair, in the order first folded.
    var answers: UInt32 = 0
    /// When the last of its free entry points ends, and when the last of the business messages was: nearly every look comes
    /// later, and need not read the lists.
    var entryPointsEnd = UpperBound()
    var answersEnd = UpperBound()

    var hasService: Bool { service.closesAt.rawValue != .min }
  }

  struct BusinessMessage: Hashable, Sendable, BitwiseCopyable {
    var time: Timestamp
    var message: UInt32
    /// Meta has said whether it opened a free entry point.
    var isSaid: Bool
  }

  /// By ``PairID``.
  var entries = ChunkedArray<Entry>()
  var stretches = ListPool<Stretch>()
  var moments = ListPool<Timestamp>()
  var points = ListPool<EntryPoint>()
  var listed = ListPool<BusinessMessage>()

  init() {}

  mutating func visitLists(_ visitor: inout some ListVisitor) {
    visitor.visit(&entries)
    stretches.visitLists(&visitor)
    moments.visitLists(&visitor)
    points.visitLists(&visitor)
    listed.visitLists(&visitor)
  }

  @inline(__always)
  private mutating func entry(_ pair: PairID) {
    if entries.count <= pair.index { entries.extend(to: pair.index + 1, with: Entry()) }
  }

  @inline(__always)
  mutating func fetchLists() { entries.fetchStart() }

  @inline(__always)
  mutating func fetch(_ pair: PairID) { entries.fetch(pair.index) }

  // MARK: Customer service window

  /// An inbound message opens [t, t + 24 h) (RULES.md 11).
  mutating func inbound(_ pair: PairID, at moment: Timestamp) {
    entry(pair)
    let opened = Stretch(opensAt: moment, closesAt: moment.advanced(hours: 24))
    let latest = entries[pair.index].service
    if opened.opensAt >= latest.opensAt, opened.opensAt <= latest.closesAt {
      entries[pair.index].service.closesAt = max(latest.closesAt, opened.closesAt)
    } else if opened.opensAt > latest.closesAt {
      if entries[pair.index].hasService { stretches.append(latest, to: &entries[pair.index].earlier) }
      entries[pair.index].service = opened
    } else {
      insert(pair, opened)
    }
  }

  /// One that opened before the latest.
  private mutating func insert(_ pair: PairID, _ opened: Stretch) {
    var all = serviceWindows(entries[pair.index])
    all.merge(opened)
    entries[pair.index].service = all.removeLast()
    stretches.replace(&entries[pair.index].earlier, with: all)
  }

  func serviceWindows(_ entry: Entry) -> [Stretch] {
    entry.hasService ? stretches.array(entry.earlier) + [entry.service] : []
  }

  func serviceWindow(_ pair: PairID, at moment: Timestamp) -> Stretch? {
    guard pair.index < entries.count else { return nil }
    let entry = entries[pair.index]
    if entry.service.contains(moment) { return entry.service }
    guard moment < entry.service.opensAt else { return nil }
    return stretches.last(entry.earlier) { $0.contains(moment) }
  }

  /// The end of the latest customer service window.
  func serviceEnd(_ pair: PairID) -> Timestamp? {
    guard pair.index < entries.count, entries[pair.index].hasService else { return nil }
    return entries[pair.index].service.closesAt
  }

  // MARK: Free entry point

  /// A referral. Where its answer was folded before it, the answer counts all the same: what is known counts, not the order
  /// in which it came.
  /// - Parameter hours: how long an entry point lasts that opens at an instant.
  mutating func referral(
    _ pair: PairID, at moment: Timestamp, in messages: inout Messages, hours: (Timestamp) -> Int64
  ) {
    entry(pair)
    if let answer = firstAnswer(pair, to: moment, in: messages) {
      if !answer.isSaid { open(pair, answer, in: &messages, hours: hours(answer.time)) }
      return
    }
    guard let last = moments.last(entries[pair.index].referrals), last > moment else {
      return moments.append(moment, to: &entries[pair.index].referrals)
    }
    var referrals = moments.array(entries[pair.index].referrals)
    referrals.insert(moment, at: referrals.firstIndex { $0 > moment } ?? referrals.count)
    moments.replace(&entries[pair.index].referrals, with: referrals)
  }

  /// The earliest business message within 24 hours of a referral.
  private func firstAnswer(_ pair: PairID, to moment: Timestamp, in messages: Messages) -> BusinessMessage? {
    guard entries[pair.index].answersEnd.mayReach(moment) else { return nil }
    let range = moment...moment.advanced(hours: 24)
    var first = listed.array(entries[pair.index].answers).filter { range.contains($0.time) }
      .min { ($0.time, $0.message) < ($1.time, $1.message) }
    var next = entries[pair.index].lastAnswer
    var left = messages.count
    while next != 0, left > 0 {
      let record = messages[record: next - 1]
      let time = Timestamp(rawValue: record.sentMoment)
      if range.contains(time), first.map({ (time, next - 1) < ($0.time, $0.message) }) ?? true {
        first = BusinessMessage(time: time, message: next - 1, isSaid: record.flags.contains(.chainedSaid))
      }
      next = messages.previousInChain(next - 1)
      left -= 1
    }
    return first
  }

  /// A business message at `moment`: the first one within 24 hours of a referral uses it up.
  private mutating func answerReferral(_ pair: PairID, at moment: Timestamp) -> Bool {
    guard let last = moments.last(entries[pair.index].referrals), moment <= last.advanced(hours: 24) else {
      return false
    }
    let referrals = moments.array(entries[pair.index].referrals)
    let rest = referrals.filter { !($0 <= moment && moment <= $0.advanced(hours: 24)) }
    guard rest.count < referrals.count else { return false }
    moments.replace(&entries[pair.index].referrals, with: rest)
    return true
  }

  /// A business message about whose price Meta said nothing.
  mutating func businessMessage(
    _ pair: PairID, at moment: Timestamp, message: UInt32, in messages: inout Messages, hours: Int64
  ) {
    let answer = BusinessMessage(time: moment, message: message, isSaid: false)
    note(pair, answer, in: &messages)
    if answerReferral(pair, at: moment) { open(pair, answer, in: &messages, hours: hours) }
  }

  private mutating func open(
    _ pair: PairID, _ answer: BusinessMessage, in messages: inout Messages, hours: Int64
  ) {
    let stretch = Stretch(opensAt: answer.time, closesAt: answer.time.advanced(hours: hours))
    add(EntryPoint(stretch: stretch, opener: answer.message, isMetas: false), pair)
    messages[record: answer.message].flags.insert(.opener)
  }

  /// One that is known already only learns what Meta said.
  private mutating func note(_ pair: PairID, _ answer: BusinessMessage, in messages: inout Messages) {
    entry(pair)
    let record = messages[record: answer.message]
    if record.flags.contains(.chained), !record.flags.contains(.moved) {
      if answer.isSaid { messages[record: answer.message].flags.insert(.chainedSaid) }
      return
    }
    if record.flags.isDisjoint(with: [.chained, .listed]), record.announcedAt == answer.time {
      messages.chain(answer.message, to: entries[pair.index].lastAnswer, isSaid: answer.isSaid)
      entries[pair.index].lastAnswer = answer.message + 1
      entries[pair.index].answersEnd.include(answer.time)
      return
    }
    if record.flags.contains(.listed) {
      let isKnown = listed.update(entries[pair.index].answers, where: { $0.message == answer.message }) {
        if answer.isSaid { $0.isSaid = true }
      }
      if isKnown { return }
    }
    messages[record: answer.message].flags.insert(.listed)
    listed.append(answer, to: &entries[pair.index].answers)
    entries[pair.index].answersEnd.include(answer.time)
  }

  /// Meta spoke about a business message: that uses the referral up, and decides whether it opened a free entry point
  /// (RULES.md 40).
  mutating func metaSpoke(
    _ pair: PairID, at moment: Timestamp, message: UInt32, in messages: inout Messages, opens closesAt: Timestamp?
  ) {
    note(pair, BusinessMessage(time: moment, message: message, isSaid: true), in: &messages)
    _ = answerReferral(pair, at: moment)
    if messages[record: message].flags.contains(.opener) {
      points.removeAll(&entries[pair.index].entryPoints) { $0.opener == message }
    }
    guard let closesAt else { return }
    let stretch = Stretch(opensAt: moment, closesAt: closesAt)
    add(EntryPoint(stretch: stretch, opener: message, isMetas: true), pair)
    messages[record: message].flags.insert(.opener)
  }

  private mutating func add(_ point: EntryPoint, _ pair: PairID) {
    points.append(point, to: &entries[pair.index].entryPoints)
    entries[pair.index].entryPointsEnd.include(point.stretch.closesAt)
  }

  /// What Meta once said that `message` opened does not hold any more.
  mutating func withdrawEntryPoint(_ pair: PairID, of message: UInt32) {
    guard pair.index < entries.count, entries[pair.index].entryPoints != 0 else { return }
    points.removeAll(&entries[pair.index].entryPoints) { $0.opener == message && $0.isMetas }
  }

  /// A free entry point that another system tracked.
  mutating func openEntryPoint(_ pair: PairID, _ stretch: Stretch) {
    entry(pair)
    add(EntryPoint(stretch: stretch, opener: .max, isMetas: true), pair)
  }

  func entryPoint(_ pair: PairID, at moment: Timestamp) -> EntryPoint? {
    guard pair.index < entries.count, entries[pair.index].entryPoints != 0,
      entries[pair.index].entryPointsEnd.mayReach(moment)
    else { return nil }
    return points.last(entries[pair.index].entryPoints) { $0.stretch.contains(moment) }
  }
}
