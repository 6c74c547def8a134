import JSONTape

/// The number of a contact within its account, from 1 in the order first seen; 0 stands for "none".
public struct ContactNumber: Hashable, Comparable, Sendable {
  public var rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }
  public static let none = ContactNumber(rawValue: 0)
  public static func < (left: ContactNumber, right: ContactNumber) -> Bool { left.rawValue < right.rawValue }
}

/// Who is behind a contact's number. This is the one place that knows phones and user ids: the rest of the state knows
/// numbers only, so that a person can be forgotten.
public struct ContactBook: Sendable {
  private struct Entry {
    var phone: Phone?
    var user: NameID
    /// For a contact known by user: the phone that an event said belongs to it (RULES.md 16).
    var linkedPhone: Phone?
  }

  private var users = Names()
  private var entries: [Entry] = []
  private var byPhone: [Phone: UInt32] = [:]
  private var byUser: [NameID: UInt32] = [:]

  init() {}

  var count: Int { entries.count }

  /// The contact of an event: by phone where the event has one, else by user (RULES.md 46).
  /// - Returns: the number, and the number of a contact known by user only whose phone this event is first to say.
  mutating func resolve(_ name: ContactName) -> (contact: ContactNumber, newlyLinked: ContactNumber?) {
    let user = name.user.map { users.intern($0) } ?? .none
    guard let phone = name.phone else { return (number(user: user), nil) }
    let contact = number(phone: phone)
    guard !user.isNone, let other = byUser[user], entries[Int(other) - 1].linkedPhone == nil else {
      if !user.isNone, byUser[user] == nil { linkLater(user, phone) }
      return (contact, nil)
    }
    entries[Int(other) - 1].linkedPhone = phone
    return (contact, ContactNumber(rawValue: other))
  }

  private mutating func number(phone: Phone) -> ContactNumber {
    if let known = byPhone[phone] { return ContactNumber(rawValue: known) }
    entries.append(Entry(phone: phone, user: .none, linkedPhone: nil))
    byPhone[phone] = UInt32(entries.count)
    return ContactNumber(rawValue: UInt32(entries.count))
  }

  private mutating func number(user: NameID) -> ContactNumber {
    if let known = byUser[user] { return ContactNumber(rawValue: known) }
    entries.append(Entry(phone: nil, user: user, linkedPhone: nil))
    byUser[user] = UInt32(entries.count)
    return ContactNumber(rawValue: UInt32(entries.count))
  }

  /// A user first seen together with its phone gets its own contact, so that a later event by user alone has a market.
  private mutating func linkLater(_ user: NameID, _ phone: Phone) {
    let contact = number(user: user)
    entries[Int(contact.rawValue) - 1].linkedPhone = phone
  }

  /// The contact's own phone or the one it is linked to.
  func phone(of contact: ContactNumber) -> Phone? {
    guard contact != .none else { return nil }
    let entry = entries[Int(contact.rawValue) - 1]
    return entry.phone ?? entry.linkedPhone
  }

  /// `{"phone":"5511…"}` or `{"user":"BR.36…"}`.
  func write(_ contact: ContactNumber, to json: inout JSONWriter) {
    let entry = entries[Int(contact.rawValue) - 1]
    json.beginObject()
    if let phone = entry.phone {
      json.key("phone")
      json.phone(phone)
    } else {
      json.key("user")
      json.name(entry.user, in: users)
      if let phone = entry.linkedPhone {
        json.key("known_phone")
        json.phone(phone)
      }
    }
    json.endObject()
  }

  /// Phones and users in order of the contacts' numbers; not part of the state's digest.
  func encode(into encoder: inout StateEncoder) {
    users.encode(into: &encoder)
    encoder.write(entries) { encoder, entry in
      encoder.write(entry.phone?.rawValue ?? 0)
      encoder.write(entry.user)
      encoder.write(entry.linkedPhone?.rawValue ?? 0)
    }
  }

  init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    users = try Names(from: &decoder)
    for _ in 0..<(try decoder.readCount()) {
      let phone = try decoder.readUInt64()
      let user = try decoder.readName()
      let linked = try decoder.readUInt64()
      guard phone != 0 || user.rawValue >= 1 && Int(user.rawValue) <= users.count else {
        throw decoder.failure("a contact without phone or user")
      }
      entries.append(
        Entry(
          phone: phone == 0 ? nil : Phone(rawValue: phone), user: user,
          linkedPhone: linked == 0 ? nil : Phone(rawValue: linked)))
      if phone != 0 { byPhone[Phone(rawValue: phone)] = UInt32(entries.count) } else { byUser[user] = UInt32(entries.count) }
    }
  }
}

/// The number of a (business number, contact) pair within its account, from 0 in the order first seen.
public struct PairID: Hashable, Comparable, Sendable {
  public var rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }
  public var index: Int { Int(rawValue) }
  public static func < (left: PairID, right: PairID) -> Bool { left.rawValue < right.rawValue }
}

/// The pairs of business number and contact that an account's events have named: each is one conversation and has its
/// windows.
public struct Pairs: Sendable {
  private var entries: [(number: NameID, contact: ContactNumber)] = []
  private var ids: [UInt64: UInt32] = [:]

  init() {}

  var count: Int { entries.count }

  mutating func intern(number: NameID, contact: ContactNumber) -> PairID {
    let key = UInt64(number.rawValue) << 32 | UInt64(contact.rawValue)
    if let known = ids[key] { return PairID(rawValue: known) }
    let id = UInt32(entries.count)
    entries.append((number, contact))
    ids[key] = id
    return PairID(rawValue: id)
  }

  func number(of pair: PairID) -> NameID { entries[pair.index].number }
  func contact(of pair: PairID) -> ContactNumber { entries[pair.index].contact }

  func encode(into encoder: inout StateEncoder) {
    encoder.write(entries) { encoder, entry in
      encoder.write(entry.number)
      encoder.write(entry.contact.rawValue)
    }
  }

  init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    for _ in 0..<(try decoder.readCount()) {
      let number = try decoder.readName()
      _ = intern(number: number, contact: ContactNumber(rawValue: try decoder.readUInt32()))
    }
  }
}
