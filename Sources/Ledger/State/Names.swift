public import JSONTape

/// The number of a text in a ``Names``; 0 stands for "none".
public struct NameID: Hashable, Comparable, Sendable, BitwiseCopyable {
  public var rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }
  public static let none = NameID(rawValue: 0)
  public var isNone: Bool { rawValue == 0 }
  public static func < (left: NameID, right: NameID) -> Bool { left.rawValue < right.rawValue }
}

/// Texts that repeat, each kept once and numbered from 1 in the order first seen.
public struct Names: Sendable {
  private var bytes = ChunkedArray<UInt8>()
  /// Where each text ends in `bytes`; the first entry stands for "none".
  private var ends = ChunkedArray<UInt32>()
  private var index = HashIndex()
  /// What was found last: the same name often comes again at once.
  private var last: UInt32 = 0

  public init() { ends.append(0) }

  public var count: Int { ends.count - 1 }

  @inline(__always)
  public mutating func intern(_ text: Text) -> NameID {
    if last != 0, equals(last, text) { return NameID(rawValue: last) }
    let hash = Mixing.mix(text)
    last = find(text, hash: hash)?.rawValue ?? add(text, hash: hash)
    return NameID(rawValue: last)
  }

  /// As ``intern(_:)``, for a role in which one name often follows itself.
  @inline(__always)
  mutating func intern(_ text: Text, hint: inout NameHint) -> NameID {
    guard NameHint.canHold(text) else { return intern(text) }
    let words = Mixing.words(text)
    if hint.holds(text, words) { return hint.id }
    hint = NameHint(intern(text), text, words)
    return hint.id
  }

  @inline(never)
  private mutating func add(_ text: Text, hash: UInt64) -> UInt32 {
    if index.isFull(for: hash) {
      index.makeRoom(for: hash) { [self] in withText(NameID(rawValue: $0)) { Mixing.mix($0) } }
    }
    bytes.append(contentsOf: text)
    ends.append(UInt32(bytes.count))
    index.insert(UInt32(count), hash: hash)
    return UInt32(count)
  }

  @inline(__always)
  public mutating func intern(_ text: Text?) -> NameID {
    guard let text else { return .none }
    return intern(text)
  }

  public mutating func intern(_ literal: StaticString) -> NameID { intern(Text(literal)) }

  @inline(__always)
  public func find(_ text: Text) -> NameID? {
    if last != 0, equals(last, text) { return NameID(rawValue: last) }
    return find(text, hash: Mixing.mix(text))
  }

  public func find(_ string: String) -> NameID? {
    var string = string
    return string.withUTF8 { unsafe find(Text(buffer: $0)) }
  }

  private func find(_ text: Text, hash: UInt64) -> NameID? {
    index.find(hash) { equals($0, text) }.map { NameID(rawValue: $0) }
  }

  /// Asks for what ``find(_:)`` looks at first.
  @inline(__always)
  mutating func fetch(_ text: Text) { index.fetch(Mixing.mix(text)) }

  /// Asks for what ``find(_:)`` looks at next.
  @inline(__always)
  mutating func fetchEnd(_ text: Text) {
    if let number = index.guess(Mixing.mix(text)) { ends.fetch(Int(number)) }
  }

  /// And for the bytes that it compares.
  @inline(__always)
  mutating func fetchBytes(_ text: Text) {
    if let number = index.guess(Mixing.mix(text)) { bytes.fetch(Int(ends[Int(number) - 1])) }
  }

  @inline(__always)
  private func equals(_ number: UInt32, _ text: Text) -> Bool {
    let start = Int(ends[Int(number) - 1])
    guard Int(ends[Int(number)]) - start == text.count else { return false }
    return unsafe bytes.withBytes(start..<start + text.count) { stored in
      unsafe Mixing.equal(stored, UnsafeRawPointer(text.bytes.baseAddress!), text.count)
    }
  }

  private func range(_ id: NameID) -> Range<Int> {
    id.isNone ? 0..<0 : Int(ends[Int(id.rawValue) - 1])..<Int(ends[Int(id.rawValue)])
  }

  /// The bytes of a name; empty for ``NameID/none``.
  public subscript(id: NameID) -> [UInt8] { withText(id) { unsafe Array($0.bytes) } }

  public func string(_ id: NameID) -> String { withText(id) { $0.string } }

  /// Lends the name as a text for the length of `body`.
  public func withText<Result>(_ id: NameID, _ body: (Text) -> Result) -> Result {
    let range = range(id)
    return unsafe bytes.withBytes(range) { start in
      unsafe body(Text(start: start.assumingMemoryBound(to: UInt8.self), count: range.count))
    }
  }

  /// Byte order; "none" first.
  public func isOrdered(_ left: NameID, before right: NameID) -> Bool {
    if left.isNone || right.isNone { return left.isNone && !right.isNone }
    return withText(left) { left in withText(right) { right in left < right } }
  }

  public func encode(into encoder: inout StateEncoder) {
    encoder.write(count)
    for number in 1..<UInt32(ends.count) {
      withText(NameID(rawValue: number)) { name in unsafe encoder.write(bytes: name.bytes) }
    }
  }

  public init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    let count = try decoder.readCount()
    index = HashIndex(for: count)
    ends.reserve(count + 1)
    ends.append(0)
    for number in 0..<count {
      let id = unsafe try decoder.withBytes { unsafe intern(Text(buffer: $0)) }
      guard Int(id.rawValue) == number + 1 else { throw decoder.failure("a name twice") }
    }
  }
}

/// The name that came last in some role, so that it is known again without a search. It belongs to one ``Names``.
struct NameHint: Sendable {
  /// As of ``Mixing/words(_:)``.
  typealias Words = (UInt64, UInt64, UInt64, UInt64)

  private(set) var id = NameID.none
  private var count = 0
  private var words: Words = (0, 0, 0, 0)

  init() {}

  @inline(__always)
  init(_ id: NameID, _ text: Text, _ words: Words) {
    self.id = id
    count = text.count
    self.words = words
  }

  @inline(__always)
  static func canHold(_ text: Text) -> Bool { text.count > 0 && text.count <= 32 }

  @inline(__always)
  func holds(_ text: Text, _ other: Words) -> Bool {
    count == text.count && words.0 == other.0 && words.1 == other.1 && words.2 == other.2 && words.3 == other.3
  }
}

extension Text {
  /// A text over lent bytes, valid as long as they are.
  @unsafe init(buffer: UnsafeBufferPointer<UInt8>) {
    if let start = buffer.baseAddress { unsafe self.init(start: start, count: buffer.count) } else { self.init("") }
  }
}

extension Names {
  public mutating func intern(_ string: String) -> NameID {
    var string = string
    return string.withUTF8 { unsafe intern(Text(buffer: $0)) }
  }
}
