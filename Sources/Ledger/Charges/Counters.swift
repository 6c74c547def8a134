import JSONTape

/// The free service messages that a business number has used in a month (RULES.md 14).
struct Allowances: Sendable {
  static let limit: UInt32 = 1_000

  private struct Key: Hashable, Comparable {
    var number: NameID
    var month: Int32
    static func < (left: Key, right: Key) -> Bool { (left.month, left.number) < (right.month, right.number) }
  }

  private var used: [Key: UInt32] = [:]

  init() {}

  func used(_ number: NameID, _ month: CalendarMonth) -> UInt32 {
    used[Key(number: number, month: month.rawValue)] ?? 0
  }
  mutating func take(_ number: NameID, _ month: CalendarMonth) {
    used[Key(number: number, month: month.rawValue), default: 0] += 1
  }
  mutating func giveBack(_ number: NameID, _ month: CalendarMonth) {
    let key = Key(number: number, month: month.rawValue)
    let count = used[key] ?? 0
    precondition(count > 0, "more free messages given back than used in \(month)")
    used[key] = count == 1 ? nil : count - 1
  }

  func encode(into encoder: inout StateEncoder) {
    encoder.write(used.sorted { $0.key < $1.key }) { encoder, entry in
      encoder.write(entry.key.number)
      encoder.write(entry.key.month)
      encoder.write(entry.value)
    }
  }

  init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    for _ in 0..<(try decoder.readCount()) {
      let key = Key(number: try decoder.readName(), month: try decoder.readInt32())
      used[key] = try decoder.readUInt32()
    }
  }
}

/// The charged messages of each market, category and month, which decide the volume tier (RULES.md 15).
struct TierCounters: Sendable {
  struct Key: Hashable, Comparable, Sendable {
    var market: NameID
    /// One for `authentication` and `authentication_international`.
    var category: NameID
    var month: Int32

    init(market: NameID, category: NameID, month: CalendarMonth) {
      self.market = market
      self.category = category == Category.authenticationInternational ? Category.authentication : category
      self.month = month.rawValue
    }

    static func < (left: Key, right: Key) -> Bool {
      (left.month, left.market, left.category) < (right.month, right.market, right.category)
    }
  }

  struct Report: Hashable, Sendable {
    var lower: UInt64
    var upper: UInt64
    var at: Timestamp
  }

  private(set) var counts: [Key: UInt64] = [:]
  private(set) var reports: [Key: [Report]] = [:]

  init() {}

  static func isTiered(_ category: NameID) -> Bool {
    category == Category.utility || category == Category.authentication
      || category == Category.authenticationInternational
  }

  /// The place of a charge made at `moment`, counted or not yet.
  func ordinal(_ key: Key, at moment: Timestamp) -> UInt64 {
    let reached = reports[key]?.filter { $0.at <= moment }.map(\.lower).max() ?? 0
    return max((counts[key] ?? 0) + 1, reached)
  }

  mutating func count(_ key: Key) { counts[key, default: 0] += 1 }
  mutating func discount(_ key: Key) {
    let count = counts[key] ?? 0
    precondition(count > 0, "more charges taken back than counted")
    counts[key] = count == 1 ? nil : count - 1
  }

  /// Of several reports for one bound the smallest `at` counts.
  mutating func report(_ report: Report, _ key: Key) {
    var known = reports[key] ?? []
    if let same = known.firstIndex(where: { $0.lower == report.lower }) {
      if report.at < known[same].at { known[same] = report }
    } else {
      known.append(report)
      known.sort { $0.lower < $1.lower }
    }
    reports[key] = known
  }

  func encode(into encoder: inout StateEncoder) {
    func write(_ encoder: inout StateEncoder, _ key: Key) {
      encoder.write(key.market)
      encoder.write(key.category)
      encoder.write(key.month)
    }
    encoder.write(counts.sorted { $0.key < $1.key }) { encoder, entry in
      write(&encoder, entry.key)
      encoder.write(entry.value)
    }
    encoder.write(reports.sorted { $0.key < $1.key }) { encoder, entry in
      write(&encoder, entry.key)
      encoder.write(entry.value) { encoder, report in
        encoder.write(report.lower)
        encoder.write(report.upper)
        encoder.write(report.at)
      }
    }
  }

  init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    func key(_ decoder: inout StateDecoder) throws(StateDecodingError) -> Key {
      Key(
        market: try decoder.readName(), category: try decoder.readName(),
        month: CalendarMonth(rawValue: try decoder.readInt32()))
    }
    for _ in 0..<(try decoder.readCount()) { counts[try key(&decoder)] = try decoder.readUInt64() }
    for _ in 0..<(try decoder.readCount()) {
      reports[try key(&decoder)] = try decoder.readList { (decoder) throws(StateDecodingError) in
        Report(lower: try decoder.readUInt64(), upper: try decoder.readUInt64(), at: try decoder.readTimestamp())
      }
    }
  }
}

/// What is set aside for messages not yet delivered, by the hour of the announcement, so that the holds that time has
/// released (RULES.md 2) are left out without looking at each message.
struct Holds: Sendable {
  private struct Sum: Sendable {
    var total = MicrosTotal.zero
    var count = 0

    mutating func add(_ amount: Micros) {
      total += amount
      count += 1
    }
    mutating func remove(_ amount: Micros) {
      precondition(count > 0, "a hold released that was never made")
      total -= amount
      count -= 1
    }
  }

  private struct Hour: Sendable {
    var sum = Sum()
    var moments: [Timestamp: Sum] = [:]
  }

  private var hours: [Int64: Hour] = [:]

  init() {}

  private static func hour(_ moment: Timestamp) -> Int64 { moment.rawValue.flooredDivision(by: 3_600_000_000) }

  mutating func add(_ amount: Micros, announcedAt: Timestamp) {
    let hour = Self.hour(announcedAt)
    hours[hour, default: Hour()].sum.add(amount)
    hours[hour, default: Hour()].moments[announcedAt, default: Sum()].add(amount)
  }

  mutating func remove(_ amount: Micros, announcedAt: Timestamp) {
    let hour = Self.hour(announcedAt)
    hours[hour, default: Hour()].sum.remove(amount)
    hours[hour, default: Hour()].moments[announcedAt, default: Sum()].remove(amount)
    if hours[hour]?.moments[announcedAt]?.count == 0 { hours[hour]?.moments[announcedAt] = nil }
    if hours[hour]?.sum.count == 0 { hours[hour] = nil }
  }

  /// The holds announced after `limit`: those at or before it are released by time.
  /// - Complexity: O(hours with a hold + moments of one hour).
  func total(announcedAfter limit: Timestamp) -> MicrosTotal {
    var total = MicrosTotal.zero
    let border = Self.hour(limit)
    for (key, hour) in hours {
      if key > border { total += hour.sum.total }
      guard key == border else { continue }
      for (announcedAt, sum) in hour.moments where announcedAt > limit { total += sum.total }
    }
    return total
  }

  /// Rebuilt from the messages: not serialised.
  init(from messages: Messages) {
    for message in messages.records where !message.hold.isZero {
      if let announcedAt = message.announcedAt { add(message.hold, announcedAt: announcedAt) }
    }
  }
}
