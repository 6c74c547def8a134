/// Collects the entries of a block and codes them.
@safe
struct BlockWriter {
  private let entries: UnsafeMutablePointer<IndexEntry>
  private(set) var count = 0

  private var target: UnsafeMutableRawPointer
  private var word: UInt64 = 0
  private var filled: UInt64 = 0

  init() {
    unsafe entries = .allocate(capacity: IndexBlock.mostEntries)
    unsafe target = UnsafeMutableRawPointer(entries)
  }

  func deallocate() { unsafe entries.deallocate() }

  var isFull: Bool { count == IndexBlock.mostEntries }
  var firstKey: UInt64 { unsafe entries[0].key }

  @inline(__always)
  mutating func add(_ entry: IndexEntry) {
    unsafe (entries + count).initialize(to: entry)
    count += 1
  }

  /// Writes the block and begins the next.
  /// - Parameter start: where it goes; ``IndexBlock/mostByteCount`` bytes are there.
  /// - Returns: its length in bytes.
  mutating func write(to start: UnsafeMutableRawPointer, lowKeyBits: Int, valueBits: Int) -> Int {
    let (keyBits, gapBits) = remainderBits
    unsafe start.storeBytes(of: UInt8(keyBits), toByteOffset: 0, as: UInt8.self)
    unsafe start.storeBytes(of: UInt8(gapBits), toByteOffset: 1, as: UInt8.self)
    unsafe target = start + IndexBlock.headByteCount
    var last = unsafe entries[0]
    put(last.key & (1 << UInt64(lowKeyBits) - 1), UInt64(lowKeyBits))
    put(last.value, UInt64(valueBits))
    for index in 1..<max(1, count) {
      let entry = unsafe entries[index]
      if entry.key == last.key {
        put(0, 1)
        put(number: entry.value &- last.value, gapBits)
      } else {
        put(1, 1)
        put(number: entry.key &- last.key &- 1, keyBits)
        put(entry.value, UInt64(valueBits))
      }
      last = entry
    }
    if filled > 0 { put(0, 8 - filled) }
    word = 0
    filled = 0
    count = 0
    return unsafe target - start
  }

  /// What divides the numbers best, about: a little less than their mean.
  private var remainderBits: (UInt64, UInt64) {
    var gaps: UInt64 = 0
    var gapCount: UInt64 = 0
    for index in 1..<max(1, count) where unsafe entries[index].key == entries[index - 1].key {
      unsafe gaps &+= entries[index].value &- entries[index - 1].value
      gapCount += 1
    }
    let keyCount = UInt64(count - 1) - gapCount
    let keys = unsafe entries[count - 1].key &- entries[0].key &- keyCount
    return (Self.remainderBits(keys, keyCount), Self.remainderBits(gaps, gapCount))
  }

  private static func remainderBits(_ sum: UInt64, _ count: UInt64) -> UInt64 {
    let scaled = count == 0 ? 0 : sum / count * 11 / 16
    return scaled == 0 ? 0 : UInt64(min(39, 63 - scaled.leadingZeroBitCount))
  }

  @inline(__always)
  private mutating func put(number: UInt64, _ remainderBits: UInt64) {
    let quotient = number >> remainderBits
    if quotient > IndexBlock.longestQuotient {
      put(0xFFFF, IndexBlock.longestQuotient + 1)
      put(number, UInt64(IndexBlock.wholeNumberBits))
    } else {
      put(1 << quotient - 1, quotient + 1)
      put(number & (1 << remainderBits - 1), remainderBits)
    }
  }

  /// - Precondition: at most 56 bits, and no more are set.
  @inline(__always)
  private mutating func put(_ value: UInt64, _ bits: UInt64) {
    word |= value << filled
    filled += bits
    unsafe target.storeBytes(of: word.littleEndian, as: UInt64.self)
    unsafe target += Int(filled >> 3)
    word >>= filled & 56
    filled &= 7
  }
}
