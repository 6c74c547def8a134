/// Finds the place of a record in a list by the record's hash.
///
/// Open addressing in segments of at most 4,096 slots. A full segment is split in two, so that growing moves three thousand
/// entries and not millions, and a copy shares every segment that is not written to. It keeps neither hashes nor keys: the
/// record itself says whether it is the one, and eight bits of the hash beside each place spare nearly all needless looks.
/// Its order is never shown.
///
/// Like a ``ChunkedArray`` it says itself where its first segment is, which mostly is the only one.
// @unchecked Sendable: a segment is written only through an index that is its one owner.
@safe
struct HashIndex: @unchecked Sendable {
  /// `slotCount` places, then as many bytes of hashes; 0 is free.
  @safe
  private struct Segment {
    var owner: SharedBytes
    let start: UnsafeMutableRawPointer
    var count: UInt32 = 0
    private let slotBits: UInt8
    /// How many leading bits its hashes have in common.
    let depth: UInt8

    /// - Parameter slotCount: a power of two.
    init(slotCount: Int, depth: UInt8) {
      slotBits = UInt8(slotCount.trailingZeroBitCount)
      self.depth = depth
      owner = .make(byteCount: slotCount * 5, alignment: 16)
      unsafe start = owner.start(alignment: 16)
      unsafe start.initializeMemory(as: UInt8.self, repeating: 0, count: slotCount * 5)
    }

    @inline(__always) var slotCount: Int { 1 &<< Int(slotBits) }
    @inline(__always) var places: UnsafeMutablePointer<UInt32> {
      unsafe start.assumingMemoryBound(to: UInt32.self)
    }
    @inline(__always) var tags: UnsafeMutablePointer<UInt8> {
      unsafe (start + slotCount &* 4).assumingMemoryBound(to: UInt8.self)
    }

    @inline(__always) var isFull: Bool { (Int(count) &+ 1) &* 4 > slotCount &* 3 }

    mutating func insert(_ place: UInt32, hash: UInt64) {
      let mask = slotCount &- 1
      var slot = Int(truncatingIfNeeded: hash) & mask
      while unsafe tags[slot] != 0 { slot = (slot &+ 1) & mask }
      unsafe tags[slot] = HashIndex.tag(hash)
      unsafe places[slot] = place
      count += 1
    }

    /// - Parameter fetch: asks for the record at a place that comes soon.
    func forEach(fetch: (UInt32) -> Void, _ body: (UInt32) -> Void) {
      for slot in 0..<slotCount {
        let ahead = slot &+ HashIndex.slotsAhead
        if ahead < slotCount, unsafe tags[ahead] != 0 { unsafe fetch(places[ahead]) }
        if unsafe tags[slot] != 0 { unsafe body(places[slot]) }
      }
    }

    func forEach(_ body: (UInt32) -> Void) {
      for slot in 0..<slotCount where unsafe tags[slot] != 0 { unsafe body(places[slot]) }
    }

    func copy() -> Segment { Segment(copying: self) }

    private init(copying other: Segment) {
      owner = .make(byteCount: other.slotCount * 5, alignment: 16)
      unsafe start = owner.start(alignment: 16)
      slotBits = other.slotBits
      count = other.count
      depth = other.depth
      // The index forgets the other for this one, and whoever else has it may let go of it at any time.
      withExtendedLifetime(other.owner) { unsafe start.copyMemory(from: other.start, byteCount: other.slotCount * 5) }
    }
  }

  /// How far ahead the records of a full segment are asked for: they are old and in no order.
  private static var slotsAhead: Int { 16 }
  private static var highestSlotCount: Int { 4_096 }
  /// Beyond it segments grow instead: a quarter of a million of them are enough.
  private static var highestDepth: UInt8 { 18 }

  private var first: Segment
  private var depth: UInt8 = 0
  /// The segments behind the first.
  private var rest: [Segment] = []
  /// The segment of each value of the hash's leading bits; empty while there is one segment.
  private var directory: [UInt32] = []

  /// All empty ones share a segment, which the first insertion copies: many stay empty.
  private static let empty = HashIndex(Segment(slotCount: 16, depth: 0))

  private init(_ segment: Segment) { first = segment }

  init() { self = Self.empty }

  /// With room for so many records.
  init(for count: Int) {
    self = Self.empty
    guard count > 0 else { return }
    let slotCount = Swift.min(Self.highestSlotCount, Swift.max(16, (count * 3 / 2).nextPowerOfTwo))
    while count >> depth > Self.highestSlotCount * 5 / 8 { depth += 1 }
    first = Segment(slotCount: slotCount, depth: depth)
    rest.reserveCapacity(1 << depth - 1)
    for _ in 1..<1 << depth { rest.append(Segment(slotCount: slotCount, depth: depth)) }
    if depth > 0 { directory = Array(0..<UInt32(1) << UInt32(depth)) }
  }

  /// Off the path of most records.
  private subscript(segment: Int) -> Segment {
    get { segment == 0 ? first : rest[segment - 1] }
    set { if segment == 0 { first = newValue } else { rest[segment - 1] = newValue } }
  }

  @inline(__always)
  private static func tag(_ hash: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: hash >> 32) | 1 }

  @inline(__always)
  private func segment(of hash: UInt64) -> Int {
    depth == 0 ? 0 : Int(directory[Int(truncatingIfNeeded: hash &>> UInt64(truncatingIfNeeded: 64 &- Int(depth)))])
  }

  /// Where the slots of a segment are and how many; no reference is counted.
  @inline(__always)
  private func slots(_ segment: Int) -> (
    tags: UnsafeMutablePointer<UInt8>, places: UnsafeMutablePointer<UInt32>, count: Int
  ) {
    if segment == 0 { return unsafe (first.tags, first.places, first.slotCount) }
    return unsafe (rest[segment - 1].tags, rest[segment - 1].places, rest[segment - 1].slotCount)
  }

  /// - Parameter matches: whether the record at a place is the one looked for.
  @inline(__always)
  func find(_ hash: UInt64, where matches: (UInt32) -> Bool) -> UInt32? {
    let (tags, places, count) = unsafe slots(segment(of: hash))
    let mask = count &- 1
    let tag = Self.tag(hash)
    var slot = Int(truncatingIfNeeded: hash) & mask
    while true {
      let found = unsafe tags[slot]
      if found == tag {
        let place = unsafe places[slot]
        if matches(place) { return place }
      } else if found == 0 {
        return nil
      }
      slot = (slot &+ 1) & mask
    }
  }

  /// Asks for the slots of a hash, and for what says whether they are shared.
  @inline(__always)
  func fetch(_ hash: UInt64) {
    let (tags, places, count) = unsafe slots(segment(of: hash))
    let slot = Int(truncatingIfNeeded: hash) & (count &- 1)
    unsafe Cache.fetch(UnsafeRawPointer(places) - 8)
    unsafe Cache.fetch(places + slot)
    unsafe Cache.fetch(tags + slot)
  }

  /// The place of the record with this hash, most likely.
  @inline(__always)
  func guess(_ hash: UInt64) -> UInt32? {
    let (tags, places, count) = unsafe slots(segment(of: hash))
    let tag = Self.tag(hash)
    let slot = Int(truncatingIfNeeded: hash) & (count &- 1)
    if unsafe tags[slot] == tag { return unsafe places[slot] }
    let next = (slot &+ 1) & (count &- 1)
    return unsafe tags[next] == tag ? places[next] : nil
  }

  /// Whether ``makeRoom(for:hashOf:)`` has to be called before the next ``insert(_:hash:)``.
  @inline(__always)
  func isFull(for hash: UInt64) -> Bool {
    let segment = segment(of: hash)
    return segment == 0 ? first.isFull : rest[segment - 1].isFull
  }

  /// - Parameters:
  ///   - fetch: asks for what `hashOf` will read.
  ///   - hashOf: the hash of the record at a place that was added before.
  mutating func makeRoom(for hash: UInt64, fetch: (UInt32) -> Void = { _ in }, hashOf: (UInt32) -> UInt64) {
    while isFull(for: hash) { makeRoom(segment(of: hash), fetch: fetch, hashOf: hashOf) }
  }

  /// Adds a place that is not there yet.
  /// - Precondition: there is room.
  @inline(__always)
  mutating func insert(_ place: UInt32, hash: UInt64) {
    let segment = segment(of: hash)
    if segment == 0 {
      Self.insert(place, hash, into: &first)
    } else {
      Self.insert(place, hash, into: &rest[segment - 1])
    }
  }

  @inline(__always)
  private static func insert(_ place: UInt32, _ hash: UInt64, into segment: inout Segment) {
    if !isKnownUniquelyReferenced(&segment.owner) { segment = segment.copy() }
    segment.insert(place, hash: hash)
  }

  private mutating func makeRoom(_ index: Int, fetch: (UInt32) -> Void, hashOf: (UInt32) -> UInt64) {
    let old = self[index]
    // Where the next bit tells no record from another, splitting would make no room.
    let bit: UInt64 = 1 << UInt64(63 - old.depth)
    var highCount = 0
    if old.slotCount >= Self.highestSlotCount, old.depth < Self.highestDepth {
      old.forEach(fetch: fetch) { if hashOf($0) & bit != 0 { highCount += 1 } }
    }
    if highCount == 0 || highCount == old.count {
      var larger = Segment(slotCount: old.slotCount * 2, depth: old.depth)
      old.forEach(fetch: fetch) { larger.insert($0, hash: hashOf($0)) }
      self[index] = larger
    } else {
      split(index, bit, hashOf: hashOf)
    }
  }

  private mutating func split(_ index: Int, _ bit: UInt64, hashOf: (UInt32) -> UInt64) {
    let old = self[index]
    if old.depth == depth { doubleDirectory() }
    var low = Segment(slotCount: old.slotCount, depth: old.depth + 1)
    var high = Segment(slotCount: old.slotCount, depth: old.depth + 1)
    old.forEach { place in
      let hash = hashOf(place)
      if hash & bit == 0 { low.insert(place, hash: hash) } else { high.insert(place, hash: hash) }
    }
    let half = 1 << Int(depth - old.depth - 1)
    let first = directory.firstIndex(of: UInt32(index))!
    for entry in first + half..<first + 2 * half { directory[entry] = UInt32(1 + rest.count) }
    self[index] = low
    rest.append(high)
  }

  private mutating func doubleDirectory() {
    directory = depth == 0 ? [0, 0] : directory.flatMap { [$0, $0] }
    depth += 1
  }
}

extension Int {
  /// The least power of two that is not below it.
  fileprivate var nextPowerOfTwo: Int { self <= 1 ? 1 : 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount) }
}
