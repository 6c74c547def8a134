/// Records that each have a number of their own, kept in the order added and found by that number.
///
/// For what grows with the days of an account and is hardly ever changed later: a record takes its own bytes and some seven
/// to be found, and a copy shares all that is not written to, which a map in one piece would not.
struct KeyedList<Record: KeyedRecord>: Sendable {
  private var records = ChunkedArray<Record>()
  private var index = HashIndex()
  /// Where the last one was found: the same often comes again at once.
  private var last = 0

  init() {}

  mutating func visitLists(_ visitor: inout some ListVisitor) {
    visitor.visit(&records)
  }

  var count: Int { records.count }

  subscript(place: Int) -> Record {
    @inline(__always) _read { yield records[place] }
    @inline(__always) _modify { yield &records[place] }
  }

  @inline(__always)
  func place(of key: UInt64) -> Int? {
    index.find(Mixing.mix(key)) { records[Int($0)].key == key }.map { Int($0) }
  }

  /// As ``place(of:)``, and fast where the record is that of the last time.
  @inline(__always)
  mutating func find(_ key: UInt64) -> Int? {
    if last < records.count, records[last].key == key { return last }
    guard let place = place(of: key) else { return nil }
    last = place
    return place
  }

  /// Adds a record whose key has none yet.
  /// - Returns: its place.
  @inline(never)
  mutating func add(_ record: Record) -> Int {
    let hash = Mixing.mix(record.key)
    if index.isFull(for: hash) { index.makeRoom(for: hash) { [records] in Mixing.mix(records[Int($0)].key) } }
    index.insert(UInt32(records.count), hash: hash)
    records.append(record)
    last = records.count - 1
    return last
  }
}

/// A record of a ``KeyedList``. Its key never changes.
protocol KeyedRecord: BitwiseCopyable, Sendable {
  var key: UInt64 { get }
}
