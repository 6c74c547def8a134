internal import CCache
import EventLog

/// The identities of events decided in this group, which the log does not know yet.
///
/// A hash table with open addressing that is emptied in one step, since most groups are small and a few are very large; of its
/// slots a group uses as many as it needs, so that a small one finds them in the processor's cache.
/// Fingerprints are evenly spread, so their low bits are the place to look first.
struct FreshIdentities {
  struct Entry {
    var identity: Fingerprint
    var sequence: UInt64
    /// Which request of the group, and which event of it.
    var submission: Int32
    var index: Int32
  }

  private var entries: [Entry] = []
  /// From the highest bit: the generation, 12 bits of the identity, so that an entry is hardly ever looked at for another, and
  /// the place in `entries`. A slot of another generation is free.
  private var slots = [UInt64](repeating: 0, count: leastSlots)
  private var generation: UInt64 = 1
  private let lastGeneration: UInt64
  private var mask = leastSlots - 1

  private static let placeBits: UInt64 = 28
  private static let generationShift: UInt64 = 40
  private static let leastSlots = 256
  /// 16 million groups: an hour of single events, one commit each.
  static let mostGenerations: UInt64 = 1 << (64 - generationShift) - 1

  /// - Parameter lastGeneration: after it all slots are freed, and the first one comes again.
  init(lastGeneration: UInt64 = mostGenerations) { self.lastGeneration = lastGeneration }

  var count: Int { entries.count }

  /// The entry whose event `isSame` recognises. Different events may share a fingerprint.
  func find(_ identity: Fingerprint, where isSame: (Entry) -> Bool) -> Entry? {
    let mark = mark(identity)
    var slot = start(identity)
    while isTaken(slot) {
      if slots[slot] >> Self.placeBits == mark >> Self.placeBits {
        let entry = entries[Int(truncatingIfNeeded: slots[slot] & (1 << Self.placeBits - 1))]
        if entry.identity == identity, isSame(entry) { return entry }
      }
      slot = (slot + 1) & mask
    }
    return nil
  }

  /// Asks for the slot in which an identity is looked for first.
  @inline(__always)
  func fetch(_ identity: Fingerprint) {
    unsafe slots.withUnsafeBufferPointer { unsafe waybill_fetch($0.baseAddress! + start(identity)) }
  }

  mutating func add(_ entry: Entry) {
    precondition(entries.count < 1 << Self.placeBits, "more events than a request has bytes for")
    if (entries.count + 1) * 2 > mask + 1 { grow() }
    entries.append(entry)
    put(entries.count - 1)
  }

  /// Takes back the newest entries. The last one put into the table is in nobody's way, so its slot is simply freed.
  mutating func removeLast(to count: Int) {
    while entries.count > count {
      let place = UInt64(entries.count - 1)
      let identity = entries.removeLast().identity
      var slot = start(identity)
      while slots[slot] != mark(identity) | place { slot = (slot + 1) & mask }
      slots[slot] = 0
    }
  }

  /// - Parameter count: how many entries will come, most likely.
  mutating func removeAll(expecting count: Int = 0) {
    entries.removeAll(keepingCapacity: true)
    mask = Self.leastSlots - 1
    while 2 * count > mask + 1 { mask = mask * 2 + 1 }
    if slots.count <= mask { slots = [UInt64](repeating: 0, count: mask + 1) }
    generation += 1
    guard generation > lastGeneration else { return }
    generation = 1
    for slot in slots.indices { slots[slot] = 0 }
  }

  private func start(_ identity: Fingerprint) -> Int { Int(truncatingIfNeeded: identity.low) & mask }

  @inline(__always)
  private func isTaken(_ slot: Int) -> Bool { slots[slot] >> Self.generationShift == generation }

  /// What a slot of this identity says, without the place.
  @inline(__always)
  private func mark(_ identity: Fingerprint) -> UInt64 {
    generation << Self.generationShift | (identity.high >> 52) << Self.placeBits
  }

  private mutating func put(_ place: Int) {
    let identity = entries[place].identity
    var slot = start(identity)
    while isTaken(slot) { slot = (slot + 1) & mask }
    slots[slot] = mark(identity) | UInt64(place)
  }

  private mutating func grow() {
    mask = mask * 2 + 1
    slots = [UInt64](repeating: 0, count: max(slots.count, mask + 1))
    for place in entries.indices { put(place) }
  }
}
