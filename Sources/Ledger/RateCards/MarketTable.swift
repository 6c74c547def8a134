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

  init() {}

  mutating func replace(with published: MarketsPublished, names: inout Names) {
    isPublished = true
    rows = published.rows.map { row in
      Row(
        prefix: row.prefix, digitCount: UInt8(row.digitCount), country: names.intern(row.country),
        market: names.intern(row.market), from: row.from?.rawValue ?? .min, to: row.to?.rawValue ?? .max)
    }
    rows.sort { ($0.digitCount, $0.prefix, $0.from) < ($1.digitCount, $1.prefix, $1.from) }
    longest = rows.last?.digitCount ?? 0
  }

  /// - Returns: nil while no table is published (RULES.md 16).
  /// - Complexity: O(longest prefix × log *n*).
  func match(_ phone: Phone, on day: CalendarDay) -> Match? {
    guard isPublished else { return nil }
    var digitCount = min(Int(longest), phone.digitCount)
    while digitCount > 0 {
      let prefix = phone.prefix(digitCount)
      var index = firstIndex(UInt8(digitCount), prefix)
      while index < rows.count, rows[index].digitCount == UInt8(digitCount), rows[index].prefix == prefix {
        if rows[index].from <= day.rawValue, day.rawValue < rows[index].to {
          return Match(market: rows[index].market, prefix: prefix, digitCount: UInt8(digitCount))
        }
        index += 1
      }
      digitCount -= 1
    }
    return Match(market: Reference.otherMarket, prefix: 0, digitCount: 0)
  }

  private func firstIndex(_ digitCount: UInt8, _ prefix: UInt64) -> Int {
    var low = 0
    var high = rows.count
    while low < high {
      let middle = (low + high) / 2
      if (rows[middle].digitCount, rows[middle].prefix) < (digitCount, prefix) { low = middle + 1 } else { high = middle }
    }
    return low
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
    longest = rows.last?.digitCount ?? 0
  }
}
