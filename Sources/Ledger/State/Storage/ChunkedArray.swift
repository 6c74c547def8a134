import JSONTape

/// A list kept in chunks.
///
/// Appending never moves more than one chunk, so a long list grows without a pause. A copy shares all chunks; the first
/// write to a chunk that another copy holds copies that chunk alone. So a copy of a state of millions of records is made at
/// once, and read on another thread while the original goes on changing.
///
/// Most lists of most accounts have one chunk, and where there are many accounts none of it is in the processor's cache. So
/// the list itself says where its first chunk is: one look at memory less, and no storage for a list of one chunk.
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
  }

  /// Chunks of 1,024 elements, of large ones 256, so that little is copied for one change.
  @inline(__always)
  private static var shift: Int { MemoryLayout<Element>.stride < 24 ? 10 : 8 }
  private static var chunkCapacity: Int { 1 << shift }
  private static var mask: Int { chunkCapacity - 1 }
  private static var firstCapacity: Int { 8 }

  private var first = Chunk()
  /// The chunks behind the first.
  private var rest: [Chunk] = []
  private var storedCount: UInt32 = 0
  /// Of the last chunk, which starts small where the list is short; all others are full. 0 while there is none.
  private var lastCapacity: UInt32 = 0

  init() {}

  var count: Int {
    @inline(__always) get { Int(storedCount) }
  }

  subscript(index: Int) -> Element {
    @inline(__always)
    _read {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "no element there")
      yield unsafe chunkStart(of: index)[index & Self.mask]
    }
    @inline(__always)
    _modify {
      yield unsafe &pointer(to: index).pointee
    }
  }

  /// Where the chunk of an element begins. That the element is there was checked, and so the chunk is: no second check.
  @inline(__always)
  private func chunkStart(of index: Int) -> UnsafeMutablePointer<Element> {
    let place = index &>> Self.shift
    if place == 0 { return unsafe first.start }
    return unsafe rest.withUnsafeBufferPointer { unsafe $0[place &- 1].start }
  }

  /// An element to be written; valid until the list grows or is copied.
  @inline(__always)
  mutating func pointer(to index: Int) -> UnsafeMutablePointer<Element> {
    precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "no element there")
    let place = index &>> Self.shift
    if !isSole(place) { separate(place) }
    return unsafe chunkStart(of: index) + (index & Self.mask)
  }

  /// Whether no copy of the list has this chunk too.
  @inline(__always)
  private mutating func isSole(_ place: Int) -> Bool {
    place == 0 ? isKnownUniquelyReferenced(&first.owner) : isKnownUniquelyReferenced(&rest[place - 1].owner)
  }

  private var chunkCount: Int { lastCapacity == 0 ? 0 : 1 + rest.count }

  private func chunk(_ place: Int) -> Chunk { place == 0 ? first : rest[place - 1] }

  @inline(__always)
  mutating func append(_ element: Element) {
    let offset = count & Self.mask
    if offset == 0, count >> Self.shift == chunkCount {
      addChunk()
    } else if offset == Int(lastCapacity) {
      growLast()
    } else if !isSole(count &>> Self.shift) {
      separate(count &>> Self.shift)
    }
    unsafe (chunkStart(of: count) + offset).initialize(to: element)
    storedCount += 1
  }

  @discardableResult
  mutating func removeLast() -> Element {
    let last = self[count - 1]
    storedCount -= 1
    if count & Self.mask == 0 {
      lastCapacity = rest.isEmpty ? 0 : UInt32(Self.chunkCapacity)
      if rest.popLast() == nil { first = Chunk() }
    }
    return last
  }

  mutating func removeAll() { self = ChunkedArray() }

  /// Makes room for so many elements in an empty list, up to a chunk.
  mutating func reserve(_ capacity: Int) {
    guard lastCapacity == 0, capacity > 0 else { return }
    addChunk(capacity: Swift.min(Swift.max(capacity, Self.firstCapacity), Self.chunkCapacity))
  }

  /// Repeats `element` until there are `newCount` elements.
  mutating func extend(to newCount: Int, with element: Element) {
    while count < newCount { append(element) }
  }

  @inline(never)
  private mutating func addChunk() {
    // A quarter of what is there: of ten thousand lists of 1,100 elements few have room for 2,000.
    addChunk(capacity: Swift.min(Swift.max(count / 4, Self.firstCapacity), Self.chunkCapacity))
  }

  private mutating func addChunk(capacity: Int) {
    if lastCapacity == 0 { first = Chunk(capacity: capacity) } else { rest.append(Chunk(capacity: capacity)) }
    lastCapacity = UInt32(capacity)
  }

  @inline(never)
  private mutating func growLast() {
    // By half, not twofold: what is never used is memory too.
    lastCapacity = Swift.min(
      lastCapacity + Swift.max(lastCapacity / 2, UInt32(Self.firstCapacity)), UInt32(Self.chunkCapacity))
    replace(chunkCount - 1, capacity: Int(lastCapacity))
  }

  @inline(never)
  private mutating func separate(_ place: Int) {
    replace(place, capacity: place == chunkCount - 1 ? Int(lastCapacity) : Self.chunkCapacity)
  }

  private mutating func replace(_ place: Int, capacity: Int) {
    let new = Chunk(capacity: capacity)
    unsafe new.start.initialize(from: chunk(place).start, count: elementCount(of: place))
    if place == 0 { first = new } else { rest[place - 1] = new }
  }

  private func elementCount(of place: Int) -> Int { Swift.min(count - place << Self.shift, Self.chunkCapacity) }
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

  /// Asks for what says whether the list is shared, and for its first elements.
  @inline(__always)
  func fetchStart() {
    guard count > 0 else { return }
    unsafe Cache.fetch(UnsafeRawPointer(first.start) - 8)
    unsafe Cache.fetch(UnsafeRawPointer(first.start) + 56)
  }

  /// Asks for an element that may be there.
  @inline(__always)
  func fetch(_ index: Int) {
    guard index < count else { return }
    unsafe Cache.fetch(chunkStart(of: index) + (index & Self.mask))
  }

  /// Asks for the place of the next element.
  @inline(__always)
  func fetchEnd() {
    guard count > 0, count & Self.mask != 0 else { return }
    let start = unsafe chunkStart(of: count)
    unsafe Cache.fetch(UnsafeRawPointer(start) - 8)
    unsafe Cache.fetch(start + (count & Self.mask))
  }

  // MARK: Bytes

  /// The elements' own bytes. For elements without gaps whose bytes are the same on every machine we run on: all are
  /// little-endian.
  func encodeBytes(into encoder: inout StateEncoder) {
    encoder.write(count)
    for place in 0..<chunkCount {
      unsafe encoder.append(
        raw: UnsafeRawBufferPointer(
          start: chunk(place).start, count: elementCount(of: place) * MemoryLayout<Element>.stride))
    }
  }

  /// Any bytes are an element: the caller checks what they say.
  init(bytesFrom decoder: inout StateDecoder) throws(StateDecodingError) {
    self.init()
    var left = try decoder.readCount(ofBytes: MemoryLayout<Element>.stride)
    while left > 0 {
      let added = Swift.min(left, Self.chunkCapacity)
      addChunk(capacity: Swift.max(added, Self.firstCapacity))
      unsafe try decoder.read(
        into: UnsafeMutableRawBufferPointer(
          start: chunk(chunkCount - 1).start, count: added * MemoryLayout<Element>.stride))
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
      let room = Swift.min(Int(lastCapacity) - count & Self.mask, unsafe source.count)
      guard room > 0, count & Self.mask > 0 else { continue }
      unsafe (chunkStart(of: count) + (count & Self.mask)).initialize(
        from: UnsafeBufferPointer(rebasing: source).baseAddress!, count: room)
      storedCount += UInt32(room)
      unsafe source = source.dropFirst(room)
    }
  }

  /// Lends bytes that may lie in two chunks as one stretch.
  @inline(__always)
  func withBytes<Result>(_ range: Range<Int>, _ body: (UnsafeRawPointer) -> Result) -> Result {
    let place = range.lowerBound >> Self.shift
    guard range.upperBound <= count, place == (range.upperBound - 1) >> Self.shift, range.lowerBound >= 0 else {
      let copy = Array(self[range])
      return unsafe copy.withUnsafeBytes { unsafe body($0.baseAddress ?? UnsafeRawPointer(bitPattern: 1)!) }
    }
    return unsafe body(UnsafeRawPointer(chunkStart(of: range.lowerBound) + (range.lowerBound & Self.mask)))
  }
}
