/// A stretch of time: `opensAt` is inside, `closesAt` is not.
struct Stretch: Hashable, Sendable {
  var opensAt: Timestamp
  var closesAt: Timestamp

  func contains(_ moment: Timestamp) -> Bool { opensAt <= moment && moment < closesAt }
}

/// The customer service windows and free entry points of each pair of number and contact.
struct Windows: Sendable {
  struct EntryPoint: Hashable, Sendable {
    var stretch: Stretch
    /// The message that opened it, by index; `UInt32.max` when none is known.
    var opener: UInt32
    /// Meta said so; otherwise it was derived from a referral (RULES.md 12).
    var isMetas: Bool
  }

  private struct Entry: Sendable {
    /// Merged, apart and rising: when a customer service window is open.
    var service: [Stretch] = []
    /// Referrals that no business message has answered yet, rising.
    var referrals: [Timestamp] = []
    var entryPoints: [EntryPoint] = []
    /// The business messages that may answer a referral, one a message, in the order first folded.
    var answers: [BusinessMessage] = []
  }

  private struct BusinessMessage: Hashable, Sendable {
    var time: Timestamp
    var message: UInt32
    /// Meta has said whether it opened a free entry point.
    var isSaid: Bool
  }

  /// By ``PairID``.
  private var entries: [Entry] = []

  init() {}

  private mutating func entry(_ pair: PairID) {
    while entries.count <= pair.index { entries.append(Entry()) }
  }

  // MARK: Customer service window

  /// An inbound message opens [t, t + 24 h) (RULES.md 11).
  mutating func inbound(_ pair: PairID, at moment: Timestamp) {
    entry(pair)
    entries[pair.index].service.merge(Stretch(opensAt: moment, closesAt: moment.advanced(hours: 24)))
  }

  func serviceWindow(_ pair: PairID, at moment: Timestamp) -> Stretch? {
    guard pair.index < entries.count else { return nil }
    return entries[pair.index].service.last { $0.contains(moment) }
  }

  /// The end of the latest customer service window.
  func serviceEnd(_ pair: PairID) -> Timestamp? {
    pair.index < entries.count ? entries[pair.index].service.last?.closesAt : nil
  }

  // MARK: Free entry point

  /// A referral. Where its answer was folded before it, the answer counts all the same: what is known counts, not the order
  /// in which it came.
  /// - Parameter hours: how long an entry point lasts that opens at an instant.
  mutating func referral(_ pair: PairID, at moment: Timestamp, hours: (Timestamp) -> Int64) {
    entry(pair)
    let answer = entries[pair.index].answers
      .filter { moment <= $0.time && $0.time <= moment.advanced(hours: 24) }
      .min { ($0.time, $0.message) < ($1.time, $1.message) }
    if let answer {
      if !answer.isSaid { open(pair, answer, hours: hours(answer.time)) }
      return
    }
    let place = entries[pair.index].referrals.firstIndex { $0 > moment } ?? entries[pair.index].referrals.count
    entries[pair.index].referrals.insert(moment, at: place)
  }

  /// A business message at `moment`: the first one within 24 hours of a referral uses it up.
  private mutating func answerReferral(_ pair: PairID, at moment: Timestamp) -> Bool {
    entry(pair)
    let before = entries[pair.index].referrals.count
    entries[pair.index].referrals.removeAll { $0 <= moment && moment <= $0.advanced(hours: 24) }
    return entries[pair.index].referrals.count < before
  }

  /// A business message about whose price Meta said nothing.
  mutating func businessMessage(_ pair: PairID, at moment: Timestamp, message: UInt32, hours: Int64) {
    let answer = BusinessMessage(time: moment, message: message, isSaid: false)
    note(pair, answer)
    if answerReferral(pair, at: moment) { open(pair, answer, hours: hours) }
  }

  private mutating func open(_ pair: PairID, _ answer: BusinessMessage, hours: Int64) {
    let stretch = Stretch(opensAt: answer.time, closesAt: answer.time.advanced(hours: hours))
    entries[pair.index].entryPoints.append(EntryPoint(stretch: stretch, opener: answer.message, isMetas: false))
  }

  private mutating func note(_ pair: PairID, _ answer: BusinessMessage) {
    entry(pair)
    if let known = entries[pair.index].answers.lastIndex(where: { $0.message == answer.message }) {
      if answer.isSaid { entries[pair.index].answers[known].isSaid = true }
    } else {
      entries[pair.index].answers.append(answer)
    }
  }

  /// Meta spoke about a business message: that uses the referral up, and decides whether it opened a free entry point
  /// (RULES.md 40).
  mutating func metaSpoke(_ pair: PairID, at moment: Timestamp, message: UInt32, opens closesAt: Timestamp?) {
    note(pair, BusinessMessage(time: moment, message: message, isSaid: true))
    _ = answerReferral(pair, at: moment)
    entries[pair.index].entryPoints.removeAll { $0.opener == message }
    guard let closesAt else { return }
    let stretch = Stretch(opensAt: moment, closesAt: closesAt)
    entries[pair.index].entryPoints.append(EntryPoint(stretch: stretch, opener: message, isMetas: true))
  }

  /// What Meta once said that `message` opened does not hold any more.
  mutating func withdrawEntryPoint(_ pair: PairID, of message: UInt32) {
    guard pair.index < entries.count else { return }
    entries[pair.index].entryPoints.removeAll { $0.opener == message && $0.isMetas }
  }

  /// A free entry point that another system tracked.
  mutating func openEntryPoint(_ pair: PairID, _ stretch: Stretch) {
    entry(pair)
    entries[pair.index].entryPoints.append(EntryPoint(stretch: stretch, opener: .max, isMetas: true))
  }

  func entryPoint(_ pair: PairID, at moment: Timestamp) -> EntryPoint? {
    guard pair.index < entries.count else { return nil }
    return entries[pair.index].entryPoints.last { $0.stretch.contains(moment) }
  }

  // MARK: Serialisation

  func encode(into encoder: inout StateEncoder) {
    encoder.write(entries) { encoder, entry in
      encoder.write(entry.service) { encoder, stretch in
        encoder.write(stretch.opensAt)
        encoder.write(stretch.closesAt)
      }
      encoder.write(entry.referrals) { encoder, moment in encoder.write(moment) }
      encoder.write(entry.entryPoints) { encoder, point in
        encoder.write(point.stretch.opensAt)
        encoder.write(point.stretch.closesAt)
        encoder.write(point.opener)
        encoder.write(point.isMetas)
      }
      encoder.write(entry.answers) { encoder, answer in
        encoder.write(answer.time)
        encoder.write(answer.message)
        encoder.write(answer.isSaid)
      }
    }
  }

  init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    func stretch(_ decoder: inout StateDecoder) throws(StateDecodingError) -> Stretch {
      Stretch(opensAt: try decoder.readTimestamp(), closesAt: try decoder.readTimestamp())
    }
    entries = try decoder.readList { (decoder) throws(StateDecodingError) in
      var entry = Entry()
      entry.service = try decoder.readList { (decoder) throws(StateDecodingError) in try stretch(&decoder) }
      entry.referrals = try decoder.readList { (decoder) throws(StateDecodingError) in try decoder.readTimestamp() }
      entry.entryPoints = try decoder.readList { (decoder) throws(StateDecodingError) in
        EntryPoint(
          stretch: try stretch(&decoder), opener: try decoder.readUInt32(), isMetas: try decoder.readBool())
      }
      entry.answers = try decoder.readList { (decoder) throws(StateDecodingError) in
        BusinessMessage(
          time: try decoder.readTimestamp(), message: try decoder.readUInt32(), isSaid: try decoder.readBool())
      }
      return entry
    }
  }
}

extension [Stretch] {
  /// Adds a stretch, joining those it touches. The list stays rising and apart.
  mutating func merge(_ added: Stretch) {
    guard let last else { return append(added) }
    if added.opensAt > last.closesAt { return append(added) }
    if added.opensAt >= last.opensAt {
      self[count - 1].closesAt = Swift.max(last.closesAt, added.closesAt)
      return
    }
    var joined = added
    var kept: [Stretch] = []
    for stretch in self {
      if stretch.closesAt < joined.opensAt || joined.closesAt < stretch.opensAt {
        kept.append(stretch)
      } else {
        joined.opensAt = Swift.min(joined.opensAt, stretch.opensAt)
        joined.closesAt = Swift.max(joined.closesAt, stretch.closesAt)
      }
    }
    let place = kept.firstIndex { $0.opensAt > joined.opensAt } ?? kept.count
    kept.insert(joined, at: place)
    self = kept
  }
}
