import JSONTape
import Ledger

/// Messages, echoes and statuses (RULES 33 and 34).
enum MessageTranslation {
  /// Longer texts are cut, and say so: a message must be counted however long it is.
  private static let longestText = 16_384

  static func received(_ change: Change) -> Translation {
    let message = change.subject
    guard let basics = Basics(change) else { return .kept(.notUnderstood) }
    return .event(type: "message.received", id: basics.message, time: basics.time) { data in
      basics.write(to: &data)
      data.member("kind", kind(of: message))
      data.member("group", message["group_id"]?.identifier)
      writeText(of: message, to: &data)
      writeReferral(of: message, to: &data)
    }
  }

  /// A message that the business sent from the app on a phone.
  static func echo(_ change: Change) -> Translation {
    let message = change.subject
    guard let basics = Basics(change) else { return .kept(.notUnderstood) }
    return .event(type: "message.sent", id: basics.message, time: basics.time) { data in
      basics.write(to: &data)
      data.member("kind", kind(of: message))
      data.member("echo", true)
      writeText(of: message, to: &data)
    }
  }

  static func status(_ change: Change) -> Translation {
    let update = change.subject
    guard let basics = Basics(change), let status = update["status"]?.nonEmpty else { return .kept(.notUnderstood) }
    let group = Contact.group(of: change)
    let participant = group == nil ? nil : participant(of: update)
    let id = [basics.message, status, participant].compactMap(\.self).joined(separator: ":")
    return .event(type: "message.status", id: id, time: basics.time) { data in
      basics.write(to: &data)
      data.member("group", group)
      data.member("participant", participant)
      data.member("status", status)
      writeWindow(of: update, to: &data)
      writePricing(of: update, to: &data)
      writeError(of: update, to: &data)
    }
  }

  /// What every update about a message must say to be one.
  private struct Basics {
    var message: String
    var number: String
    var contact: Contact
    var time: Timestamp

    init?(_ change: Change) {
      guard let message = change.subject["id"]?.identifier, let number = change.number,
        let time = change.subject["timestamp"]?.moment, let contact = Contact(change)
      else { return nil }
      self.message = message
      self.number = number
      self.contact = contact
      self.time = time
    }

    func write(to data: inout JSONWriter) {
      data.member("message", message)
      data.member("number", number)
      contact.write(to: &data)
    }
  }

  private static func kind(of message: TapeValue) -> String { message["type"]?.nonEmpty ?? "unknown" }

  private static func participant(of update: TapeValue) -> String? {
    update["recipient_participant_id"]?.identifier ?? update["recipient_participant_user_id"]?.identifier
  }

  // MARK: Parts of messages

  private static func writeText(of message: TapeValue, to data: inout JSONWriter) {
    guard let text = text(of: message) else { return }
    let cut = text.cut(toBytes: longestText)
    data.member("text", cut)
    if cut.utf8.count < text.utf8.count { data.member("text_cut", true) }
  }

  /// What a person would read: the text, the caption, the title of the button or row that was chosen.
  private static func text(of message: TapeValue) -> String? {
    guard let type = message["type"]?.text, let content = message[type] else {
      return message["text"]?["body"]?.nonEmpty
    }
    switch type {
    case "text", "system": return content["body"]?.nonEmpty
    case "button", "order": return content["text"]?.nonEmpty
    case "interactive":
      let reply = content["button_reply"] ?? content["list_reply"]
      return reply?["title"]?.nonEmpty ?? content["nfm_reply"]?["body"]?.nonEmpty
    case "edit": return content["message"].flatMap { text(of: $0) }
    default: return content["caption"]?.nonEmpty
    }
  }

  /// The referral as it is; of one that is too large, the members that are small.
  private static func writeReferral(of message: TapeValue, to data: inout JSONWriter) {
    guard let referral = message["referral"], referral.isObject else { return }
    data.key("referral")
    let whole = referral.compactJSON
    guard whole.count > 16_384 else { return data.json(whole) }
    data.beginObject()
    var written = 0
    referral.forEachMember { name, value in
      let json = value.compactJSON
      guard name.count + json.count <= 1_024, written <= 12_288 else { return }
      written += name.count + json.count
      unsafe data.key(bytes: name.bytes)
      data.json(json)
    }
    data.endObject()
  }

  // MARK: Parts of statuses

  private static func writeWindow(of update: TapeValue, to data: inout JSONWriter) {
    guard let conversation = update["conversation"], conversation.isObject, conversation.count > 0 else { return }
    data.member("window") {
      $0.member("id", conversation["id"]?.identifier)
      $0.member("expires_at", conversation["expiration_timestamp"]?.moment)
      $0.member("origin", conversation["origin"]?["type"]?.nonEmpty)
    }
  }

  private static func writePricing(of update: TapeValue, to data: inout JSONWriter) {
    guard let pricing = update["pricing"], pricing.isObject else { return }
    data.member("pricing") {
      $0.member("billable", pricing["billable"]?.flag)
      $0.member("model", pricing["pricing_model"]?.nonEmpty)
      $0.member("type", pricing["type"]?.nonEmpty ?? pricing["pricing_type"]?.nonEmpty)
      $0.member("category", pricing["category"]?.nonEmpty)
      $0.member("subtype", pricing["subtype"]?.nonEmpty)
    }
  }

  private static func writeError(of update: TapeValue, to data: inout JSONWriter) {
    var first: TapeValue?
    update["errors"]?.forEachElement { if first == nil { first = $0 } }
    guard let first, first.isObject else { return }
    data.member("error") {
      if let code = first["code"]?.integer {
        $0.key("code")
        $0.number(code)
      }
      $0.member("title", (first["title"]?.nonEmpty ?? first["message"]?.nonEmpty)?.cut(toBytes: 1_024))
    }
  }
}
