/// Gives all entries of a section in order.
@safe
struct SectionReader {
  private let section: IndexSection
  private let file: UnsafeRawPointer
  private var block = 0
  private var reader: BlockReader?

  init(_ section: IndexSection, _ file: UnsafeRawPointer) {
    self.section = section
    unsafe self.file = file
  }

  /// Nil behind the last.
  @inline(__always)
  mutating func next() -> IndexEntry? {
    if reader == nil || reader!.remaining == 0 {
      guard block < section.blockCount else { return nil }
      reader = unsafe section.reader(block, file)
      block += 1
    }
    var entry = reader!.next()
    entry.value &+= section.firstValue
    return entry
  }
}
