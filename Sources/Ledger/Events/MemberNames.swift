import JSONTape

/// The names that the members of one kind of object may have, numbered from 0 in the order in which they mostly stand. Made
/// once a kind and kept for ever.
// @safe: `entries` has `count` entries that never change and are never freed.
@safe
struct MemberNames: ExpressibleByArrayLiteral, @unchecked Sendable {
  private struct Entry {
    let head, tail: UInt64
    let name: Text
  }

  private let entries: UnsafeMutablePointer<Entry>
  let count: Int

  init(arrayLiteral names: Text...) {
    count = names.count
    unsafe entries = .allocate(capacity: max(count, 1))
    for (index, name) in names.enumerated() {
      unsafe (entries + index).initialize(to: Entry(head: name.head, tail: name.tail, name: name))
    }
  }

  subscript(index: Int) -> Text {
    precondition(index >= 0 && index < count, "no such member")
    return unsafe entries[index].name
  }

  /// The number of `name`, or -1. The search begins behind `last`, the number of the member before it: where members stand
  /// in the usual order, the first look finds it.
  /// - Parameter head: the name's ``Text/head``.
  @inline(__always)
  func index(of name: Text, head: UInt64, behind last: Int = -1) -> Int {
    var candidate = last
    for _ in 0..<count {
      candidate = candidate &+ 1 == count ? 0 : candidate &+ 1
      if unsafe entries[candidate].head == head, isName(name, candidate) { return candidate }
    }
    return -1
  }

  @inline(__always)
  private func isName(_ name: Text, _ index: Int) -> Bool {
    let known = unsafe entries[index].name
    guard known.count == name.count else { return false }
    return unsafe name.count <= 8 || (entries[index].tail == name.tail && (name.count <= 16 || known == name))
  }
}
