import JSONTape

/// The free service messages that a business number has used in a month (RULES.md 14).
struct Allowances: Sendable {
  static let limit: UInt32 = 1_000

  /// By month and number.
  private var used = IntMap<UInt32>()

  init() {}

  private static func key(_ number: NameID, _ month: CalendarMonth) -> UInt64 {
    UInt64(UInt32(bitPattern: month.rawValue)) << 32 | UInt64(number.rawValue)
  }

  func used(_ number: NameID, _ month: CalendarMonth) -> UInt32 { used[Self.key(number, month)] ?? 0 }
  mutating func take(_ number: NameID, _ month: CalendarMonth) { used[Self.key(number, month), default: 0] += 1 }
  mutating func giveBack(_ number: NameID, _ month: CalendarMonth) {
    let key = Self.key(number, month)
    let count = used[key] ?? 0
    precondition(count > 0, "more free messages given back than used in \(month)")
    used[key] = count == 1 ? nil : count - 1
  }

  func encode(into encoder: inout StateEncoder) {
    encoder.write(used.sorted) { encoder, entry in
      encoder.write(entry.key)
      encoder.write(entry.value)
    }
  }

  init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    for _ in 0..<(try decoder.readCount()) {
      let key = try decoder.readUInt64()
      let count = try decoder.readUInt32()
      guard key != .max, count > 0 else { throw decoder.failure("an allowance of nothing") }
      used[key] = count
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

    var mixed: UInt64 {
      Mixing.mix(UInt64(market.rawValue) << 32 | UInt64(category.rawValue), UInt64(UInt32(bitPattern: month)))
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

  /// In no order that is ever shown.
  private var entries: [Entry] = []
  private var index = HashIndex()
  /// The entry that was asked for last: charges of one market and category often follow each other.
  private var last = 0

  private struct Entry: Sendable {
    var key: Key
    var count: UInt64 = 0
    var reports: [Report] = []
  }

  init() {}

  static func isTiered(_ category: NameID) -> Bool {
    category == Category.utility || category == Category.authentication
      || category == Category.authenticationInternational
  }

  /// Whatever has a count or a report.
  var keys: [Key] { entries.lazy.filter { $0.count > 0 || !$0.reports.isEmpty }.map(\.key) }

  private func place(_ key: Key) -> Int? {
    if last < entries.count, entries[last].key == key { return last }
    return index.find(key.mixed) { entries[Int($0)].key == key }.map { Int($0) }
  }

  private mutating func resolve(_ key: Key) -> Int {
    last = place(key) ?? entries.count
    if last == entries.count { add(Entry(key: key)) }
    return last
  }

  private mutating func add(_ entry: Entry) {
    let hash = entry.key.mixed
    if index.isFull(for: hash) { index.makeRoom(for: hash) { [entries] in entries[Int($0)].key.mixed } }
    index.insert(UInt32(entries.count), hash: hash)
    entries.append(entry)
  }

  func count(of key: Key) -> UInt64 { place(key).map { entries[$0].count } ?? 0 }
  func reports(of key: Key) -> [Report] { place(key).map { entries[$0].reports } ?? [] }

  /// The place of a charge made at `moment`, counted or not yet.
  func ordinal(_ key: Key, at moment: Timestamp) -> UInt64 {
    guard let place = place(key) else { return 1 }
    var ordinal = entries[place].count + 1
    for report in entries[place].reports where report.at <= moment { ordinal = max(ordinal, report.lower) }
    return ordinal
  }

  mutating func count(_ key: Key) { entries[resolve(key)].count += 1 }
  mutating func discount(_ key: Key) {
    let place = resolve(key)
    precondition(entries[place].count > 0, "more charges taken back than counted")
    entries[place].count -= 1
  }

  /// Of several reports for one bound the smallest `at` counts.
  mutating func report(_ report: Report, _ key: Key) {
    let place = resolve(key)
    if let same = entries[place].reports.firstIndex(where: { $0.lower == report.lower }) {
      if report.at < entries[place].reports[same].at { entries[place].reports[same] = report }
    } else {
      entries[place].reports.append(report)
      entries[place].reports.sort { $0.lower < $1.lower }
    }
  }

  func encode(into encoder: inout StateEncoder) {
    let shown = entries.filter { $0.count > 0 || !$0.reports.isEmpty }.sorted { $0.key < $1.key }
    encoder.write(shown) { encoder, entry in
      encoder.write(entry.key.market)
      encoder.write(entry.key.category)
      encoder.write(entry.key.month)
      encoder.write(entry.count)
      encoder.write(entry.reports) { encoder, report in
        encoder.write(report.lower)
        encoder.write(report.upper)
        encoder.write(report.at)
      }
    }
  }

  init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    for _ in 0..<(try decoder.readCount()) {
      let key = Key(
        market: try decoder.readName(), category: try decoder.readName(),
        month: CalendarMonth(rawValue: try decoder.readInt32()))
      add(
        Entry(
          key: key, count: try decoder.readUInt64(),
          reports: try decoder.readList { (decoder) throws(StateDecodingError) in
            Report(lower: try decoder.readUInt64(), upper: try decoder.readUInt64(), at: try decoder.readTimestamp())
          }))
    }
    guard zip(entries, entries.dropFirst()).allSatisfy({ $0.key < $1.key }) else {
      throw decoder.failure("counts out of order")
    }
  }
}

/// What is set aside for messages not yet delivered, by the day of the announcement in UTC, so that the holds that time has
/// released (RULES.md 2) are left out without looking at each message.
struct Holds: Sendable {
  /// 16 bytes: a sum of so many amounts as can be counted here fits into 96 bits.
  private struct Sum: Sendable, BitwiseCopyable {
    private var low: UInt64 = 0
    private var high: Int32 = 0
    private(set) var count: UInt32 = 0

    private(set) var total: MicrosTotal {
      get { MicrosTotal(rawValue: Int128(high) << 64 | Int128(low)) }
      set {
        low = UInt64(truncatingIfNeeded: newValue.rawValue)
        high = Int32(truncatingIfNeeded: newValue.rawValue >> 64)
      }
    }

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

  private struct Day: Sendable {
    var day: Int64
    var sum = Sum()
    /// By the microsecond of the announcement.
    var moments = WideMap<Sum>()
  }

  /// Rising.
  private var days: [Day] = []

  init() {}

  private static func day(_ moment: Timestamp) -> Int64 { moment.rawValue.flooredDivision(by: 86_400_000_000) }

  /// The first day that is not before this one.
  private func place(_ day: Int64) -> Int {
    if let last = days.last, last.day <= day { return last.day == day ? days.count - 1 : days.count }
    return days.indices.partitionPoint { days[$0].day >= day }
  }

  mutating func add(_ amount: Micros, announcedAt: Timestamp) {
    let place = resolve(Self.day(announcedAt))
    days[place].sum.add(amount)
    days[place].moments.update(UInt64(bitPattern: announcedAt.rawValue), default: Sum()) { $0.add(amount) }
  }

  private mutating func resolve(_ day: Int64) -> Int {
    let place = place(day)
    if place < days.count, days[place].day == day { return place }
    if place == days.count, let last = days.last, last.sum.count == 0 {
      days[place - 1].day = day
      return place - 1
    }
    days.insert(Day(day: day), at: place)
    return place
  }

  /// The last day stays when its last hold goes: another will come, and finds the memory that this one had.
  mutating func remove(_ amount: Micros, announcedAt: Timestamp) {
    let place = place(Self.day(announcedAt))
    precondition(place < days.count, "a hold released that was never made")
    days[place].sum.remove(amount)
    guard days[place].sum.count > 0 || place == days.count - 1 else {
      days.remove(at: place)
      return
    }
    let key = UInt64(bitPattern: announcedAt.rawValue)
    days[place].moments.update(key, default: Sum()) { $0.remove(amount) }
    if days[place].moments[key]?.count == 0 { days[place].moments.remove(key) }
  }

  /// The holds announced after `limit`: those at or before it are released by time.
  /// - Complexity: O(days with a hold + moments of one day).
  func total(announcedAfter limit: Timestamp) -> MicrosTotal {
    var total = MicrosTotal.zero
    let border = Self.day(limit)
    for day in days[place(border)...] {
      if day.day > border {
        total += day.sum.total
      } else {
        day.moments.forEach { moment, sum in
          if Int64(bitPattern: moment) > limit.rawValue { total += sum.total }
        }
      }
    }
    return total
  }

  /// Rebuilt from the messages: not serialised.
  init(from messages: Messages) {
    for record in messages.records {
      let hold = messages.ratings[record.rating].hold
      if !hold.isZero, let announcedAt = record.announcedAt { add(hold, announcedAt: announcedAt) }
    }
  }
}
