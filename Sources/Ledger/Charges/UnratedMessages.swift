/// The delivered messages of an account that have no price. Not serialised: the messages say it themselves.
///
/// Where no card was published these are all messages, so nothing here takes longer the more there are, but for what asks for
/// all of them.
struct UnratedMessages: Sendable {
  private var all = PlaceSet()
  /// Of contacts whose phone nobody has said, and whose market is unknown for that: lists of `messages` by contact.
  private var byContact = WideMap<UInt32>()
  private var messages = ListPool<UInt32>()

  init() {}

  var count: Int { all.count }
  var isEmpty: Bool { all.isEmpty }
  /// In the order in which they were first named.
  var places: [UInt32] { all.places }

  func contains(_ message: UInt32) -> Bool { all.contains(message) }
  mutating func insert(_ message: UInt32) { all.insert(message) }
  mutating func remove(_ message: UInt32) { all.remove(message) }

  /// Notes that a message waits for the phone of a contact. It may wait no longer when the phone is said.
  mutating func insert(_ message: UInt32, waitingFor contact: ContactNumber) {
    insert(message)
    var list = byContact[UInt64(contact.rawValue)] ?? 0
    messages.append(message, to: &list)
    byContact.update(UInt64(contact.rawValue), default: 0) { $0 = list }
  }

  /// Those that waited for the phone of a contact, and may still be unrated, each once and in the order in which they were first
  /// named; they are forgotten.
  mutating func takeThoseWaiting(for contact: ContactNumber) -> [UInt32] {
    guard var list = byContact[UInt64(contact.rawValue)] else { return [] }
    let found = Set(messages.array(list)).filter(all.contains).sorted()
    messages.replace(&list, with: [])
    byContact.remove(UInt64(contact.rawValue))
    return found
  }
}
