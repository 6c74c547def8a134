/// Bytes outside the heap, which lists read where they lie.
///
/// A list writes only to a chunk that it alone has. This is a second owner: so as long as whoever made the bytes keeps it, the
/// first change of a chunk there makes a copy in the heap.
@safe
public struct ColdBytes: @unchecked Sendable {  // the owner has no content, and the bytes do not change
  var owner: SharedBytes
  let start: UnsafeRawPointer

  /// - Parameter start: at a multiple of 64. The bytes must stay as they are until nobody reads them any more.
  @unsafe
  public init(at start: UnsafeRawPointer) {
    owner = .make(byteCount: 0, alignment: 16)
    unsafe self.start = start
  }

  /// Whether a list still reads them. Once none does, none will.
  public mutating func isRead() -> Bool { !isKnownUniquelyReferenced(&owner) }
}

/// A full chunk of one of an account's lists, as it was when it was found. What it has does not change: who writes to a chunk
/// while this is kept writes to a copy.
@safe
public struct ListChunk: @unchecked Sendable {  // its bytes do not change
  /// Of the account's lists in the order of ``ListVisitor``, from 0.
  let list: Int
  /// Among the list's chunks.
  let place: Int
  let owner: SharedBytes
  public let bytes: UnsafeRawBufferPointer

  /// The same for a chunk that nobody has written to. Another one may have it once this one is gone.
  public var identity: ObjectIdentifier { ObjectIdentifier(owner) }
}

/// Goes through the lists of an account that grow with its events, in an order that is always the same.
///
/// Left out are lists that grow with what an account has (contacts, names, templates) and tables that find things.
protocol ListVisitor {
  mutating func visit<Element>(_ list: inout ChunkedArray<Element>)
}

/// Finds the chunks that are full, but for the last of each list, which changes soon.
struct ChunkFinder: ListVisitor {
  private var list = 0
  private let found: (ListChunk) -> Void

  init(_ found: @escaping (ListChunk) -> Void) { self.found = found }

  mutating func visit<Element>(_ list: inout ChunkedArray<Element>) {
    list.forEachFullChunk(of: self.list, found)
    self.list += 1
  }
}

/// Lets lists read chunks elsewhere that they have not changed since these were found.
struct ChunkMover: ListVisitor {
  private var list = 0
  private var moves: ArraySlice<(chunk: ListChunk, target: ColdBytes)>

  /// - Parameter moves: in the order found.
  init(_ moves: ArraySlice<(chunk: ListChunk, target: ColdBytes)>) { self.moves = moves }

  mutating func visit<Element>(_ list: inout ChunkedArray<Element>) {
    while let (chunk, target) = moves.first, chunk.list == self.list {
      list.move(chunk, to: target)
      moves.removeFirst()
    }
    self.list += 1
  }
}
