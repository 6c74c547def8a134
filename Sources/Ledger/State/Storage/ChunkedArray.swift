import JSONTape

/// A list kept in chunks.
///
/// Appending never moves more than one chunk, so a long list grows without a pause. A copy shares all chunks; the first
/// write to a chunk that another copy holds copies that chunk alone. So a copy of a state of millions of records is made at
/// once, and read on another thread while the original goes on changing.
///
/// What is looked at is mostly at the end, and where there are many accounts none of it is in the processor's cache. So the
/// list itself says where its last chunk is, which mostly is the only one: one look at memory less, and no storage for a list
/// of one chunk.
///
/// A chunk that rests can leave the heap (``move(_:to:)``), and only full ones do. So the first 64 are small: of the many
/// lists of many accounts little is in chunks that are not full.
// @unchecked Sendable: a chunk is written only through a list that is its one owner.
@safe
struct ChunkedArray<Element: BitwiseCopyable>: @unchecked Sendable {
  @safe
  private struct Chunk {
    /// Nil in a list without elements.
    var owner: SharedBytes?
    /// The owner's, here so that reading counts no references.
    let start: UnsafeMutablePointer<Element>

    init() { unsafe start = UnsafeMutablePointer(bitPattern: 64)! }

    init(capacity: Int) {
      // An element that fills lines of cache begins with one.
      let alignment = MemoryLayout<Element>.stride % 64 == 0 ? 64 : 16
      let owner = SharedBytes.make(byteCount: capacity * MemoryLayout<Element>.stride, alignment: alignment)
      self.owner = owner
      unsafe start = owner.start(alignment: alignment).bindMemory(to: Element.self, capacity: capacity)
    }

    /// A full chunk outside the heap. It is never written to: whoever has the bytes is a second owner.
    init(_ bytes: ColdBytes, count: Int) {
      owner = bytes.owner
      unsafe start = UnsafeMutableRawPointer(mutating: bytes.start).bindMemory(to: Element.self, capacity: count)
    }
  }

  /// A small chunk has 64 elements, or 128 where they are small; the others have four times as many, so that little is copied for
  /// one change and a list of millions has thousands of chunks. Bytes and numbers, which take little room and of which a few that
  /// belong together should not lie in two chunks, have 1,024.
  @inline(__always)
  private static var smallShift: Int {
    let stride = MemoryLayout<Element>.stride
    return stride < 8 ? 10 : stride < 24 ? 7 : 6
  }
  @inline(__always)
  private static var shift: Int { smallShift + 2 }
  private static var smallChunks: Int { 64 }
  /// The elements of all small chunks.
  @inline(__always)
  private static var smallCount: Int { smallChunks << smallShift }
  /// By how much the place of a chunk that is not small is higher than if all had its size.
  @inline(__always)
  private static var placeShift: Int { smallChunks - smallCount >> shift }
  private static var firstCapacity: Int { 8 }

  private var last = Chunk()
  /// The chunks before the last, all full.
  private var rest: [Chunk] = []
  private var storedCount: UInt32 = 0
  /// The index of the last chunk's first element.
  private var lastStart: UInt32 = 0
  /// Of the last chunk, which grows; 0 while there is none.
  private var lastCapacity: UInt32 = 0

  init() {}

  var count: Int {
    @inline(__always) get { Int(storedCount) }
  }

  subscript(index: Int) -> Element {
    @inline(__always)
    _read {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "no element there")
      yield unsafe address(of: index).pointee
    }
    @inline(__always)
    _modify {
      yield unsafe &pointer(to: index).pointee
    }
  }

  /// Where an element lies. That it is there was checked, and so its chunk is: no second check.
  @inline(__always)
  private func address(of index: Int) -> UnsafeMutablePointer<Element> {
    let offset = index &- Int(lastStart)
    if offset >= 0 { return unsafe last.start + offset }
    let (place, inChunk) = Self.place(of: index)
    return unsafe rest.withUnsafeBufferPointer { unsafe $0[place].start } + inChunk
  }

  /// The place of an element's chunk, and the element's in it.
  @inline(__always)
  private static func place(of index: Int) -> (chunk: Int, inChunk: Int) {
    index < smallCount
      ? (index &>> smallShift, index & (1 &<< smallShift &- 1))
      : (index &>> shift &+ placeShift, index & (1 &<< shift &- 1))
  }

  /// How many elements a full chunk has.
  @inline(__always)
  private static func capacity(_ place: Int) -> Int { place < smallChunks ? 1 &<< smallShift : 1 &<< shift }

  /// An element to be written; valid until the list grows or is copied.
  @inline(__always)
  mutating func pointer(to index: Int) -> UnsafeMutablePointer<Element> {
    precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "no element there")
    if index >= Int(lastStart) {
      if !isKnownUniquelyReferenced(&last.owner) { replaceLast(capacity: Int(lastCapacity)) }
      return unsafe last.start + (index &- Int(lastStart))
    }
    let (place, inChunk) = Self.place(of: index)
    if !isKnownUniquelyReferenced(&rest[place].owner) { separate(place) }
    return unsafe rest.withUnsafeBufferPointer { unsafe $0[place].start } + inChunk
  }

  @inline(__always)
  mutating func append(_ element: Element) {
    let offset = storedCount &- lastStart
    if offset == lastCapacity {
      makeRoom()
    } else if !isKnownUniquelyReferenced(&last.owner) {
      replaceLast(capacity: Int(lastCapacity))
    }
    unsafe (last.start + Int(storedCount &- lastStart)).initialize(to: element)
    storedCount += 1
  }

  @discardableResult
  mutating func removeLast() -> Element {
    let element = self[count - 1]
    storedCount -= 1
    if storedCount == lastStart {
      last = rest.popLast() ?? Chunk()
      lastCapacity = storedCount == 0 ? 0 : UInt32(Self.capacity(rest.count))
      lastStart = storedCount - lastCapacity
    }
    return element
  }

  mutating func removeAll() { self = ChunkedArray() }

  /// Makes room for so many elements in an empty list, up to a chunk.
  mutating func reserve(_ capacity: Int) {
    guard lastCapacity == 0, capacity > 0 else { return }
    addChunk(capacity: capacity)
  }

  /// Repeats `element` until there are `newCount` elements.
  mutating func extend(to newCount: Int, with element: Element) {
    while count < newCount { append(element) }
  }

  @inline(never)
  private mutating func makeRoom() {
    let full = Self.capacity(rest.count)
    if lastCapacity == 0 || Int(lastCapacity) == full {
      // Half of what is there; behind the second chunk there are no short ones.
      addChunk(capacity: count / 2)
    } else {
      // By half, not twofold: what is never used is memory too.
      replaceLast(capacity: Swift.min(Int(lastCapacity) + Swift.max(Int(lastCapacity) / 2, Self.firstCapacity), full))
    }
  }

  /// Begins a chunk behind the last, which is full, with room for at least a few and at most as many as it may have.
  private mutating func addChunk(capacity: Int) {
    if lastCapacity > 0 { rest.append(last) }
    let capacity = Swift.min(Swift.max(capacity, Self.firstCapacity), Self.capacity(rest.count))
    last = Chunk(capacity: capacity)
    lastStart = storedCount
    lastCapacity = UInt32(capacity)
  }

  @inline(never)
  private mutating func replaceLast(capacity: Int) {
    last = Self.copy(last, count: count - Int(lastStart), capacity: capacity)
    lastCapacity = UInt32(capacity)
  }

  @inline(never)
  private mutating func separate(_ place: Int) {
    rest[place] = Self.copy(rest[place], count: Self.capacity(place), capacity: Self.capacity(place))
  }

  private static func copy(_ chunk: Chunk, count: Int, capacity: Int) -> Chunk {
    let new = Chunk(capacity: capacity)
    // The list forgets the chunk for the new one, and whoever else has it may let go of it at any time.
    withExtendedLifetime(chunk.owner) { unsafe new.start.initialize(from: chunk.start, count: count) }
    return new
  }
}

extension ChunkedArray: RandomAccessCollection {
  var startIndex: Int { 0 }
  var endIndex: Int { count }
}

extension ChunkedArray {
  init(_ elements: some Sequence<Element>) {
    self.init()
    for element in elements { append(element) }
  }

  // MARK: Asking ahead

  /// Asks for what says whether the list is shared, and for the first elements of its last chunk.
  @inline(__always)
  func fetchStart() {
    guard count > 0 else { return }
    unsafe Cache.fetch(UnsafeRawPointer(last.start) - 8)
    unsafe Cache.fetch(UnsafeRawPointer(last.start) + 56)
  }

  /// Asks for an element that may be there.
  @inline(__always)
  func fetch(_ index: Int) {
    guard index < count else { return }
    unsafe Cache.fetch(address(of: index))
  }

  /// Asks for the place of the next element.
  @inline(__always)
  func fetchEnd() {
    guard count > 0, storedCount - lastStart != lastCapacity else { return }
    unsafe Cache.fetch(UnsafeRawPointer(last.start) - 8)
    unsafe Cache.fetch(address(of: count))
  }

  // MARK: Moving out of the heap

  /// The full chunks but for the last one, as the `list`th list's.
  func forEachFullChunk(of list: Int, _ body: (ListChunk) -> Void) {
    for (place, chunk) in rest.enumerated() {
      let bytes = unsafe UnsafeRawBufferPointer(
        start: chunk.start, count: Self.capacity(place) * MemoryLayout<Element>.stride)
      body(unsafe ListChunk(list: list, place: place, owner: chunk.owner!, bytes: bytes))
    }
  }

  /// Reads a full chunk elsewhere from now on, unless it has changed since it was found.
  mutating func move(_ chunk: ListChunk, to target: ColdBytes) {
    guard chunk.place < rest.count, rest[chunk.place].owner === chunk.owner else { return }
    rest[chunk.place] = Chunk(target, count: Self.capacity(chunk.place))
  }

  // MARK: Bytes

  /// The elements' own bytes. For elements without gaps whose bytes are the same on every machine we run on: all are
  /// little-endian.
  func encodeBytes(into encoder: inout StateEncoder) {
    encoder.write(count)
    for (place, chunk) in rest.enumerated() { Self.encode(chunk, count: Self.capacity(place), into: &encoder) }
    Self.encode(last, count: count - Int(lastStart), into: &encoder)
  }

  private static func encode(_ chunk: Chunk, count: Int, into encoder: inout StateEncoder) {
    unsafe encoder.append(
      raw: UnsafeRawBufferPointer(start: chunk.start, count: count * MemoryLayout<Element>.stride))
  }

  /// Any bytes are an element: the caller checks what they say.
  init(bytesFrom decoder: inout StateDecoder) throws(StateDecodingError) {
    self.init()
    var left = try decoder.readCount(ofBytes: MemoryLayout<Element>.stride)
    while left > 0 {
      addChunk(capacity: left)
      let added = Swift.min(left, Int(lastCapacity))
      unsafe try decoder.read(
        into: UnsafeMutableRawBufferPointer(start: last.start, count: added * MemoryLayout<Element>.stride))
      storedCount += UInt32(added)
      left -= added
    }
  }
}

extension ChunkedArray<UInt8> {
  mutating func append(contentsOf text: Text) {
    var source = unsafe text.bytes[...]
    while unsafe !source.isEmpty {
      unsafe append(source.removeFirst())
      let room = Swift.min(Int(lastStart + lastCapacity - storedCount), unsafe source.count)
      guard room > 0 else { continue }
      unsafe address(of: count).initialize(
        from: UnsafeBufferPointer(rebasing: source).baseAddress!, count: room)
      storedCount += UInt32(room)
      unsafe source = source.dropFirst(room)
    }
  }

  /// Lends bytes that may lie in two chunks as one stretch.
  @inline(__always)
  func withBytes<Result>(_ range: Range<Int>, _ body: (UnsafeRawPointer) -> Result) -> Result {
    guard range.upperBound <= count, range.lowerBound >= 0, !range.isEmpty, isInOneChunk(range) else {
      let copy = Array(self[range])
      return unsafe copy.withUnsafeBytes { unsafe body($0.baseAddress ?? UnsafeRawPointer(bitPattern: 1)!) }
    }
    return unsafe body(UnsafeRawPointer(address(of: range.lowerBound)))
  }

  @inline(__always)
  private func isInOneChunk(_ range: Range<Int>) -> Bool {
    range.lowerBound >= Int(lastStart)
      || range.upperBound <= Int(lastStart)
        && Self.place(of: range.lowerBound).chunk == Self.place(of: range.upperBound - 1).chunk
  }
}
