import EventLog

/// The identities of events decided in this group, which the log does not know yet.
struct FreshIdentities {
  struct Entry {
    var sequence: UInt64
    var submission: Submission
    var index: Int
  }

  private var entries: [Fingerprint: Entry] = [:]
  /// In order, so that a refused request's can be taken back.
  private var added: [Fingerprint] = []

  var count: Int { added.count }

  /// The entry whose event `isSame` recognises. Different events may share a fingerprint; the second then stands under
  /// the next one.
  func find(_ identity: Fingerprint, where isSame: (Entry) -> Bool) -> Entry? {
    var key = identity
    while let entry = entries[key] {
      if isSame(entry) { return entry }
      key.low &+= 1
    }
    return nil
  }

  mutating func add(_ identity: Fingerprint, _ entry: Entry) {
    var key = identity
    while entries[key] != nil { key.low &+= 1 }
    entries[key] = entry
    added.append(key)
  }

  mutating func removeLast(to count: Int) {
    while added.count > count { entries[added.removeLast()] = nil }
  }

  mutating func removeAll() {
    entries.removeAll(keepingCapacity: true)
    added.removeAll(keepingCapacity: true)
  }
}
