internal import CCache

/// The identities of the newest records in memory: open addressing, one word an entry, a key's place in the order of keys.
/// So a look-up touches one or two cache lines, and the table is nearly sorted when it is written to a run.
///
/// An entry is 40 bits of key and, below, one more than the record's offset from the table's first; 0 is free.
@safe
final class IdentityTable {
  private static let offsetBits: UInt64 = 24
  static let mostRecords = 1 << 24 - 2

  private let slots: UnsafeMutablePointer<UInt64>
  private let slotCount: Int
  private let homeShift: UInt64

  /// - Precondition: at most ``mostRecords``.
  init(capacity: Int) {
    precondition(capacity <= Self.mostRecords, "a table of \(capacity) records")
    var bits: UInt64 = 4
    while 1 << bits < 2 * capacity { bits += 1 }
    slotCount = 1 << bits
    homeShift = UInt64(IndexKind.identity.keyBits) - bits
    unsafe slots = .allocate(capacity: slotCount)
    unsafe slots.initialize(repeating: 0, count: slotCount)
  }

  deinit { unsafe slots.deallocate() }

  /// - Precondition: there is room, and `offset` is above those of all entries.
  @inline(__always)
  func insert(_ key: UInt64, offset: Int) {
    var slot = Int(truncatingIfNeeded: key >> homeShift)
    while unsafe slots[slot] != 0 { slot = (slot + 1) & (slotCount - 1) }
    unsafe slots[slot] = key << Self.offsetBits | UInt64(truncatingIfNeeded: offset + 1)
  }

  /// Asks for what a look-up of the key, or its insertion, will read.
  @inline(__always)
  func fetch(_ key: UInt64) { unsafe waybill_fetch(slots + Int(truncatingIfNeeded: key >> homeShift)) }

  @inline(__always)
  func contains(_ key: UInt64) -> Bool {
    var slot = Int(truncatingIfNeeded: key >> homeShift)
    while true {
      let entry = unsafe slots[slot]
      if entry == 0 { return false }
      if entry >> Self.offsetBits == key { return true }
      slot = (slot + 1) & (slotCount - 1)
    }
  }

  /// Calls `body` with the offset of each entry of the key, ascending.
  func forEach(_ key: UInt64, _ body: (Int) -> Void) {
    var slot = Int(truncatingIfNeeded: key >> homeShift)
    while case let entry = unsafe slots[slot], entry != 0 {
      if entry >> Self.offsetBits == key { body(Self.offset(entry)) }
      slot = (slot + 1) & (slotCount - 1)
    }
  }

  @inline(__always)
  private static func offset(_ entry: UInt64) -> Int { Int(entry & (1 << offsetBits - 1)) - 1 }

  /// All entries by key, and by sequence where keys are equal.
  func sorted(count: Int, firstSequence: UInt64) -> [IndexEntry] {
    var words: [UInt64] = []
    words.reserveCapacity(count)
    for slot in 0..<slotCount {
      let word = unsafe slots[slot]
      if word != 0 { words.append(word) }
    }
    Self.sortNearlySorted(&words)
    return words.map {
      IndexEntry(key: $0 >> Self.offsetBits, value: firstSequence + UInt64(Self.offset($0)))
    }
  }

  /// By insertion, while little has to move; keys that were chosen to be alike are left to the library.
  private static func sortNearlySorted(_ words: inout [UInt64]) {
    var moves = 64 * words.count + 4_096
    unsafe words.withUnsafeMutableBufferPointer { words in
      for index in words.indices.dropFirst() {
        let word = unsafe words[index]
        var hole = index
        while hole > 0, unsafe words[hole - 1] > word {
          unsafe words[hole] = words[hole - 1]
          hole -= 1
        }
        unsafe words[hole] = word
        moves -= index - hole
        if moves < 0 { return unsafe words.sort() }
      }
    }
  }
}
