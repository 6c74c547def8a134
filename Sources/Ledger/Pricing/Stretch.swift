/// A stretch of time: `opensAt` is inside, `closesAt` is not.
struct Stretch: Hashable, Sendable, BitwiseCopyable {
  var opensAt: Timestamp
  var closesAt: Timestamp

  func contains(_ moment: Timestamp) -> Bool { opensAt <= moment && moment < closesAt }
}

extension [Stretch] {
  /// Adds a stretch, joining those it touches. The list stays rising and apart.
  mutating func merge(_ added: Stretch) {
    guard let last else { return append(added) }
    if added.opensAt > last.closesAt { return append(added) }
    if added.opensAt >= last.opensAt {
      self[count - 1].closesAt = Swift.max(last.closesAt, added.closesAt)
      return
    }
    var joined = added
    var kept: [Stretch] = []
    for stretch in self {
      if stretch.closesAt < joined.opensAt || joined.closesAt < stretch.opensAt {
        kept.append(stretch)
      } else {
        joined.opensAt = Swift.min(joined.opensAt, stretch.opensAt)
        joined.closesAt = Swift.max(joined.closesAt, stretch.closesAt)
      }
    }
    let place = kept.firstIndex { $0.opensAt > joined.opensAt } ?? kept.count
    kept.insert(joined, at: place)
    self = kept
  }
}
