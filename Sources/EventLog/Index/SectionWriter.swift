/// Writes the entries of a section, which come in order, with a few buffers of memory.
@safe
final class SectionWriter {
  private(set) var section: IndexSection
  private let filterStream: FileStream
  private let directory: FileStream
  private let blocks: FileStream
  private var block = BlockWriter()
  private var filterBlock: KeyFilter.Bits = (0, 0, 0, 0)
  private var filterIndex = 0
  private var count = 0

  init(_ section: IndexSection, _ file: NewFile) {
    self.section = section
    filterStream = FileStream(file, at: section.filterOffset)
    directory = FileStream(file, at: section.directoryOffset)
    blocks = FileStream(file, at: section.blocksOffset)
  }

  deinit { block.deallocate() }

  /// - Precondition: not before the entry that was added last.
  @inline(__always)
  func add(_ entry: IndexEntry) throws {
    if section.kind == .identity { try addToFilter(entry.key) }
    block.add(IndexEntry(key: entry.key, value: entry.value &- section.firstValue))
    count += 1
    if block.isFull { try writeBlock() }
  }

  @inline(__always)
  private func addToFilter(_ key: UInt64) throws {
    let index = section.filter.block(of: key)
    while filterIndex < index { try writeFilterBlock() }
    let bits = KeyFilter.bits(of: key)
    filterBlock.0 |= bits.0
    filterBlock.1 |= bits.1
    filterBlock.2 |= bits.2
    filterBlock.3 |= bits.3
  }

  private func writeFilterBlock() throws {
    for word in [filterBlock.0, filterBlock.1, filterBlock.2, filterBlock.3] {
      try filterStream.append(word.littleEndian)
    }
    filterBlock = (0, 0, 0, 0)
    filterIndex += 1
  }

  private func writeBlock() throws {
    let start = blocks.offset - section.blocksOffset
    try directory.append(UInt32(truncatingIfNeeded: block.firstKey >> UInt64(section.lowKeyBits)).littleEndian)
    try directory.append(UInt32(start / 4).littleEndian)
    let room = try unsafe blocks.room(IndexBlock.mostByteCount)
    let byteCount = unsafe block.write(to: room, lowKeyBits: section.lowKeyBits, valueBits: section.valueBits)
    blocks.advance((byteCount + 3) / 4 * 4)
  }

  /// - Returns: the section as it was written.
  func finish() throws -> IndexSection {
    precondition(count == section.count, "a section of \(section.count) entries got \(count)")
    if block.count > 0 { try writeBlock() }
    while filterIndex < section.filter.blockCount { try writeFilterBlock() }
    for stream in [filterStream, directory, blocks] { try stream.flush() }
    section.blocksByteCount = blocks.offset - section.blocksOffset
    return section
  }
}
