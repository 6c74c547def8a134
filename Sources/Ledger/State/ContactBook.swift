import JSONTape

/// The number of a contact within its account, from 1 in the order first seen; 0 stands for "none".
public struct ContactNumber: Hashable, Comparable, Sendable, BitwiseCopyable {
  public var rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }
  public static let none = ContactNumber(rawValue: 0)
  public static func < (left: ContactNumber, right: ContactNumber) -> Bool { left.rawValue < right.rawValue }
}

/// Who is behind a contact's number. This is the one place that knows phones and user ids: the rest of the state knows
/// numbers only, so that a person can be forgotten.
public struct ContactBook: Sendable {
  private struct Entry: BitwiseCopyable {
    /// The phone's word; 0 for a contact known by user only.
    var phone: UInt64
    var user: NameID
    /// 1 + the place in `linkedPhones` of the phone that an event said belongs to a user (RULES.md 16); 0 for none.
    var link: UInt32

    var isUser: Bool { phone == 0 }
  }

  private var users = Names()
  private var entries = ChunkedArray<Entry>()
  /// Entries by phone.
  private var byPhone = HashIndex()
  /// 1 + the entry of each user's own contact, by the user's number; 0 for none.
  private var byUser = ChunkedArray<UInt32>()
  private var linkedPhones = ChunkedArray<Phone>()

  init() {}

  var count: Int { entries.count }

  /// The contact of an event: by phone where the event has one, else by user (RULES.md 46).
  /// - Returns: the number, and the number of a contact known by user only whose phone this event is first to say.
  @inline(__always)
  mutating func resolve(_ name: ContactName) -> (contact: ContactNumber, newlyLinked: ContactNumber?) {
    guard let user = name.user else {
      guard let phone = name.phone else { return (number(user: .none), nil) }
      return (number(phone: phone), nil)
    }
    return resolve(user: users.intern(user), phone: name.phone)
  }

  private mutating func resolve(user: NameID, phone: Phone?) -> (contact: ContactNumber, newlyLinked: ContactNumber?) {
    guard let phone else { return (number(user: user), nil) }
    let contact = number(phone: phone)
    guard let known = contactOf(user: user) else {
      // A user first seen with its phone gets its own contact, so that a later event by user alone has a market.
      link(number(user: user), phone)
      return (contact, nil)
    }
    guard entries[Int(known.rawValue) - 1].link == 0 else { return (contact, nil) }
    link(known, phone)
    return (contact, known)
  }

  private mutating func link(_ contact: ContactNumber, _ phone: Phone) {
    linkedPhones.append(phone)
    entries[Int(contact.rawValue) - 1].link = UInt32(linkedPhones.count)
  }

  @inline(__always)
  private mutating func number(phone: Phone) -> ContactNumber {
    let hash = Mixing.mix(phone.rawValue)
    if let known = index(ofPhone: phone, hash: hash) { return ContactNumber(rawValue: known + 1) }
    return add(phone: phone, hash: hash)
  }

  @inline(__always)
  private func index(ofPhone phone: Phone, hash: UInt64) -> UInt32? {
    byPhone.find(hash) { entries[Int($0)].phone == phone.rawValue }
  }

  @inline(never)
  private mutating func add(phone: Phone, hash: UInt64) -> ContactNumber {
    if byPhone.isFull(for: hash) {
      let entries = entries
      byPhone.makeRoom(for: hash) {
        entries.fetch(Int($0))
      } hashOf: {
        Mixing.mix(entries[Int($0)].phone)
      }
    }
    byPhone.insert(UInt32(entries.count), hash: hash)
    entries.append(Entry(phone: phone.rawValue, user: .none, link: 0))
    return ContactNumber(rawValue: UInt32(entries.count))
  }

  @inline(__always)
  mutating func fetchLists(phone: Phone) {
    byPhone.fetch(Mixing.mix(phone.rawValue))
    entries.fetchStart()
  }

  /// Asks for the contact that has a phone, most likely.
  @inline(__always)
  mutating func fetch(phone: Phone) -> ContactNumber {
    guard let index = byPhone.guess(Mixing.mix(phone.rawValue)) else { return .none }
    entries.fetch(Int(index))
    return ContactNumber(rawValue: index + 1)
  }

  private func contactOf(user: NameID) -> ContactNumber? {
    guard Int(user.rawValue) < byUser.count, byUser[Int(user.rawValue)] != 0 else { return nil }
    return ContactNumber(rawValue: byUser[Int(user.rawValue)])
  }

  private mutating func number(user: NameID) -> ContactNumber {
    if let known = contactOf(user: user) { return known }
    entries.append(Entry(phone: 0, user: user, link: 0))
    byUser.extend(to: Int(user.rawValue) + 1, with: 0)
    byUser[Int(user.rawValue)] = UInt32(entries.count)
    return ContactNumber(rawValue: UInt32(entries.count))
  }

  /// The contact's own phone or the one it is linked to.
  func phone(of contact: ContactNumber) -> Phone? {
    guard contact != .none else { return nil }
    let entry = entries[Int(contact.rawValue) - 1]
    return entry.phone != 0 ? Phone(rawValue: entry.phone) : linkedPhone(entry)
  }

  private func linkedPhone(_ entry: Entry) -> Phone? { entry.link == 0 ? nil : linkedPhones[Int(entry.link) - 1] }

  /// `{"phone":"5511…"}` or `{"user":"BR.36…"}`.
  func write(_ contact: ContactNumber, to json: inout JSONWriter) {
    let entry = entries[Int(contact.rawValue) - 1]
    json.beginObject()
    if !entry.isUser {
      json.key("phone")
      json.phone(Phone(rawValue: entry.phone))
    } else {
      json.key("user")
      json.name(entry.user, in: users)
      if let phone = linkedPhone(entry) {
        json.key("known_phone")
        json.phone(phone)
      }
    }
    json.endObject()
  }

  /// Phones and users in order of the contacts' numbers; not part of the state's digest.
  func encode(into encoder: inout StateEncoder) {
    users.encode(into: &encoder)
    encoder.write(entries.count)
    for entry in entries {
      encoder.write(entry.phone)
      guard entry.isUser else { continue }
      encoder.write(entry.user)
      encoder.write(linkedPhone(entry)?.rawValue ?? 0)
    }
  }

  init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    users = try Names(from: &decoder)
    let count = try decoder.readCount()
    entries.reserve(count)
    byPhone = HashIndex(for: count)
    for _ in 0..<count {
      let phone = Phone(rawValue: try decoder.readUInt64())
      guard phone.rawValue == 0 else {
        let hash = Mixing.mix(phone.rawValue)
        guard index(ofPhone: phone, hash: hash) == nil, (1...15).contains(phone.digitCount) else {
          throw decoder.failure("a phone twice, or none")
        }
        _ = add(phone: phone, hash: hash)
        continue
      }
      let user = try decoder.readName()
      // The user of none: an event that named neither.
      guard Int(user.rawValue) <= users.count, contactOf(user: user) == nil else {
        throw decoder.failure("a contact without phone or user")
      }
      let contact = number(user: user)
      let linked = try decoder.readUInt64()
      if linked != 0 { link(contact, Phone(rawValue: linked)) }
    }
  }
}

/// The number of a (business number, contact) pair within its account, from 0 in the order first seen.
public struct PairID: Hashable, Comparable, Sendable, BitwiseCopyable {
  public var rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }
  public var index: Int { Int(rawValue) }
  public static func < (left: PairID, right: PairID) -> Bool { left.rawValue < right.rawValue }
}

/// The pairs of business number and contact that an account's events have named: each is one conversation and has its
/// windows.
public struct Pairs: Sendable {
  private struct Entry: BitwiseCopyable {
    var number: NameID
    var contact: ContactNumber
    /// 1 + the pair of the same contact before this one; 0 for none. A contact writes to few numbers.
    var previous: UInt32
  }

  /// The last pair of a contact, with its number: mostly it is the one looked for, and its entry need not be read.
  private struct Last: BitwiseCopyable {
    /// 1 + the pair, 0 for none.
    var pair: UInt32 = 0
    var number = NameID.none
  }

  private var entries = ChunkedArray<Entry>()
  /// By the contact's number.
  private var lastOfContact = ChunkedArray<Last>()

  init() {}

  var count: Int { entries.count }

  @inline(__always)
  mutating func intern(number: NameID, contact: ContactNumber) -> PairID {
    find(number: number, contact: contact) ?? add(number: number, contact: contact)
  }

  /// - Complexity: O(numbers that the contact was named with).
  @inline(__always)
  private func find(number: NameID, contact: ContactNumber) -> PairID? {
    guard Int(contact.rawValue) < lastOfContact.count else { return nil }
    let last = lastOfContact[Int(contact.rawValue)]
    guard last.pair != 0 else { return nil }
    return last.number == number ? PairID(rawValue: last.pair - 1) : find(number: number, before: last.pair)
  }

  @inline(never)
  private func find(number: NameID, before pair: UInt32) -> PairID? {
    var next = entries[Int(pair) - 1].previous
    while next != 0 {
      let entry = entries[Int(next) - 1]
      if entry.number == number { return PairID(rawValue: next - 1) }
      next = entry.previous
    }
    return nil
  }

  @inline(__always)
  mutating func fetchLists() {
    lastOfContact.fetchStart()
  }

  @inline(__always)
  mutating func fetch(_ contact: ContactNumber) { lastOfContact.fetch(Int(contact.rawValue)) }

  /// Asks for a pair's number and contact.
  @inline(__always)
  mutating func fetch(_ pair: PairID) { entries.fetch(pair.index) }

  /// The pair that a contact was named in last.
  @inline(__always)
  mutating func last(of contact: ContactNumber) -> PairID? {
    guard Int(contact.rawValue) < lastOfContact.count else { return nil }
    let last = lastOfContact[Int(contact.rawValue)]
    return last.pair == 0 ? nil : PairID(rawValue: last.pair - 1)
  }

  @inline(never)
  private mutating func add(number: NameID, contact: ContactNumber) -> PairID {
    lastOfContact.extend(to: Int(contact.rawValue) + 1, with: Last())
    let previous = lastOfContact[Int(contact.rawValue)].pair
    entries.append(Entry(number: number, contact: contact, previous: previous))
    lastOfContact[Int(contact.rawValue)] = Last(pair: UInt32(entries.count), number: number)
    return PairID(rawValue: UInt32(entries.count - 1))
  }

  func number(of pair: PairID) -> NameID { entries[pair.index].number }
  func contact(of pair: PairID) -> ContactNumber { entries[pair.index].contact }

  func encode(into encoder: inout StateEncoder) {
    encoder.write(entries.count)
    for entry in entries {
      encoder.write(entry.number)
      encoder.write(entry.contact.rawValue)
    }
  }

  init(from decoder: inout StateDecoder, names: borrowing Names, contacts: borrowing ContactBook)
    throws(StateDecodingError)
  {
    let count = try decoder.readCount()
    entries.reserve(count)
    if count > 0 { lastOfContact.reserve(contacts.count + 1) }
    for _ in 0..<count {
      let number = try decoder.readName(in: names)
      let contact = ContactNumber(rawValue: try decoder.readUInt32())
      guard Int(contact.rawValue) <= contacts.count, find(number: number, contact: contact) == nil else {
        throw decoder.failure("a conversation twice, or with nobody")
      }
      _ = add(number: number, contact: contact)
    }
  }
}
