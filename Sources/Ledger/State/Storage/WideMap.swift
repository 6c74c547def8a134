/// A map by numbers that may have millions: as an ``IntMap`` while it is small, then in ever more of them.
///
/// It grows by splitting one part at a time, in turn (linear hashing), so that no addition moves more than some thousand entries;
/// and a copy shares every part that is not written to. Its order is never shown.
struct WideMap<Value: BitwiseCopyable & Sendable>: Sendable {
  private var first = IntMap<Value>()
  /// The parts behind the first, which mostly is the only one.
  private var rest: [IntMap<Value>] = []
  private var storedCount: UInt32 = 0
  /// Parts below it were split already in this round, in which there were `1 << round` at the beginning.
  private var nextSplit: UInt16 = 0
  private var round: UInt8 = 0

  init() {}

  /// Entries of a part, on average, beyond which the next is split.
  private static var partCapacity: Int { 1_536 }
  /// No more are split: with fifty million entries each grows as a whole.
  private static var mostRounds: UInt8 { 15 }

  var count: Int { Int(storedCount) }

  @inline(__always)
  private func part(of key: UInt64) -> Int {
    guard !rest.isEmpty else { return 0 }
    // An IntMap looks at the low bits.
    let hash = Int(truncatingIfNeeded: Mixing.mix(key) >> 32)
    let part = hash & (1 << Int(round) - 1)
    return part < Int(nextSplit) ? hash & (1 << (Int(round) + 1) - 1) : part
  }

  subscript(key: UInt64) -> Value? {
    guard !rest.isEmpty else { return first[key] }
    let part = part(of: key)
    return part == 0 ? first[key] : rest[part - 1][key]
  }

  /// Changes the value of a key, which is `value` where it had none.
  /// - Precondition: `key` is not `UInt64.max`.
  @inline(__always)
  mutating func update(_ key: UInt64, default value: Value, _ body: (inout Value) -> Void) {
    if change(partOf: key, { body(&$0[key, default: value]) }) > 0 { noteAddition() }
  }

  mutating func remove(_ key: UInt64) { storedCount -= UInt32(-change(partOf: key) { $0.remove(key) }) }

  /// - Returns: how many entries the part has gained.
  @inline(__always)
  private mutating func change(partOf key: UInt64, _ body: (inout IntMap<Value>) -> Void) -> Int {
    func change(_ map: inout IntMap<Value>) -> Int {
      let before = map.count
      body(&map)
      return map.count - before
    }
    let part = part(of: key)
    return part == 0 ? change(&first) : change(&rest[part - 1])
  }

  @inline(__always)
  private mutating func noteAddition() {
    storedCount += 1
    if count > (1 + rest.count) * Self.partCapacity, round < Self.mostRounds { splitNext() }
  }

  @inline(never)
  private mutating func splitNext() {
    var old = IntMap<Value>()
    if nextSplit == 0 { swap(&old, &first) } else { swap(&old, &rest[Int(nextSplit) - 1]) }
    rest.append(IntMap())
    nextSplit += 1
    if Int(nextSplit) == 1 << Int(round) { (round, nextSplit) = (round + 1, 0) }
    old.forEach { key, value in _ = change(partOf: key) { $0[key] = value } }
  }

  func forEach(_ body: (UInt64, Value) -> Void) {
    first.forEach(body)
    for part in rest { part.forEach(body) }
  }
}
