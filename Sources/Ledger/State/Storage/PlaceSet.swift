/// A set of places in a list: a bit for each place up to the last that was ever in it. Adding one never moves or copies many.
struct PlaceSet: Sendable {
  private var words = ChunkedArray<UInt64>()
  private(set) var count = 0

  init() {}

  var isEmpty: Bool { count == 0 }

  /// Rising.
  var places: [UInt32] {
    var places: [UInt32] = []
    places.reserveCapacity(count)
    guard count > 0 else { return places }
    for (index, var word) in words.enumerated() {
      while word != 0 {
        places.append(UInt32(index * 64 + word.trailingZeroBitCount))
        word &= word - 1
      }
    }
    return places
  }

  func contains(_ place: UInt32) -> Bool {
    let index = Int(place / 64)
    return index < words.count && words[index] & Self.bit(place) != 0
  }

  /// Nothing where it is there already.
  mutating func insert(_ place: UInt32) {
    guard !contains(place) else { return }
    words.extend(to: Int(place / 64) + 1, with: 0)
    words[Int(place / 64)] |= Self.bit(place)
    count += 1
  }

  /// Nothing where it is not there.
  mutating func remove(_ place: UInt32) {
    guard contains(place) else { return }
    words[Int(place / 64)] &= ~Self.bit(place)
    count -= 1
  }

  private static func bit(_ place: UInt32) -> UInt64 { 1 << UInt64(place % 64) }
}
