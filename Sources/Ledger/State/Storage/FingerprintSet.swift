/// Fingerprints that were met. It only grows, and finds one with one look at memory: open addressing, by the low half.
struct FingerprintSet: Sendable {
  private static let free = Fingerprint128(high: 0, low: 0)

  private var slots = [Fingerprint128](repeating: free, count: 16)
  private var count = 0

  init() {}

  /// Of the fingerprint that stands for a free slot it says that it is not there.
  @inline(__always)
  func contains(_ fingerprint: Fingerprint128) -> Bool {
    var slot = home(of: fingerprint)
    while slots[slot] != Self.free {
      if slots[slot] == fingerprint { return true }
      slot = (slot &+ 1) & (slots.count &- 1)
    }
    return false
  }

  /// Asks for what ``contains(_:)`` will read.
  @inline(__always)
  func fetch(_ fingerprint: Fingerprint128) {
    let slot = home(of: fingerprint)
    unsafe slots.withUnsafeBufferPointer { unsafe Cache.fetch($0.baseAddress! + slot) }
  }

  mutating func insert(_ fingerprint: Fingerprint128) {
    guard fingerprint != Self.free, !contains(fingerprint) else { return }
    if (count + 1) * 2 > slots.count { grow() }
    put(fingerprint)
    count += 1
  }

  @inline(__always)
  private func home(of fingerprint: Fingerprint128) -> Int {
    Int(truncatingIfNeeded: fingerprint.low) & (slots.count &- 1)
  }

  private mutating func put(_ fingerprint: Fingerprint128) {
    var slot = home(of: fingerprint)
    while slots[slot] != Self.free { slot = (slot &+ 1) & (slots.count &- 1) }
    slots[slot] = fingerprint
  }

  private mutating func grow() {
    let old = slots
    slots = [Fingerprint128](repeating: Self.free, count: old.count * 2)
    for fingerprint in old where fingerprint != Self.free { put(fingerprint) }
  }
}
