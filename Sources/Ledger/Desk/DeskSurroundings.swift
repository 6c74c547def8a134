/// What a question about a desk needs from around it.
struct DeskSurroundings {
  var now: Timestamp
  /// The account's.
  var zone: Zone
  /// The zone of a name that business hours gave; nil where nothing is known of it, and the account's holds.
  var zoneNamed: (NameID) -> Zone?
  var names: Names
  var book: ContactBook
  var pairs: Pairs
  /// Where the latest customer service window known of a conversation ends.
  var windowEnd: (PairID) -> Timestamp?

  var today: CalendarDay { zone.day(of: now) }

  /// Nil while no hours were ever given.
  func clock(_ hours: BusinessHours) -> BusinessClock? {
    hours.isEmpty ? nil : BusinessClock(hours) { $0.isNone ? zone : zoneNamed($0) ?? zone }
  }
}
