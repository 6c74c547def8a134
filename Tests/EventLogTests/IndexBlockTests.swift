import Testing

@testable import EventLog

struct IndexBlockTests {
  private static func entries(_ kind: Int, _ random: inout SeededGenerator) -> [IndexEntry] {
    let count = Int.random(in: 1...IndexBlock.mostEntries, using: &random)
    var key = random.next() & 0xFF_FFFF_FFFF >> UInt64.random(in: 1...39, using: &random)
    var value: UInt64 = 0
    return (0..<count).map { _ in
      switch kind {
      case 0:  // spread evenly
        key += random.next() % 100_000
        value = random.next() % 262_144
      case 1:  // a few keys with many values
        if random.next() % 20 == 0 { (key, value) = (key + random.next() % 5_000_000, random.next() % 1_000) }
        value += random.next() % 90
      default:  // steps of every length
        key = min(0xFF_FFFF_FFFF, key + random.next() >> UInt64.random(in: 24...63, using: &random))
        value += random.next() >> UInt64.random(in: 32...63, using: &random)
      }
      return IndexEntry(key: key, value: value & 0xFF_FFFF_FFFF)
    }.sorted { ($0.key, $0.value) < ($1.key, $1.value) }
  }

  @Test(arguments: 0..<3) func `a block gives back the entries it was made of`(kind: Int) throws {
    var random = SeededGenerator(state: UInt64(50 + kind))
    var writer = BlockWriter()
    defer { writer.deallocate() }
    unsafe withUnsafeTemporaryAllocation(byteCount: IndexBlock.mostByteCount, alignment: 8) { bytes in
      for _ in 0..<3_000 {
        let entries = Self.entries(kind, &random)
        for entry in entries { writer.add(entry) }
        let start = bytes.baseAddress!
        let byteCount = unsafe writer.write(to: start, lowKeyBits: 8, valueBits: 40)
        #expect(byteCount <= IndexBlock.mostByteCount - 8)
        var reader = unsafe BlockReader(
          start, count: entries.count, keyPrefix: entries[0].key >> 8, lowKeyBits: 8, valueBits: 40)
        var read: [IndexEntry] = []
        while reader.remaining > 0 { read.append(reader.next()) }
        #expect(read == entries)
      }
    }
  }

  @Test func `keys that were chosen to be alike are sorted like others`() {
    let table = IdentityTable(capacity: 3_000)
    var expected: [IndexEntry] = []
    for offset in 0..<3_000 {
      let key = UInt64(offset.isMultiple(of: 2) ? 0xFF_FFFF_FFFF - offset / 3 : 5)
      table.insert(key, offset: offset)
      expected.append(IndexEntry(key: key, value: UInt64(offset + 100)))
    }
    expected.sort { ($0.key, $0.value) < ($1.key, $1.value) }
    #expect(table.sorted(count: 3_000, firstSequence: 100) == expected)
    #expect(table.contains(5) && table.contains(0xFF_FFFF_FFFF) && !table.contains(6))
  }
}
