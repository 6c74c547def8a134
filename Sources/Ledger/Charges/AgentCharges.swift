/// What each agent's messages cost by the day of the charge.
struct AgentCharges: Sendable {
  private struct Entry: KeyedRecord {
    let key: UInt64
    private var low: UInt64
    private var high: Int64

    init(key: UInt64, total: MicrosTotal) {
      self.key = key
      (low, high) = (0, 0)
      self.total = total
    }

    var total: MicrosTotal {
      get { MicrosTotal(rawValue: Int128(high) << 64 | Int128(low)) }
      set {
        low = UInt64(truncatingIfNeeded: newValue.rawValue)
        high = Int64(truncatingIfNeeded: newValue.rawValue >> 64)
      }
    }
  }

  private var entries = KeyedList<Entry>()

  init() {}

  mutating func visitLists(_ visitor: inout some ListVisitor) {
    entries.visitLists(&visitor)
  }

  /// Rises with the day, then with the agent.
  private static func key(_ agent: NameID, _ day: CalendarDay) -> UInt64 {
    UInt64(UInt32(bitPattern: day.rawValue)) << 32 | UInt64(agent.rawValue)
  }

  func total(of agent: NameID, on day: CalendarDay) -> MicrosTotal {
    entries.place(of: Self.key(agent, day)).map { entries[$0].total } ?? .zero
  }

  mutating func add(_ amount: Micros, of agent: NameID, on day: CalendarDay) {
    let key = Self.key(agent, day)
    if let place = entries.find(key) {
      entries[place].total += amount
    } else {
      _ = entries.add(Entry(key: key, total: MicrosTotal(amount)))
    }
  }

  /// Rising by key, without what came to nothing.
  func encode(into encoder: inout StateEncoder) {
    let shown = (0..<entries.count).map { entries[$0] }.filter { !$0.total.isZero }.sorted { $0.key < $1.key }
    encoder.write(shown) { encoder, entry in
      encoder.write(entry.key)
      encoder.write(entry.total)
    }
  }

  init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    for _ in 0..<(try decoder.readCount()) {
      let key = try decoder.readUInt64()
      guard entries.place(of: key) == nil else { throw decoder.failure("the charges of an agent's day twice") }
      _ = entries.add(Entry(key: key, total: try decoder.readTotal()))
    }
  }
}
