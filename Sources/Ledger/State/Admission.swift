public import JSONTape

/// What the writer must know to admit or refuse an event before it is in the log: which accounts, numbers, zones and
/// payments there are. Small, kept in memory, rebuilt by replay.
///
/// Changes are written to a journal, so that a refused request or a failed commit is undone: take ``mark`` before a
/// request, ``rollBack(to:)`` when it is refused, ``forgetJournal()`` once it is on disk.
public struct Admission: Sendable {
  private enum Undo {
    case account(Fingerprint128)
    case number(Fingerprint128)
    case zone(String)
    case funds(Fingerprint128, FundsRegister.Undo)
  }

  /// Of each open account what the writer must know of its money.
  private var accounts: [Fingerprint128: FundsRegister] = [:]
  /// Open accounts whose register nobody has asked for, each with its place in the state that this was learnt from.
  private var unread: [Fingerprint128: Int] = [:]
  private var readRegister: (@Sendable (Int) -> FundsRegister)?
  /// The account that owns a number.
  private var numbers: [Fingerprint128: Fingerprint128] = [:]
  private var zones: Set<String> = []
  private var journal: [Undo] = []
  /// A short cut: accounts known to be open, forgotten when an opening is undone.
  private var open = FingerprintSet()

  public init() {}

  /// What has been learnt from all events that `state` folded.
  /// - Parameter readRegister: says the register that an account had in `state`, by its place there. It is asked when an event
  ///   first needs it: the account itself may be absent.
  public init(of state: State, readRegister: @escaping @Sendable (Int) -> FundsRegister) {
    self.readRegister = readRegister
    state.forEachAccountName { name, index in unread[Fingerprint128(name)] = index }
    state.forEachNumber { number, account in numbers[Fingerprint128(number)] = Fingerprint128(account) }
    zones = Set(state.reference.namesOfZones)
  }

  /// Whether both will admit and refuse the same events.
  func isSame(as other: Admission) -> Bool {
    registers == other.registers && numbers == other.numbers && zones == other.zones
  }

  private var registers: [Fingerprint128: FundsRegister] {
    accounts.merging(unread.compactMapValues { readRegister?($0) }) { known, _ in known }
  }

  private func isOpen(_ account: Fingerprint128) -> Bool { accounts[account] != nil || unread[account] != nil }

  public var mark: Int { journal.count }

  public mutating func rollBack(to mark: Int) {
    while journal.count > mark {
      switch journal.removeLast() {
      case .account(let account):
        accounts[account] = nil
        open = FingerprintSet()
      case .number(let number): numbers[number] = nil
      case .zone(let zone): zones.remove(zone)
      case .funds(let account, let undo): accounts[account]?.undo(undo)
      }
    }
  }

  public mutating func forgetJournal() { journal.removeAll(keepingCapacity: true) }

  /// The zone that `event` names and no `zone.resolved` has told yet: resolve it just before (RULES.md 47).
  ///
  /// It changes nothing; it is `mutating` so that it is never handed a copy of all that is known.
  public mutating func zoneNeeded(by event: Event) -> Text? {
    guard event.type == .accountOpened || event.type == .accountConfigured else { return nil }
    let named: Text?
    switch event.data {
    case .accountOpened(let opened): named = opened.timeZone
    case .accountConfigured(let configured): named = configured.payload.businessHours?.zone
    default: named = nil
    }
    guard let named, !zones.contains(named.string) else { return nil }
    return named
  }

  /// Whether events of the account that need nothing else (``EventType/needsAccountOnly``) are admitted, as ``admit(_:)`` would: then
  /// they need not be looked at. False also for an open account that it has not met yet, of which `admit` has to be asked.
  ///
  /// It changes nothing; it is `mutating` so that it is never handed a copy of all that is known.
  @inline(__always)
  public mutating func knowsOpen(_ account: Fingerprint128) -> Bool { open.contains(account) }

  /// Asks for what ``knowsOpen(_:)`` will read.
  @inline(__always)
  public mutating func fetch(_ account: Fingerprint128) { open.fetch(account) }

  /// Checks an event against what is known, and learns from it.
  /// - Throws: a ``Refusal`` of status 409 or 422; nothing is learnt then.
  public mutating func admit(_ event: Event) throws(Refusal) {
    guard let subject = event.subject else {
      if event.type == .zoneResolved, case .zoneResolved(let zone, _) = event.data { learn(zone: zone.string) }
      return
    }
    let account = Fingerprint128(subject)
    if event.type.needsAccountOnly, open.contains(account) { return }
    try admit(event, of: subject, account)
  }

  @inline(never)
  private mutating func admit(_ event: Event, of subject: Text, _ account: Fingerprint128) throws(Refusal) {
    if case .accountOpened(let opened) = event.data {
      guard !isOpen(account) else {
        throw Refusal(
          .accountExists, status: 422, "account \(subject.string) is open already",
          remedy: "change it with waybill.account.configured", pointer: "/subject")
      }
      accounts[account] = FundsRegister(currency: opened.currency.string.utf8)
      journal.append(.account(account))
      return
    }
    guard isOpen(account) else {
      throw Refusal(
        .unknownAccount, status: 422, "account \(subject.string) is not open",
        remedy: "open it first: waybill account open \(subject.string) --currency USD --time-zone America/Sao_Paulo",
        pointer: "/subject")
    }
    open.insert(account)
    switch event.type {
    case .paymentReceived, .paymentFailed, .paymentRefunded, .creditGranted, .creditVoided, .balanceAdjusted:
      if let index = unread.removeValue(forKey: account) { accounts[account] = readRegister?(index) }
      try accounts[account]?.check(event.data)
      if let undo = accounts[account]?.record(event.data) { journal.append(.funds(account, undo)) }
    case .numberAdded:
      if case .numberAdded(let added) = event.data { try learn(number: added.number, of: account) }
    default: break
    }
  }

  private mutating func learn(number: Text, of account: Fingerprint128) throws(Refusal) {
    let key = Fingerprint128(number)
    if let owner = numbers[key] {
      guard owner == account else {
        throw Refusal(
          .numberTaken, status: 409, "number \(number.string) belongs to another account",
          remedy: "a number belongs to one account for life: check the number", pointer: "/data/number")
      }
      return
    }
    numbers[key] = account
    journal.append(.number(key))
  }

  private mutating func learn(zone: String) {
    guard zones.insert(zone).inserted else { return }
    journal.append(.zone(zone))
  }
}

extension EventType {
  /// Whether its events are of no account and may change any: rate cards, markets, zones.
  public var concernsAllAccounts: Bool {
    switch self {
    case .rateCardPublished, .marketsPublished, .zoneResolved: true
    default: false
    }
  }

  /// Whether an open account is all that an event of this type needs to be admitted. ``Admission`` learns nothing from it.
  @inline(__always)
  public var needsAccountOnly: Bool {
    switch self {
    case .messageReceived, .messageSent, .messageStatus, .conversationAssigned, .conversationUnassigned,
      .conversationResolved, .conversationReopened, .conversationSnoozed, .conversationLabelled,
      .conversationUnlabelled, .conversationPrioritised:
      true
    default: false
    }
  }
}
