/// A place on a tape: one JSON value, read where it stands. Two words, cheap to copy, nothing to free.
///
/// Valid only until the parser that made it parses again or is freed.
// @safe: the tape is complete; positions only ever come from walking it, and numbers, strings and ends of
// containers are read according to the type byte that stands at the position.
@safe
@frozen
public struct TapeValue: @unchecked Sendable {  // Sendable: the tape does not change while it is valid.
  @usableFromInline let words: UnsafePointer<UInt64>
  @usableFromInline let position: Int

  @inlinable @inline(__always)
  init(words: UnsafePointer<UInt64>, position: Int) {
    unsafe self.words = words
    self.position = position
  }

  /// Where this value stands on its tape; above 0 for every value that another contains.
  @inlinable @inline(__always)
  public var place: UInt32 { UInt32(truncatingIfNeeded: position) }

  /// A value of the same tape.
  /// - Precondition: `place` was given by a value of this tape.
  @inlinable @inline(__always)
  public func value(at place: UInt32) -> TapeValue {
    unsafe TapeValue(words: words, position: Int(place))
  }

  public enum Kind: Sendable {
    case null, bool, int64, uint64, double, string, array, object
  }

  @inlinable @inline(__always)
  var word: UInt64 { unsafe words[position] }

  /// The type byte: one of `n t f l u d " [ {`.
  @inlinable @inline(__always)
  var tag: UInt8 { UInt8(truncatingIfNeeded: word >> 56) }

  @inlinable
  public var kind: Kind {
    switch tag {
    case UInt8(ascii: "\""): .string
    case UInt8(ascii: "{"): .object
    case UInt8(ascii: "["): .array
    case UInt8(ascii: "l"): .int64
    case UInt8(ascii: "u"): .uint64
    case UInt8(ascii: "d"): .double
    case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
    default: .null
    }
  }

  @inlinable @inline(__always)
  public var isNull: Bool { tag == UInt8(ascii: "n") }
  @inlinable @inline(__always)
  public var isString: Bool { tag == UInt8(ascii: "\"") }
  @inlinable @inline(__always)
  public var isObject: Bool { tag == UInt8(ascii: "{") }
  @inlinable @inline(__always)
  public var isArray: Bool { tag == UInt8(ascii: "[") }

  /// The unescaped string, if this is one.
  @inlinable @inline(__always)
  public var text: Text? { isString ? unescaped : nil }

  @inlinable @inline(__always)
  var unescaped: Text {
    let start = unsafe UnsafePointer<UInt8>(bitPattern: UInt(words[position + 1]))
    return unsafe Text(start: start.unsafelyUnwrapped, count: Int(word & 0x00FF_FFFF_FFFF_FFFF))
  }

  @inlinable
  public var bool: Bool? {
    switch tag {
    case UInt8(ascii: "t"): true
    case UInt8(ascii: "f"): false
    default: nil
    }
  }

  /// A number written without fraction and exponent that fits.
  @inlinable
  public var int64: Int64? {
    // The tape holds as `u` only what is too large for Int64.
    tag == UInt8(ascii: "l") ? unsafe Int64(bitPattern: words[position + 1]) : nil
  }

  /// A number written without sign, fraction and exponent that fits.
  @inlinable
  public var uint64: UInt64? {
    switch tag {
    case UInt8(ascii: "u"): unsafe words[position + 1]
    case UInt8(ascii: "l"): unsafe UInt64(exactly: Int64(bitPattern: words[position + 1]))
    default: nil
    }
  }

  /// Any number, rounded to the nearest double.
  @inlinable
  public var double: Double? {
    switch tag {
    case UInt8(ascii: "d"): unsafe Double(bitPattern: words[position + 1])
    case UInt8(ascii: "l"): unsafe Double(Int64(bitPattern: words[position + 1]))
    case UInt8(ascii: "u"): unsafe Double(words[position + 1])
    default: nil
    }
  }
}
