public import CSimdJSON

/// The names that the members of one kind of object may have, at most 16, numbered from 0 in the order in which they mostly
/// stand. Made once a kind and kept for ever.
// @safe: `names` has `count` entries and one behind them that never change and are never freed; their bytes are literals.
@safe
public struct MemberNames: ExpressibleByArrayLiteral, @unchecked Sendable {
  @usableFromInline let names: UnsafeMutablePointer<tape_name>
  public let count: Int

  public init(arrayLiteral literals: StaticString...) {
    precondition(literals.count <= 16, "places are kept for 16 members")
    count = literals.count
    unsafe names = .allocate(capacity: count + 1)
    for (index, name) in literals.enumerated() {
      unsafe (names + index).initialize(
        to: tape_name_of(name.utf8Start, UInt32(name.utf8CodeUnitCount), UInt32(index)))
    }
    unsafe (names + count).initialize(to: tape_name())  // like no name on a tape
  }

  public subscript(index: Int) -> Text {
    precondition(index >= 0 && index < count, "no such member")
    return unsafe Text(start: names[index].bytes, count: Int(names[index].count))
  }
}

/// Where the members of an object stand on its tape, by their number among ``MemberNames``; 0 for what is absent or null.
public typealias MemberPlaces = InlineArray<16, UInt32>

extension TapeValue {
  /// Finds the members that `names` has in one pass; others are passed over. Nothing if this is not an object.
  /// - Precondition: `places` are all 0.
  /// - Returns: the number of a name that stands twice, or nil.
  @inlinable @inline(__always)
  public func find(_ names: MemberNames, _ places: inout MemberPlaces) -> Int? {
    guard isObject else { return nil }
    var span = places.mutableSpan
    let twice = unsafe span.withUnsafeMutableBufferPointer { places in
      unsafe tape_find_members(
        words, position, names.names, places.baseAddress)
    }
    return twice < 0 ? nil : Int(twice)
  }
}
