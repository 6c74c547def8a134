import JSONTape

/// A list kept in chunks of 1,024 elements.
///
/// Appending never moves more than one chunk, so a long list grows without a pause. A copy shares all chunks; the first
/// write to a chunk that another copy holds copies that chunk alone. So a copy of a state of millions of records is made at
/// once, and read on another thread while the original goes on changing.
// @unchecked Sendable: a chunk is written only through a list that is its one owner.
@safe
struct ChunkedArray<Element: BitwiseCopyable>: @unchecked Sendable {
  @safe
  private struct Chunk {
    var owner: SharedBytes
    /// The owner's, here so that reading counts no references.
    let start: UnsafeMutablePointer<Element>

    init(capacity: Int) {
      // An element that fills lines of cache begins with one.
      let alignment = MemoryLayout<Element>.stride % 64 == 0 ? 64 : 16
      owner = .make(byteCount: capacity * MemoryLayout<Element>.stride, alignment: alignment)
      unsafe start = owner.start(alignment: alignment).bindMemory(to: Element.self, capacity: capacity)
    }
  }

  private static var shift: Int { 10 }
  private static var chunkCapacity: Int { 1 << shift }
  private static var mask: Int { chunkCapacity - 1 }
  private static var firstCapacity: Int { 8 }

  private var chunks: [Chunk] = []
  private(set) var count = 0
  /// Of the last chunk: the first one of a list starts small.
  private var lastCapacity = 0

  init() {}

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
    unsafe chunks.withUnsafeBufferPointer { unsafe $0[index &>> Self.shift].start }
  }

  /// An element to be written; valid until the list grows or is copied.
  @inline(__always)
  mutating func pointer(to index: Int) -> UnsafeMutablePointer<Element> {
    precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "no element there")
    let place = index &>> Self.shift
    if !isKnownUniquelyReferenced(&chunks[place].owner) { separate(place) }
    return unsafe chunkStart(of: index) + (index & Self.mask)
  }

  @inline(__always)
  mutating func append(_ element: Element) {
    let offset = count & Self.mask
    if offset == 0, count >> Self.shift == chunks.count {
      addChunk()
    } else if offset == lastCapacity {
      growLast()
    } else if !isKnownUniquelyReferenced(&chunks[chunks.count - 1].owner) {
      separate(chunks.count - 1)
    }
    unsafe (chunks[chunks.count - 1].start + offset).initialize(to: element)
    count += 1
  }

  @discardableResult
  mutating func removeLast() -> Element {
    let last = self[count - 1]
    count -= 1
    if count & Self.mask == 0 {
      chunks.removeLast()
      lastCapacity = chunks.isEmpty ? 0 : Self.chunkCapacity
    }
    return last
  }

  mutating func removeAll() { self = ChunkedArray() }

  /// Makes room for so many elements in an empty list, up to a chunk.
  mutating func reserve(_ capacity: Int) {
    guard count == 0, chunks.isEmpty, capacity > 0 else { return }
    addChunk(capacity: Swift.max(Self.firstCapacity, Swift.min(capacity, Self.chunkCapacity).nextPowerOfTwo))
  }

  /// Repeats `element` until there are `newCount` elements.
  mutating func extend(to newCount: Int, with element: Element) {
    while count < newCount { append(element) }
  }

  private mutating func addChunk() { addChunk(capacity: chunks.isEmpty ? Self.firstCapacity : Self.chunkCapacity) }

  private mutating func addChunk(capacity: Int) {
    lastCapacity = capacity
    chunks.append(Chunk(capacity: lastCapacity))
  }

  @inline(never)
  private mutating func growLast() {
    let place = chunks.count - 1
    lastCapacity *= 2
    replace(place, capacity: lastCapacity)
  }

  @inline(never)
  private mutating func separate(_ place: Int) {
    replace(place, capacity: place == chunks.count - 1 ? lastCapacity : Self.chunkCapacity)
  }

  private mutating func replace(_ place: Int, capacity: Int) {
    let new = Chunk(capacity: capacity)
    unsafe new.start.initialize(from: chunks[place].start, count: elementCount(of: place))
    chunks[place] = new
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

  // MARK: Bytes

  /// The elements' own bytes. For elements without gaps whose bytes are the same on every machine we run on: all are
  /// little-endian.
  func encodeBytes(into encoder: inout StateEncoder) {
    encoder.write(count)
    for place in chunks.indices {
      unsafe encoder.append(
        raw: UnsafeRawBufferPointer(
          start: chunks[place].start, count: elementCount(of: place) * MemoryLayout<Element>.stride))
    }
  }

  /// Any bytes are an element: the caller checks what they say.
  init(bytesFrom decoder: inout StateDecoder) throws(StateDecodingError) {
    self.init()
    var left = try decoder.readCount(ofBytes: MemoryLayout<Element>.stride)
    while left > 0 {
      let added = Swift.min(left, Self.chunkCapacity)
      addChunk(capacity: chunks.isEmpty ? Swift.max(added.nextPowerOfTwo, Self.firstCapacity) : Self.chunkCapacity)
      unsafe try decoder.read(
        into: UnsafeMutableRawBufferPointer(
          start: chunks[chunks.count - 1].start, count: added * MemoryLayout<Element>.stride))
      count += added
      left -= added
    }
  }
}

extension ChunkedArray<UInt8> {
  mutating func append(contentsOf text: Text) {
    var source = unsafe text.bytes[...]
    while unsafe !source.isEmpty {
      unsafe append(source.removeFirst())
      let room = Swift.min(lastCapacity - count & Self.mask, unsafe source.count)
      guard room > 0, count & Self.mask > 0 else { continue }
      unsafe (chunks[chunks.count - 1].start + (count & Self.mask)).initialize(
        from: UnsafeBufferPointer(rebasing: source).baseAddress!, count: room)
      count += room
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
    return unsafe body(UnsafeRawPointer(chunks[place].start + (range.lowerBound & Self.mask)))
  }
}

extension Int {
  /// The least power of two that is not below it.
  var nextPowerOfTwo: Int { self <= 1 ? 1 : 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount) }
}
