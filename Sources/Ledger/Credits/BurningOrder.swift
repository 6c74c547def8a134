/// The credits with something left, in the order in which they burn.
///
/// A credit that has expired stays: a late charge dated before its expiry may still burn it. Such credits are passed over
/// by a binary search, so they cost a charge nothing however many pile up.
struct BurningOrder: Sendable {
  /// Enough of a credit to pass over it without looking it up.
  private struct Place: Sendable {
    /// `Int64.max` for a credit that never expires.
    var expiresAt: Int64
    var credit: UInt32
    var priority: UInt8
  }

  private var places: [Place] = []

  var count: Int { places.count }

  /// The credit at a position.
  subscript(position: Int) -> Int { Int(places[position].credit) }

  /// The first position at or behind `start` whose credit a charge of `moment` may burn: before its expiry.
  func firstPosition(from start: Int, burnableAt moment: Timestamp) -> Int? {
    var position = start
    while position < places.count {
      if moment.rawValue < places[position].expiresAt { return position }
      position = end(priority: places[position].priority, expiringThrough: moment, from: position)
    }
    return nil
  }

  /// Behind the last credit of `priority` that expires at or before `moment`.
  private func end(priority: UInt8, expiringThrough moment: Timestamp, from start: Int) -> Int {
    (start..<places.count).partitionPoint { index in
      let place = places[index]
      return place.priority > priority || (place.priority == priority && place.expiresAt > moment.rawValue)
    }
  }

  mutating func insert(_ credit: Int, of credits: [Credit]) {
    let new = credits[credit]
    let place = Place(
      expiresAt: new.expiresAt?.rawValue ?? .max, credit: UInt32(credit), priority: new.priority)
    places.insert(place, at: lowerBound(credit, of: credits))
  }

  mutating func remove(_ credit: Int, of credits: [Credit]) {
    let position = lowerBound(credit, of: credits)
    precondition(self[position] == credit, "credit \(credit) is not where it should burn")
    places.remove(at: position)
  }

  mutating func remove(at position: Int) { places.remove(at: position) }

  /// The first position that does not burn before `credit`; credits alike in everything go by number.
  private func lowerBound(_ credit: Int, of credits: [Credit]) -> Int {
    (0..<places.count).partitionPoint { !Self.burns(self[$0], before: credit, of: credits) }
  }

  private static func burns(_ left: Int, before right: Int, of credits: [Credit]) -> Bool {
    if credits[left].burns(before: credits[right]) { return true }
    if credits[right].burns(before: credits[left]) { return false }
    return left < right
  }
}
