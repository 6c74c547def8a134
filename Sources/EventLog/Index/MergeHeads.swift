/// Merges the entries of runs: the least key first, and of equal keys the oldest run's.
@safe
struct MergeHeads: ~Copyable {
  private let readers: UnsafeMutableBufferPointer<SectionReader>
  private let heads: UnsafeMutableBufferPointer<IndexEntry>
  private var least = 0
  /// A run that has ended stands at a key above all others.
  private static let end = IndexEntry(key: .max, value: 0)

  init(_ runs: [IndexRun], _ kind: IndexKind) {
    unsafe readers = .allocate(capacity: runs.count)
    unsafe heads = .allocate(capacity: runs.count)
    for (index, run) in runs.enumerated() {
      unsafe readers.initializeElement(at: index, to: SectionReader(run.section(kind), run.file.start))
      unsafe heads.initializeElement(at: index, to: readers[index].next() ?? Self.end)
    }
    findLeast()
  }

  deinit {
    unsafe readers.deallocate()
    unsafe heads.deallocate()
  }

  mutating func next() -> IndexEntry? {
    let entry = unsafe heads[least]
    if entry.key == .max { return nil }
    let next = unsafe readers[least].next() ?? Self.end
    unsafe heads[least] = next
    if next.key != entry.key { findLeast() }
    return entry
  }

  private mutating func findLeast() {
    var index = 0
    for other in unsafe 1..<heads.count where unsafe heads[other].key < heads[index].key { index = other }
    least = index
  }
}
