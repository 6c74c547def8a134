/// The keys of consecutive records, in memory until they are sealed to an ``IndexRun``.
///
/// Sendable since the writer alone inserts, under the index's insertion lock; when the table is frozen nobody does.
final class IndexTable: @unchecked Sendable {
  let firstSequence: UInt64
  let capacity: Int
  private(set) var count = 0
  let identities: KeyTable
  let subjects: KeyTable

  init(firstSequence: UInt64, capacity: Int) {
    self.firstSequence = firstSequence
    self.capacity = capacity
    identities = KeyTable(capacity: capacity)
    subjects = KeyTable(capacity: capacity)
  }

  var nextSequence: UInt64 { firstSequence + UInt64(count) }
  var isFull: Bool { count == capacity }

  /// Adds the record ``nextSequence``.
  @inline(__always)
  func insert(_ facts: RecordFacts) {
    let offset = UInt32(count)
    identities.insert(IndexEntry.key(of: facts.identity), offset: offset)
    if let subject = facts.subject { subjects.insert(IndexEntry.key(of: subject), offset: offset) }
    count += 1
  }

  /// Appends the sequences of the key, ascending.
  @inline(__always)
  func find(_ key: UInt64, _ kind: IndexKind, into found: inout [UInt64]) {
    let start = found.count
    let table = kind == .identity ? identities : subjects
    table.forEach(key) { offset in found.append(firstSequence + UInt64(offset)) }
    if found.count > start + 1 { found[start...].reverse() }
  }
}

/// What a key was made of.
enum IndexKind: Int, CaseIterable, Sendable {
  case identity, subject
}
