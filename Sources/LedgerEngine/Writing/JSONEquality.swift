import JSONTape

extension TapeValue {
  /// Whether both are the same JSON value: members in any order, numbers by value, strings after unescaping.
  func isSame(as other: TapeValue, leavingOut omitted: [Text] = []) -> Bool {
    switch kind {
    case .null: other.isNull
    case .bool: bool == other.bool
    case .string: other.text.map { $0 == text! } ?? false
    case .int64, .uint64, .double: isSameNumber(as: other)
    case .array: isSameArray(as: other)
    case .object: isSameObject(as: other, leavingOut: omitted)
    }
  }

  private func isSameNumber(as other: TapeValue) -> Bool {
    if let left = int64, let right = other.int64 { return left == right }
    if let left = uint64, let right = other.uint64 { return left == right }
    guard let left = double, let right = other.double else { return false }
    return left == right && (int64 == nil || other.int64 == nil)
  }

  private func isSameArray(as other: TapeValue) -> Bool {
    guard other.isArray, count == other.count else { return false }
    var others: [TapeValue] = []
    other.forEachElement { others.append($0) }
    var index = 0
    var isSame = true
    forEachElement { element in
      isSame = isSame && element.isSame(as: others[index])
      index += 1
    }
    return isSame
  }

  private func isSameObject(as other: TapeValue, leavingOut omitted: [Text]) -> Bool {
    guard other.isObject else { return false }
    let left = members(leavingOut: [])
    let right = other.members(leavingOut: omitted)
    guard left.count == right.count else { return false }
    return zip(left, right).allSatisfy { $0.name == $1.name && $0.value.isSame(as: $1.value) }
  }

  /// Sorted by name; members of one name stay in the order of the document.
  private func members(leavingOut omitted: [Text]) -> [(name: Text, value: TapeValue)] {
    var members: [(name: Text, value: TapeValue)] = []
    forEachMember { name, value in if !omitted.contains(name) { members.append((name, value)) } }
    let order = members.indices.sorted { left, right in
      let (a, b) = (members[left].name, members[right].name)
      return a == b ? left < right : unsafe a.bytes.lexicographicallyPrecedes(b.bytes)
    }
    return order.map { members[$0] }
  }
}
