/// A key of the index and the record it belongs to.
struct IndexEntry {
  var key: UInt64
  var sequence: UInt64

  /// The index tells fingerprints apart by 48 of their bits: a wrong candidate costs one reading of a record, and there
  /// are a few in a thousand million.
  static let keyBits: UInt64 = 48

  static func key(of fingerprint: Fingerprint) -> UInt64 { fingerprint.high >> (64 - keyBits) }
}

/// The newest keys in memory: open addressing over entries in the order they came, those of one key chained.
@safe
final class KeyTable {
  private struct Entry {
    var key: UInt64
    var offset: UInt32
    /// One more than the index of the entry before with this key; 0: none.
    var previous: UInt32
  }

  private let entries: UnsafeMutablePointer<Entry>
  /// The key's upper hash bits and, in the low half, one more than the index of its newest entry; 0: free.
  private let slots: UnsafeMutablePointer<UInt64>
  private let slotCount: Int
  private(set) var count = 0

  init(capacity: Int) {
    unsafe entries = .allocate(capacity: capacity)
    var power = 16
    while power < 2 * capacity { power *= 2 }
    slotCount = power
    unsafe slots = .allocate(capacity: power)
    unsafe slots.initialize(repeating: 0, count: power)
  }

  deinit {
    unsafe entries.deallocate()
    unsafe slots.deallocate()
  }

  @inline(__always)
  private static func hash(_ key: UInt64) -> UInt64 {
    let product = key.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return product.high ^ product.low
  }

  /// - Precondition: there is room. `offset` is of the sequence, from the table's first.
  @inline(__always)
  func insert(_ key: UInt64, offset: UInt32) {
    let hash = Self.hash(key)
    let index = count
    var slot = Int(truncatingIfNeeded: hash) & (slotCount - 1)
    var previous: UInt32 = 0
    while true {
      let found = unsafe slots[slot]
      if found == 0 { break }
      let newest = UInt32(truncatingIfNeeded: found)
      if found >> 32 == hash >> 32, unsafe entries[Int(newest) - 1].key == key {
        previous = newest
        break
      }
      slot = (slot + 1) & (slotCount - 1)
    }
    unsafe (entries + index).initialize(to: Entry(key: key, offset: offset, previous: previous))
    unsafe slots[slot] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(index + 1)
    count += 1
  }

  /// Calls `body` with the offset of each entry of the key, the newest first.
  @inline(__always)
  func forEach(_ key: UInt64, _ body: (UInt32) -> Void) {
    let hash = Self.hash(key)
    var slot = Int(truncatingIfNeeded: hash) & (slotCount - 1)
    while true {
      let found = unsafe slots[slot]
      if found == 0 { return }
      var next = UInt32(truncatingIfNeeded: found)
      if found >> 32 == hash >> 32, unsafe entries[Int(next) - 1].key == key {
        while next != 0 {
          unsafe body(entries[Int(next) - 1].offset)
          unsafe next = entries[Int(next) - 1].previous
        }
        return
      }
      slot = (slot + 1) & (slotCount - 1)
    }
  }

  /// All entries, sorted by key, and by sequence where keys are equal.
  func sorted(firstSequence: UInt64) -> [IndexEntry] {
    var all: [IndexEntry] = []
    all.reserveCapacity(count)
    for index in 0..<count {
      let entry = unsafe entries[index]
      all.append(IndexEntry(key: entry.key, sequence: firstSequence + UInt64(entry.offset)))
    }
    return Self.sortedByKey(all)
  }

  /// Radix sort, twelve bits at a time: stable, and as fast for keys that were chosen to be alike.
  private static func sortedByKey(_ entries: [IndexEntry]) -> [IndexEntry] {
    var source = entries
    var target = entries
    for shift in stride(from: 0, to: IndexEntry.keyBits, by: 12) {
      unsafe target.withUnsafeMutableBufferPointer { target in
        unsafe source.withUnsafeBufferPointer { source in unsafe distribute(source, into: target, shift) }
      }
      swap(&source, &target)
    }
    return source
  }

  private static func distribute(
    _ source: UnsafeBufferPointer<IndexEntry>, into target: UnsafeMutableBufferPointer<IndexEntry>, _ shift: UInt64
  ) {
    unsafe withUnsafeTemporaryAllocation(of: Int.self, capacity: 4_096) { places in
      unsafe places.initialize(repeating: 0)
      for index in 0..<source.count { unsafe places[Int(source[index].key >> shift & 4_095)] += 1 }
      var sum = 0
      for digit in 0..<4_096 {
        let count = unsafe places[digit]
        unsafe places[digit] = sum
        sum += count
      }
      for index in 0..<source.count {
        let digit = unsafe Int(source[index].key >> shift & 4_095)
        unsafe target[places[digit]] = source[index]
        unsafe places[digit] += 1
      }
    }
  }
}
