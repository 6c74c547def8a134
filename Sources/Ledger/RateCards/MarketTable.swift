import JSONTape

/// Which market a phone number belongs to: the longest prefix whose days hold (facts, section 12).
struct MarketTable: Sendable {
  struct Row: Sendable {
    var prefix: UInt64
    var digitCount: UInt8
    var country: NameID
    var market: NameID
    /// Half-open; `Int32.min` and `Int32.max` are open ends.
    var from: Int32
    var to: Int32
  }

  struct Match: Hashable, Sendable {
    var market: NameID
    /// Empty when no prefix matched: the market is then `Other`.
    var prefix: UInt64
    var digitCount: UInt8
  }

  /// Sorted by count of digits and prefix.
  private(set) var rows: [Row] = []
  private(set) var isPublished = false
  private var longest: UInt8 = 0
  /// 1 + the first row of each prefix of up to four digits, 0 for none: those of one digit first, then those of two.
  private var shortPrefixes: [UInt32] = []
  /// The first row of each longer prefix.
  private var longPrefixes = IntMap<UInt32>()

  init() {}

  mutating func replace(with published: MarketsPublished, names: inout Names) {
    isPublished = true
    rows = published.rows.map { row in
      Row(
        prefix: row.prefix, digitCount: UInt8(row.digitCount), country: names.intern(row.country),
        market: names.intern(row.market), from: row.from?.rawValue ?? .min, to: row.to?.rawValue ?? .max)
    }
    rows.sort { ($0.digitCount, $0.prefix, $0.from) < ($1.digitCount, $1.prefix, $1.from) }
    noteFirstRows()
  }

  private mutating func noteFirstRows() {
    longest = rows.last?.digitCount ?? 0
    shortPrefixes = [UInt32](repeating: 0, count: 11_110)
    longPrefixes = IntMap()
    for (index, row) in rows.enumerated().reversed() {
      if let place = Self.place(row.prefix, row.digitCount) {
        shortPrefixes[place] = UInt32(index + 1)
      } else {
        longPrefixes[Self.key(row.prefix, row.digitCount)] = UInt32(index)
      }
    }
  }

  /// Where a prefix stands in `shortPrefixes`; nil for a longer one.
  @inline(__always)
  private static func place(_ prefix: UInt64, _ digitCount: UInt8) -> Int? {
    switch digitCount {
    case 1 where prefix < 10: Int(prefix)
    case 2 where prefix < 100: 10 + Int(prefix)
    case 3 where prefix < 1_000: 110 + Int(prefix)
    case 4 where prefix < 10_000: 1_110 + Int(prefix)
    default: nil
    }
  }

  @inline(__always)
  private func firstRow(_ prefix: UInt64, _ digitCount: UInt8) -> Int? {
    guard let place = Self.place(prefix, digitCount) else {
      return longPrefixes[Self.key(prefix, digitCount)].map { Int($0) }
    }
    return shortPrefixes[place] == 0 ? nil : Int(shortPrefixes[place]) - 1
  }

  private static func key(_ prefix: UInt64, _ digitCount: UInt8) -> UInt64 { prefix << 8 | UInt64(digitCount) }

  /// - Returns: nil while no table is published (RULES.md 16).
  /// - Complexity: O(longest prefix).
  func match(_ phone: Phone, on day: CalendarDay) -> Match? {
    guard isPublished else { return nil }
    var digitCount = min(longest, UInt8(phone.digitCount))
    var prefix = phone.prefix(Int(digitCount))
    while digitCount > 0 {
      if let first = firstRow(prefix, digitCount), let row = row(from: first, prefix, digitCount, on: day) {
        return Match(market: rows[row].market, prefix: prefix, digitCount: digitCount)
      }
      digitCount -= 1
      prefix /= 10
    }
    return Match(market: Reference.otherMarket, prefix: 0, digitCount: 0)
  }

  private func row(from first: Int, _ prefix: UInt64, _ digitCount: UInt8, on day: CalendarDay) -> Int? {
    var index = first
    while index < rows.count, rows[index].digitCount == digitCount, rows[index].prefix == prefix {
      if rows[index].from <= day.rawValue, day.rawValue < rows[index].to { return index }
      index += 1
    }
    return nil
  }

  func encode(into encoder: inout StateEncoder) {
    encoder.write(isPublished)
    encoder.write(rows) { encoder, row in
      encoder.write(row.prefix)
      encoder.write(row.digitCount)
      encoder.write(row.country)
      encoder.write(row.market)
      encoder.write(row.from)
      encoder.write(row.to)
    }
  }

  init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    isPublished = try decoder.readBool()
    rows = try decoder.readList { (decoder) throws(StateDecodingError) in
      Row(
        prefix: try decoder.readUInt64(), digitCount: try decoder.readUInt8(), country: try decoder.readName(),
        market: try decoder.readName(), from: try decoder.readInt32(), to: try decoder.readInt32())
    }
    noteFirstRows()
  }
}
