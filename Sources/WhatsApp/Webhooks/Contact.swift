import JSONTape
import Ledger

/// Who a message came from or goes to, as far as an update and the `contacts` beside it tell.
struct Contact {
  /// The two ids that Meta gives a person: the number's, and the business-scoped user's.
  struct IDs {
    var id: String?
    var user: String?
  }

  var phone: String?
  var user: String?
  var name: String?

  /// - Returns: nil when neither a phone nor a user is known.
  init?(_ change: Change) {
    let own = Self.ids(of: change)
    (phone, user) = Self.split(own)
    let matching = change.contacts.match(own)
    if let contact = matching ?? change.contacts.only {
      name = contact["profile"]?["name"]?.nonEmpty?.cut(toBytes: 256)
      let isSilent = own.id == nil && own.user == nil
      if phone == nil, matching != nil || isSilent {
        (phone, user) = Self.split(IDs(id: contact["wa_id"]?.identifier, user: user ?? contact["user_id"]?.identifier))
      }
      if user == nil { user = contact["user_id"]?.identifier }
    }
    if phone == nil, user == nil {
      // A status of a whole group names nobody but the group.
      guard let group = Self.group(of: change) else { return nil }
      user = group
    }
  }

  func write(to writer: inout JSONWriter) {
    writer.member("contact") {
      $0.member("phone", phone)
      $0.member("user", user)
      $0.member("name", name)
    }
  }

  /// The ids in the update itself.
  static func ids(of change: Change) -> IDs {
    let update = change.subject
    switch change.list {
    case "statuses" where group(of: change) != nil:
      return IDs(
        id: update["recipient_participant_id"]?.identifier, user: update["recipient_participant_user_id"]?.identifier)
    case "statuses":
      return IDs(id: update["recipient_id"]?.identifier, user: update["recipient_user_id"]?.identifier)
    case "message_echoes": return IDs(id: update["to"]?.identifier, user: update["to_user_id"]?.identifier)
    default: return IDs(id: update["from"]?.identifier, user: update["from_user_id"]?.identifier)
    }
  }

  /// The group of a status; its `recipient_id` is then no person's.
  static func group(of change: Change) -> String? {
    let update = change.subject
    guard change.list == "statuses" else { return update["group_id"]?.identifier }
    guard update["recipient_type"]?.text == "group" else { return nil }
    return update["recipient_id"]?.identifier
  }

  /// RULES 33: 5 to 15 digits are a phone, anything else is a user, an explicit user wins over that.
  private static func split(_ ids: IDs) -> (phone: String?, user: String?) {
    guard let id = ids.id else { return (nil, ids.user) }
    let digits = id.hasPrefix("+") ? id.dropFirst() : id[...]
    let isPhone = (5...15).contains(digits.utf8.count) && digits.utf8.allSatisfy { (48...57).contains($0) }
    return isPhone ? (String(digits), ids.user) : (nil, ids.user ?? id)
  }
}

/// The `contacts` of a value by their ids.
struct ContactIndex {
  private var byNumber: [String: TapeValue] = [:]
  private var byUser: [String: TapeValue] = [:]
  /// Numbers of Brazil and Mexico may differ by a digit between `wa_id` and `from`, so a lone contact counts unmatched.
  private(set) var only: TapeValue?

  init() {}

  init(_ contacts: TapeValue?) {
    guard let contacts else { return }
    contacts.forEachElement { contact in
      if let id = contact["wa_id"]?.identifier, byNumber[id] == nil { byNumber[id] = contact }
      if let id = contact["user_id"]?.identifier, byUser[id] == nil { byUser[id] = contact }
      only = contact
    }
    if contacts.count != 1 { only = nil }
  }

  /// The first contact that carries one of the ids, the number's before the user's.
  func match(_ ids: Contact.IDs) -> TapeValue? { ids.id.flatMap { byNumber[$0] } ?? ids.user.flatMap { byUser[$0] } }
}
