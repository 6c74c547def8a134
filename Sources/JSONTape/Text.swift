public import CSimdJSON

/// UTF-8 bytes that somebody else owns: a string of a tape, a slice of a source, or a literal.
///
/// Valid only until the parser that handed it out parses again or is freed. Copy with ``string`` to keep it.
// @safe: a Text is made of bytes that its maker keeps alive for as long as this documentation says; no operation here
// reads outside `start ..< start + count`.
@safe
@frozen
public struct Text: @unchecked Sendable {  // Sendable: the bytes do not change while the Text is valid.
  /// Where the bytes are; valid for as long as the text is.
  public let start: UnsafePointer<UInt8>
  public let count: Int

  /// - Precondition: `count` bytes from `start` stay readable and unchanged while this Text is used.
  @inlinable @inline(__always)
  public init(start: UnsafePointer<UInt8>, count: Int) {
    unsafe self.start = start
    self.count = count
  }

  /// A literal, which lives for ever.
  @inlinable @inline(__always)
  public init(_ literal: StaticString) {
    unsafe self.init(start: literal.utf8Start, count: literal.utf8CodeUnitCount)
  }

  @inlinable @inline(__always)
  public var isEmpty: Bool { count == 0 }

  @inlinable @inline(__always)
  public subscript(index: Int) -> UInt8 {
    precondition(index >= 0 && index < count, "byte index outside the text")
    return unsafe start[index]
  }

  @inlinable @inline(__always)
  public var bytes: UnsafeBufferPointer<UInt8> { unsafe UnsafeBufferPointer(start: start, count: count) }

  /// The same bytes without the first `length`, which must not exceed ``count``.
  @inlinable @inline(__always)
  public func dropFirst(_ length: Int) -> Text {
    precondition(length >= 0 && length <= count, "cannot drop more bytes than there are")
    return unsafe Text(start: start + length, count: count - length)
  }

  /// The first `length` bytes, which must not exceed ``count``.
  @inlinable @inline(__always)
  public func prefix(_ length: Int) -> Text {
    precondition(length >= 0 && length <= count, "cannot take more bytes than there are")
    return unsafe Text(start: start, count: length)
  }

  @inlinable @inline(__always)
  public func hasPrefix(_ literal: StaticString) -> Bool {
    let length = literal.utf8CodeUnitCount
    return unsafe count >= length && tape_bytes_equal(start, literal.utf8Start, length)
  }

  /// A copy. Bytes that are not UTF-8 become U+FFFD.
  @inlinable
  public var string: String { unsafe String(decoding: bytes, as: UTF8.self) }

  /// Appends the bytes as they are.
  @inlinable
  public func append(to output: inout [UInt8]) { unsafe output.append(contentsOf: bytes) }

  /// A copy.
  @inlinable
  public var array: [UInt8] { unsafe [UInt8](bytes) }
}

extension Text: Hashable, Comparable {
  @inlinable @inline(__always)
  public static func == (left: Text, right: Text) -> Bool {
    unsafe left.count == right.count && tape_bytes_equal(left.start, right.start, left.count)
  }

  /// For literals kept in variables; a literal in place is a ``Text`` by itself.
  @inlinable @inline(__always)
  @_disfavoredOverload
  public static func == (left: Text, right: StaticString) -> Bool { left == Text(right) }

  /// By bytes, which for UTF-8 is by code points.
  @inlinable
  public static func < (left: Text, right: Text) -> Bool {
    let order = unsafe tape_bytes_compare(left.start, right.start, min(left.count, right.count))
    return order == 0 ? left.count < right.count : order < 0
  }

  @inlinable
  public func hash(into hasher: inout Hasher) {
    unsafe hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
    hasher.combine(count)
  }
}

/// So that a Text compares with literals, in `==`, in a `switch` and through optionals.
extension Text: ExpressibleByStringLiteral {
  @inlinable @inline(__always)
  public init(stringLiteral literal: StaticString) { self.init(literal) }
}

extension Text: CustomStringConvertible {
  public var description: String { string }
}
