import EventLog

/// The identities of events decided in this group, which the log does not know yet.
///
/// A hash table with open addressing that is emptied in one step, since most groups are small and a few are very large.
/// Fingerprints are evenly spread, so their low bits are the place to look first.
struct FreshIdentities {
  struct Entry {
    var identity: Fingerprint
    var sequence: UInt64
    /// Which request of the group, and which event of it.
    var submission: Int
    var index: Int
  }

  private var entries: [Entry] = []
  /// The generation in the high half, the place in `entries` in the low one. A slot of another generation is free.
  private var slots = [UInt64](repeating: 0, count: 256)
  private var generation: UInt64 = 1

  var count: Int { entries.count }

  /// The entry whose event `isSame` recognises. Different events may share a fingerprint.
  func find(_ identity: Fingerprint, where isSame: (Entry) -> Bool) -> Entry? {
    var slot = start(identity)
    while slots[slot] >> 32 == generation {
      let entry = entries[Int(truncatingIfNeeded: slots[slot] & 0xFFFF_FFFF)]
      if entry.identity == identity, isSame(entry) { return entry }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  mutating func add(_ entry: Entry) {
    if (entries.count + 1) * 2 > slots.count { grow() }
    entries.append(entry)
    put(entries.count - 1)
  }

  /// Takes back the newest entries. The last one put into the table is in nobody's way, so its slot is simply freed.
  mutating func removeLast(to count: Int) {
    while entries.count > count {
      let place = UInt64(entries.count - 1)
      var slot = start(entries.removeLast().identity)
      while slots[slot] != generation << 32 | place { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = 0
    }
  }

  mutating func removeAll() {
    entries.removeAll(keepingCapacity: true)
    generation += 1
    precondition(generation < 1 << 32, "more groups than a daemon writes in a century")
  }

  private func start(_ identity: Fingerprint) -> Int { Int(truncatingIfNeeded: identity.low) & (slots.count - 1) }

  private mutating func put(_ place: Int) {
    var slot = start(entries[place].identity)
    while slots[slot] >> 32 == generation { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = generation << 32 | UInt64(place)
  }

  private mutating func grow() {
    slots = [UInt64](repeating: 0, count: slots.count * 2)
    for place in entries.indices { put(place) }
  }
}
