internal import CSimdJSON

/// Walks an array of objects on the tape and in simdjson's list of structural bytes at once, so that each element's
/// bytes are known without looking at the others.
///
/// The list holds the offsets of each `{ } [ ] : ,` outside strings and of each scalar's first byte. Between two of them
/// stands nothing but the first one's value and white space; so white space shows just before the second one.
// @safe: made of a successful parse of `source`, whose list is ascending, inside the source and balanced.
@safe
struct ElementScan {
  private let source: UnsafePointer<UInt8>
  private let words: UnsafePointer<UInt64>
  private let structurals: UnsafePointer<UInt32>
  private var next = 1  // structural 0 is the array's `[`
  private var position = 2  // word 0 is the document, word 1 the array
  private let stop: Int

  /// `source` was just parsed to `view`, and is an array.
  init(source: UnsafePointer<UInt8>, view: tape_view) {
    unsafe self.source = source
    unsafe words = view.words
    unsafe structurals = view.structurals
    unsafe stop = Int(view.words[1] & 0xFFFF_FFFF) - 1
  }

  struct Element {
    /// Of the object's first word on the tape.
    let position: Int
    /// In the source.
    let start, end: Int
    /// Whether white space stands inside it outside strings.
    let isSpaced: Bool
    /// Levels of nesting, 1 for a flat object.
    let depth: Int
    /// Where the `,` or `]` behind it is.
    let separator: Int
  }

  var isAtEnd: Bool { position >= stop }

  /// Where the element that ``advance()`` would read starts in the source.
  var nextStart: Int { unsafe Int(structurals[next]) }

  /// The next element, or nil if it is not an object.
  mutating func advance() -> Element? {
    let word = unsafe words[position]
    guard UInt8(truncatingIfNeeded: word >> 56) == UInt8(ascii: "{") else { return nil }
    let first = position
    position = Int(word & 0xFFFF_FFFF)
    let start = nextStart
    let (isSpaced, depth) = passObject()
    let separator = unsafe Int(structurals[next])
    next += 1
    return unsafe Element(
      position: first, start: start, end: Int(structurals[next - 2]) + 1, isSpaced: isSpaced,
      depth: depth, separator: separator)
  }

  /// Moves behind the closing brace.
  @inline(__always)
  private mutating func passObject() -> (isSpaced: Bool, depth: Int) {
    var index = next
    var depth = 1
    var deepest = 1
    var lowest: UInt8 = 0xFF
    repeat {
      index &+= 1
      let offset = unsafe Int(structurals[index])
      lowest = unsafe min(lowest, source[offset &- 1])
      unsafe depth &+= levelChange(source[offset])
      deepest = max(deepest, depth)
    } while depth != 0
    next = index &+ 1
    return (lowest <= 0x20, deepest)
  }
}
