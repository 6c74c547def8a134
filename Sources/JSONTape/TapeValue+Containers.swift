extension TapeValue {
  /// Where the value after this one starts.
  @inlinable @inline(__always)
  var end: Int {
    switch tag {
    case UInt8(ascii: "{"), UInt8(ascii: "["): Int(word & 0xFFFF_FFFF)
    case UInt8(ascii: "\""), UInt8(ascii: "l"), UInt8(ascii: "u"), UInt8(ascii: "d"): position + 2
    default: position + 1
    }
  }

  @inlinable @inline(__always)
  func at(_ position: Int) -> TapeValue { unsafe TapeValue(words: words, position: position) }

  /// Calls `body` with each member of an object in the order of the document, equal names included. Nothing if this
  /// is not an object.
  @inlinable @inline(__always)
  public func forEachMember<Failure: Error>(
    _ body: (_ name: Text, _ value: TapeValue) throws(Failure) -> Void
  ) throws(Failure) {
    guard isObject else { return }
    let stop = end - 1
    var position = position + 1
    while position < stop {
      let value = at(position + 2)  // a name is a string, which takes two words
      try body(at(position).unescaped, value)
      position = value.end
    }
  }

  /// Calls `body` with each element of an array in order. Nothing if this is not an array.
  @inlinable @inline(__always)
  public func forEachElement<Failure: Error>(_ body: (_ value: TapeValue) throws(Failure) -> Void) throws(Failure) {
    guard isArray else { return }
    let stop = end - 1
    var position = position + 1
    while position < stop {
      let value = at(position)
      try body(value)
      position = value.end
    }
  }

  /// For names kept in variables; a literal in place is a ``Text`` by itself.
  @inlinable
  @_disfavoredOverload
  public subscript(name: StaticString) -> TapeValue? { self[Text(name)] }

  /// The first member of that name, or nil if there is none or this is not an object.
  /// - Complexity: O(members), nested ones are skipped.
  @inlinable
  public subscript(name: Text) -> TapeValue? {
    guard isObject else { return nil }
    let stop = end - 1
    var position = position + 1
    while position < stop {
      if at(position).unescaped == name { return at(position + 2) }
      position = at(position + 2).end
    }
    return nil
  }

  /// How many members an object or elements an array has; 0 for anything else.
  /// - Complexity: O(1) up to 16,777,214, else O(*n*).
  public var count: Int {
    guard isObject || isArray else { return 0 }
    let count = Int((word >> 32) & 0xFF_FFFF)
    return count < 0xFF_FFFF ? count : walkedCount
  }

  private var walkedCount: Int {
    var count = 0
    if isObject { forEachMember { _, _ in count += 1 } } else { forEachElement { _ in count += 1 } }
    return count
  }
}
