/// Where one kind of entries lies in a run.
///
/// First its filter, if it has one; then the directory, for each block of entries the upper 32 bits of its first key and
/// where it begins, counted in words of four bytes from the first block; then the blocks. Each part begins at a multiple
/// of 64.
struct IndexSection: Sendable {
  static let directoryEntryByteCount = 8

  let kind: IndexKind
  let count: Int
  let filter: KeyFilter
  let filterOffset: Int
  let directoryOffset: Int
  let blocksOffset: Int
  /// Of the blocks alone.
  var blocksByteCount = 0
  /// The run's first value, and the bits that its others take from there.
  let firstValue: UInt64
  let valueBits: Int

  /// A section that begins at `offset`, of a run from sequence `first` to `last`.
  init(_ kind: IndexKind, count: Int, at offset: Int, first: UInt64, last: UInt64) {
    self.kind = kind
    self.count = count
    firstValue = kind.value(of: first)
    valueBits = 64 - (kind.value(of: last) - firstValue).leadingZeroBitCount
    filter = KeyFilter(blockCount: kind == .identity ? KeyFilter.blockCount(keys: count) : 0)
    filterOffset = offset
    directoryOffset = Self.aligned(offset + filter.blockCount * KeyFilter.blockByteCount)
    let blockCount = (count + IndexBlock.mostEntries - 1) / IndexBlock.mostEntries
    blocksOffset = Self.aligned(directoryOffset + blockCount * Self.directoryEntryByteCount)
  }

  var end: Int { Self.aligned(blocksOffset + blocksByteCount) }
  var blockCount: Int { (count + IndexBlock.mostEntries - 1) / IndexBlock.mostEntries }
  var lowKeyBits: Int { kind.keyBits - IndexBlock.directoryKeyBits }

  private static func aligned(_ byteCount: Int) -> Int { (byteCount + 63) / 64 * 64 }
}

// MARK: Looking up
extension IndexSection {
  /// Asks for what ``mayContain(_:_:_:)`` will read.
  @inline(__always)
  func fetch(_ key: UInt64, _ file: UnsafeRawPointer) { unsafe filter.fetch(key, file + filterOffset) }

  @inline(__always)
  func mayContain(_ key: UInt64, _ bits: KeyFilter.Bits, _ file: UnsafeRawPointer) -> Bool {
    unsafe filter.mayContain(key, bits, file + filterOffset)
  }

  /// The upper bits of a block's first key.
  @inline(__always)
  private func prefix(_ block: Int, _ file: UnsafeRawPointer) -> UInt64 {
    let entry = unsafe file + directoryOffset + block * Self.directoryEntryByteCount
    return unsafe UInt64(UInt32(littleEndian: entry.load(as: UInt32.self)))
  }

  /// - Precondition: `block` is below ``blockCount``.
  @inline(__always)
  func reader(_ block: Int, _ file: UnsafeRawPointer) -> BlockReader {
    let entry = unsafe file + directoryOffset + block * Self.directoryEntryByteCount
    let words = unsafe UInt32(littleEndian: entry.load(fromByteOffset: 4, as: UInt32.self))
    // Behind the last section there is room for a block; so nothing outside the file is read, whatever stands in it.
    let start = unsafe file + blocksOffset + min(4 * Int(words), blocksByteCount)
    return unsafe BlockReader(
      start, count: min(IndexBlock.mostEntries, count - block * IndexBlock.mostEntries),
      keyPrefix: prefix(block, file), lowKeyBits: lowKeyBits, valueBits: valueBits)
  }

  /// Calls `body` with each value of the key, ascending, until it says false.
  func forEach(_ key: UInt64, _ file: UnsafeRawPointer, _ body: (UInt64) -> Bool) {
    var block = unsafe firstBlock(key, file)
    while block < blockCount {
      var reader = unsafe reader(block, file)
      while reader.remaining > 0 {
        let entry = reader.next()
        if entry.key > key { return }
        if entry.key == key, !body(firstValue &+ entry.value) { return }
      }
      block += 1
    }
  }

  /// The first block in which the key may stand: the one before the first that begins with its upper bits or above.
  ///
  /// Keys are spread evenly, so the search begins where the key should be and widens from there.
  private func firstBlock(_ key: UInt64, _ file: UnsafeRawPointer) -> Int {
    let wanted = key >> UInt64(lowKeyBits)
    let guess = (Int(wanted) * blockCount) >> IndexBlock.directoryKeyBits
    var low = guess
    var high = guess
    var step = 4
    while low > 0, unsafe prefix(low, file) >= wanted {
      low = max(0, low - step)
      step *= 2
    }
    step = 4
    while high < blockCount, unsafe prefix(high, file) < wanted {
      high = min(blockCount, high + step)
      step *= 2
    }
    while low < high {
      let middle = (low + high) / 2
      if unsafe prefix(middle, file) < wanted { low = middle + 1 } else { high = middle }
    }
    return max(0, low - 1)
  }
}
