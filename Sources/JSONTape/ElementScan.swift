internal import CSimdJSON

/// Walks an array of objects on the tape and in simdjson's list of structural bytes at once, so that each element's
/// bytes are known without looking at the others.
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
    /// Where the `,` or `]` behind it is.
    let separator: Int
    /// From its `{` to its `}`.
    let structurals: Range<Int>
  }

  var isAtEnd: Bool { position >= stop }

  /// The next element, or nil if it is not an object.
  mutating func advance() -> Element? {
    let word = unsafe words[position]
    guard UInt8(truncatingIfNeeded: word >> 56) == UInt8(ascii: "{") else { return nil }
    let object = unsafe tape_pass_object(source, structurals, next)
    defer {
      position = Int(word & 0xFFFF_FFFF)
      next = object.next + 1
    }
    return unsafe Element(
      position: position, start: Int(structurals[next]), end: Int(structurals[object.next - 1]) + 1,
      isSpaced: object.is_spaced, separator: Int(structurals[object.next]), structurals: next..<object.next)
  }

  /// Whether the element has more levels of nesting than `maxDepth`.
  func isDeeper(_ element: Element, than maxDepth: Int) -> Bool {
    guard element.structurals.count > 2 * maxDepth else { return false }  // each level has two
    return unsafe deepestLevel(source, structurals, element.structurals) > maxDepth
  }
}

/// How deep containers nest between two structurals.
func deepestLevel(
  _ source: UnsafePointer<UInt8>, _ structurals: UnsafePointer<UInt32>, _ range: Range<Int>
) -> Int {
  var depth = 0
  var deepest = 0
  for index in range {
    switch unsafe source[Int(structurals[index])] {
    case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
    case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
    default: break
    }
    deepest = max(deepest, depth)
  }
  return deepest
}
