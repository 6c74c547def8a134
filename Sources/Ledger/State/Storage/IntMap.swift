/// A small map by numbers. Open addressing; its order is never shown: sort before you write.
struct IntMap<Value: BitwiseCopyable & Sendable>: Sendable {
  private struct Slot: Sendable {
    /// `UInt64.max` for none.
    var key: UInt64
    var value: Value
  }

  private var slots: [Slot] = []
  private(set) var count = 0

  init() {}

  private static var free: UInt64 { .max }

  @inline(__always)
  private func slot(of key: UInt64) -> Int {
    let mask = slots.count &- 1
    var slot = Int(truncatingIfNeeded: Mixing.mix(key)) & mask
    while slots[slot].key != key, slots[slot].key != Self.free { slot = (slot &+ 1) & mask }
    return slot
  }

  subscript(key: UInt64) -> Value? {
    @inline(__always)
    get {
      guard count > 0 else { return nil }
      let slot = slot(of: key)
      return slots[slot].key == key ? slots[slot].value : nil
    }
    set {
      guard let newValue else { return remove(key) }
      self[key, default: newValue] = newValue
    }
  }

  /// - Precondition: `key` is not `UInt64.max`.
  subscript(key: UInt64, default value: Value) -> Value {
    @inline(__always)
    get { self[key] ?? value }
    @inline(__always)
    _modify {
      let slot = place(key, value)
      yield &slots[slot].value
    }
  }

  /// The slot of a key, added where it is not there.
  @inline(__always)
  private mutating func place(_ key: UInt64, _ value: Value) -> Int {
    if slots.isEmpty { grow(value) }
    var place = slot(of: key)
    guard slots[place].key != key else { return place }
    precondition(key != Self.free, "a key that stands for none")
    if (count + 1) * 4 > slots.count * 3 {
      grow(value)
      place = slot(of: key)
    }
    slots[place] = Slot(key: key, value: value)
    count += 1
    return place
  }

  @inline(never)
  private mutating func grow(_ value: Value) {
    let old = slots
    slots = [Slot](repeating: Slot(key: Self.free, value: value), count: max(8, old.count * 2))
    for entry in old where entry.key != Self.free { slots[slot(of: entry.key)] = entry }
  }

  /// Entries behind it move up, so that no search stops early.
  mutating func remove(_ key: UInt64) {
    guard count > 0 else { return }
    var hole = slot(of: key)
    guard slots[hole].key == key else { return }
    count -= 1
    let mask = slots.count - 1
    var next = (hole + 1) & mask
    while slots[next].key != Self.free {
      let home = Int(truncatingIfNeeded: Mixing.mix(slots[next].key)) & mask
      if (next &- home) & mask >= (next &- hole) & mask {
        slots[hole] = slots[next]
        hole = next
      }
      next = (next + 1) & mask
    }
    slots[hole].key = Self.free
  }

  func forEach(_ body: (UInt64, Value) -> Void) {
    for slot in slots where slot.key != Self.free { body(slot.key, slot.value) }
  }

  /// Rising by key.
  var sorted: [(key: UInt64, value: Value)] {
    slots.filter { $0.key != Self.free }.map { ($0.key, $0.value) }.sorted { $0.key < $1.key }
  }
}
