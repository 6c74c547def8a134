/// The keys of consecutive records, in memory until they are sealed to an ``IndexRun``.
///
/// Sendable since the writer alone inserts, under the index's insertion lock, and readers look under it too, or at
/// what no longer changes.
final class IndexTable: @unchecked Sendable {
  let firstSequence: UInt64
  let capacity: Int
  private(set) var count = 0
  private let identities: IdentityTable
  private let subjects: KeyColumn
  private let groups: KeyColumn
  /// How far ahead an insertion asks for its slot.
  private static let recordsAhead = 16

  init(firstSequence: UInt64, capacity: Int) {
    self.firstSequence = firstSequence
    self.capacity = capacity
    identities = IdentityTable(capacity: capacity)
    subjects = KeyColumn(capacity: capacity)
    groups = KeyColumn(capacity: capacity)
  }

  var nextSequence: UInt64 { firstSequence + UInt64(count) }
  var isFull: Bool { count == capacity }

  /// Adds the records from ``nextSequence`` on.
  func insert(_ records: ArraySlice<RecordFacts>) {
    let (identities, subjects, groups) = (identities, subjects, groups)
    var offset = count
    for index in records.indices {
      if index + Self.recordsAhead < records.endIndex {
        identities.fetch(IndexKind.identity.key(of: records[index + Self.recordsAhead].identity))
      }
      let facts = records[index]
      identities.insert(IndexKind.identity.key(of: facts.identity), offset: offset)
      subjects.set(facts.subject.map { IndexKind.subject.key(of: $0) }, at: offset)
      groups.set(facts.group.map { IndexKind.group.key(of: $0) }, at: offset)
      offset += 1
    }
    count = offset
  }

  /// Asks for what a look-up will read.
  @inline(__always)
  func fetch(identity key: UInt64) { identities.fetch(key) }

  @inline(__always)
  func contains(identity key: UInt64) -> Bool { identities.contains(key) }

  /// Appends the sequences of the key, ascending.
  func find(identity key: UInt64, into found: inout [UInt64]) {
    identities.forEach(key) { offset in found.append(firstSequence + UInt64(offset)) }
  }

  /// Appends the frames in which the key stands among the first `count` records, ascending.
  func findFrames(_ kind: IndexKind, of key: UInt64, count: Int, into found: inout [UInt64]) {
    let column = kind == .subject ? subjects : groups
    column.forEach(key, count: count) { offset in
      let frame = EventLog.frameNumber(of: firstSequence + UInt64(offset))
      if found.last != frame { found.append(frame) }
    }
  }

  /// All entries of a kind, in the order of a run.
  func sorted(_ kind: IndexKind) -> [IndexEntry] {
    switch kind {
    case .identity: identities.sorted(count: count, firstSequence: firstSequence)
    case .subject: subjects.sortedFrames(count: count, firstSequence: firstSequence)
    case .group: groups.sortedFrames(count: count, firstSequence: firstSequence)
    }
  }
}
