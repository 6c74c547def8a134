internal import JSONTape
public import Ledger

/// Translates what Meta posts into events of the ledger.
///
/// Pure: no clock, no I/O, the same body gives the same bytes. `docs/webhooks.md` says what becomes what.
public enum WebhookTranslator {
  /// Finds an account by exactly one of a business number (Meta's `phone_number_id`) and a WABA; the other is nil.
  public typealias AccountLookup = (_ number: String?, _ waba: String?) -> String?

  /// Deepest nesting that is read; a body nests nine levels.
  private static let maxDepth = 512

  /// The events of one POST, in the order of the document.
  ///
  /// Whatever is not understood comes back as `whatsapp.kept`, so an authentic body never fails unless it is not JSON.
  /// - Throws: a refusal with status 400 when the body is not JSON.
  public static func translate(
    body: some Collection<UInt8>, accountOf: AccountLookup
  ) throws(Refusal) -> [TranslatedEvent] {
    let parsed: ParsedBody
    do { parsed = try ParsedBody(body, maxDepth: maxDepth) } catch {
      throw Refusal(
        .malformed, status: 400, "the webhook's body is not JSON: \(error)",
        remedy: "send Meta's body as it was received")
    }
    return withoutActuallyEscaping(accountOf) { accountOf in
      var walk = WebhookWalk(of: parsed, accountOf: accountOf)
      walk.document()
      return walk.events
    }
  }
}

/// One pass over a body: `entry` by `entry`, `change` by `change`, update by update.
struct WebhookWalk {
  private let body: ParsedBody
  private let accountOf: WebhookTranslator.AccountLookup
  private(set) var events: [TranslatedEvent] = []
  private var accountsByNumber: [String: String?] = [:]
  private var accountsByWABA: [String: String?] = [:]
  /// Of the events that are made.
  private let eventParser = TapeParser()

  init(of body: ParsedBody, accountOf: @escaping WebhookTranslator.AccountLookup) {
    self.body = body
    self.accountOf = accountOf
  }

  mutating func document() {
    guard body.root.isArray, body.root.count > 0 else { return envelope(body.root) }
    body.root.forEachElement { envelope($0) }
  }

  private mutating func envelope(_ root: TapeValue) {
    guard let entries = root["entry"], entries.isArray, entries.count > 0,
      root["object"].map({ $0.text == "whatsapp_business_account" }) ?? true
    else { return keep(.notUnderstood, Change(of: body, root: root)) }
    entries.forEachElement { entry in
      guard let changes = entry["changes"], changes.isArray, changes.count > 0 else {
        return keep(.notUnderstood, Change(of: body, root: root, entry: entry))
      }
      changes.forEachElement { self.change(Change(of: body, root: root, entry: entry, change: $0)) }
    }
  }

  private mutating func change(_ change: Change) {
    guard change.value?.isObject == true, let field = change.change?["field"]?.nonEmpty else {
      return keep(.notUnderstood, change)
    }
    switch field {
    case "messages": updates(change, ["messages", "statuses", "errors"])
    case "smb_message_echoes": updates(change, ["message_echoes", "errors"])
    case "account_update": add(AccountTranslation.accountUpdate(change), change)
    case "message_template_status_update": add(AccountTranslation.templateStatus(change), change)
    case "template_category_update": add(AccountTranslation.templateCategory(change), change)
    default: keep(KnownFields.withoutEffect.contains(field) ? .noEffect : .notUnderstood, change)
    }
  }

  /// The lists `names` of a change, in the order of the document; errors of the app stay together.
  private mutating func updates(_ change: Change, _ names: [Text]) {
    var isEmpty = true
    let contacts = ContactIndex(change.value?["contacts"])
    change.value?.forEachMember { name, list in
      guard names.contains(name), list.isArray, list.count > 0 else { return }
      isEmpty = false
      guard name != "errors" else {
        return keep(.noEffect, change.update(name, list, contacts: contacts, isWhole: true))
      }
      list.forEachElement { element in
        let update = change.update(name, element, contacts: contacts)
        add(translate(update), update)
      }
    }
    if isEmpty { keep(.notUnderstood, change) }
  }

  private func translate(_ update: Change) -> Translation {
    guard let list = update.list, update.subject.isObject else { return .kept(.notUnderstood) }
    return switch list {
    case "statuses": MessageTranslation.status(update)
    case "messages": MessageTranslation.received(update)
    default: MessageTranslation.echo(update)
    }
  }

  // MARK: Results

  private mutating func add(_ translation: Translation, _ change: Change) {
    switch translation {
    case .kept(let reason): keep(reason, change)
    case .event(let type, let id, let time, let data):
      guard let account = account(of: change) else { return keep(.unclaimed, change) }
      let origin = UpdateOrigin(change, time: time)
      let bytes = origin.event(type: type, id: id ?? origin.hash, account: account, time: time) { data(&$0) }
      guard admits(bytes, by: eventParser) else { return keep(.notUnderstood, change) }
      events.append(TranslatedEvent(bytes: bytes, account: account, reason: nil, origin: origin))
    }
  }

  private mutating func keep(_ reason: KeptReason, _ change: Change) {
    let account = reason == .unclaimed ? nil : account(of: change)
    events += UpdateOrigin(change, time: nil).kept(reason, account: account)
  }

  /// The number decides first, then the WABA (RULES 32).
  private mutating func account(of change: Change) -> String? {
    if let number = change.number, let account = look(number: number) { return account }
    return change.waba.flatMap { look(waba: $0) }
  }

  private mutating func look(number: String) -> String? {
    if let known = accountsByNumber[number] { return known }
    let account = accountOf(number, nil)
    accountsByNumber[number] = .some(account)
    return account
  }

  private mutating func look(waba: String) -> String? {
    if let known = accountsByWABA[waba] { return known }
    let account = accountOf(nil, waba)
    accountsByWABA[waba] = .some(account)
    return account
  }
}

/// What a change or one update of it says.
enum Translation {
  /// `id` is nil where Meta gives none: then it is the hash of the update.
  case event(type: String, id: String?, time: Timestamp, data: (inout JSONWriter) -> Void)
  case kept(KeptReason)
}

/// Fields of a webhook that are known and concern neither money nor the desk.
enum KnownFields {
  static let withoutEffect: Set<String> = [
    "account_alerts", "account_review_update", "account_settings_update", "automatic_events",
    "business_capability_update", "business_status_update", "business_username_update", "calls", "flows",
    "group_lifecycle_update", "group_participants_update", "group_settings_update", "group_status_update", "history",
    "message_template_components_update", "message_template_quality_update", "partner_solutions",
    "payment_configuration_update", "phone_number_name_update", "phone_number_quality_update", "security",
    "smb_app_state_sync", "template_correct_category_detection", "tracking_events", "user_id_update",
    "user_preferences",
  ]
}
