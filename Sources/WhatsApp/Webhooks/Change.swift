import Crypto
import JSONTape
import Ledger

/// A place in a webhook: its envelope, an entry, a change, perhaps one update of a list in the change's value.
struct Change: Sendable {
  private let body: ParsedBody
  var root: TapeValue
  var entry: TapeValue?
  var change: TapeValue?
  /// The list of the value that the update stands in.
  private(set) var list: Text?
  /// Of the value's `contacts`, found once for all updates of a list.
  private(set) var contacts = ContactIndex()
  private var update: TapeValue?
  /// The update is the list itself.
  private var isWholeList = false

  init(of body: ParsedBody, root: TapeValue, entry: TapeValue? = nil, change: TapeValue? = nil) {
    self.body = body
    self.root = root
    self.entry = entry
    self.change = change
  }

  func update(_ list: Text, _ update: TapeValue, contacts: ContactIndex, isWhole: Bool = false) -> Change {
    var copy = self
    copy.list = list
    copy.contacts = contacts
    copy.update = update
    copy.isWholeList = isWhole
    return copy
  }

  /// The innermost thing that this place is about.
  var subject: TapeValue { update ?? value ?? change ?? entry ?? root }

  var value: TapeValue? { change?["value"] }
  var field: String? { change?["field"]?.nonEmpty ?? entry?["field"]?.nonEmpty }
  var number: String? { value?["metadata"]?["phone_number_id"]?.identifier }
  /// A partner's events stand under the partner's own id and name the WABA inside.
  var waba: String? { value?["waba_info"]?["waba_id"]?.identifier ?? entry?["id"]?.identifier }
  var entryTime: Timestamp? { entry?["time"]?.moment }
  /// The update's own time, else the entry's.
  var time: Timestamp? { update?["timestamp"]?.moment ?? entryTime ?? subject.firstMoment }

  /// What tells this update from others, for one that Meta gave no id: 32 bytes.
  func digest(time: Timestamp?) -> [UInt8] {
    var hash = SHA256()
    for part in [waba, number, field, time.map { String($0.rawValue) }] {
      hash.update(data: Array((part ?? "").utf8))
      hash.update(data: [0])
    }
    var bytes: [UInt8] = []
    subject.appendCanonicalJSON(to: &bytes)
    hash.update(data: bytes)
    return Array(hash.finalize())
  }

  // MARK: The body to keep

  /// Other members than the update's are copied up to this size where one delivery holds several updates, so that a
  /// delivery cannot grow with the square of its size.
  private static let largestCopy = 2_048

  /// A webhook with this place alone: for a delivery of one update, what Meta sent.
  var bodyToKeep: [UInt8] {
    guard let entry else { return root.compactJSON }
    guard let change else { return wrapped(entry.compactJSON) }
    guard let value, let update, let list else { return wrapped(entryBody(change.compactJSON)) }
    let isOnly = isWholeList ? updateCount == update.count : updateCount == 1
    guard !isOnly else { return wrapped(entryBody(change.compactJSON)) }
    let lists: [Text] = ["messages", "statuses", "message_echoes", "errors"]
    let single = isWholeList ? update.compactJSON : [UInt8(ascii: "[")] + update.compactJSON + [UInt8(ascii: "]")]
    let reduced = value.replacing(list, with: single) { name, other in
      if lists.contains(name) { return nil }
      return name == "contacts" ? contactsBody(other) : Self.small(other)
    }
    return wrapped(entryBody(change.replacing("value", with: reduced) { Self.small($1) }))
  }

  private var updateCount: Int {
    var count = 0
    for list in ["messages", "statuses", "message_echoes", "errors"] as [Text] { count += value?[list]?.count ?? 0 }
    return count
  }

  private func contactsBody(_ list: TapeValue) -> [UInt8]? {
    if list.count <= 1 { return Self.small(list) }
    guard let contact = contacts.match(Contact.ids(of: self)).flatMap(Self.small) else { return nil }
    return [UInt8(ascii: "[")] + contact + [UInt8(ascii: "]")]
  }

  private func entryBody(_ change: [UInt8]) -> [UInt8] {
    let list = [UInt8(ascii: "[")] + change + [UInt8(ascii: "]")]
    guard let entry else { return list }
    let isOnly = entry["changes"]?.count == 1
    return entry.replacing("changes", with: list) { isOnly ? $1.compactJSON : Self.small($1) }
  }

  private func wrapped(_ entry: [UInt8]) -> [UInt8] {
    let isOnly = root["entry"]?.count == 1
    let list = [UInt8(ascii: "[")] + entry + [UInt8(ascii: "]")]
    return root.replacing("entry", with: list) { isOnly ? $1.compactJSON : Self.small($1) }
  }

  private static func small(_ value: TapeValue) -> [UInt8]? {
    value.isWritten(within: largestCopy) ? value.compactJSON : nil
  }
}
