public import JSONTape

/// What the writer must know to admit or refuse an event before it is in the log: which accounts, numbers, zones and
/// payments there are. Small, kept in memory, rebuilt by replay.
///
/// Changes are written to a journal, so that a refused request or a failed commit is undone: take ``mark`` before a
/// request, ``rollBack(to:)`` when it is refused, ``forgetJournal()`` once it is on disk.
public struct Admission: Sendable {
  private struct Account {
    var currency: String
  }

  private enum Undo {
    case account(Fingerprint128)
    case number(Fingerprint128)
    case zone(String)
  }

  private var accounts: [Fingerprint128: Account] = [:]
  /// The account that owns a number.
  private var numbers: [Fingerprint128: Fingerprint128] = [:]
  private var zones: Set<String> = []
  private var journal: [Undo] = []

  public init() {}

  public var mark: Int { journal.count }

  public mutating func rollBack(to mark: Int) {
    while journal.count > mark {
      switch journal.removeLast() {
      case .account(let account): accounts[account] = nil
      case .number(let number): numbers[number] = nil
      case .zone(let zone): zones.remove(zone)
      }
    }
  }

  public mutating func forgetJournal() { journal.removeAll(keepingCapacity: true) }

  /// The zone that `event` names and no `zone.resolved` has told yet: resolve it just before (RULES.md 47).
  public func zoneNeeded(by event: Event) -> Text? {
    let named: Text?
    switch event.data {
    case .accountOpened(let opened): named = opened.timeZone
    case .accountConfigured(let configured): named = configured.businessHours?.zone
    default: named = nil
    }
    guard let named, !zones.contains(named.string) else { return nil }
    return named
  }

  /// Checks an event against what is known, and learns from it.
  /// - Throws: a ``Refusal`` of status 409 or 422; nothing is learnt then.
  public mutating func admit(_ event: Event) throws(Refusal) {
    guard let subject = event.subject else {
      if case .zoneResolved(let zone, _) = event.data { learn(zone: zone.string) }
      return
    }
    let account = Fingerprint128(subject)
    if case .accountOpened(let opened) = event.data {
      guard accounts[account] == nil else {
        throw Refusal(
          .accountExists, status: 422, "account \(subject.string) is open already",
          remedy: "change it with waybill.account.configured", pointer: "/subject")
      }
      accounts[account] = Account(currency: opened.currency.string)
      journal.append(.account(account))
      return
    }
    guard let known = accounts[account] else {
      throw Refusal(
        .unknownAccount, status: 422, "account \(subject.string) is not open",
        remedy: "open it first: waybill account open \(subject.string) --currency USD --time-zone America/Sao_Paulo",
        pointer: "/subject")
    }
    try admit(event, for: account, known)
  }

  private mutating func admit(_ event: Event, for account: Fingerprint128, _ known: Account) throws(Refusal) {
    switch event.data {
    case .numberAdded(let added): try learn(number: added.number, of: account)
    case .paymentReceived(let payment): try check(payment.currency, known)
    case .creditGranted(let grant): try check(grant.currency, known)
    default: break
    }
  }

  private func check(_ currency: Text, _ account: Account) throws(Refusal) {
    guard currency.string != account.currency else { return }
    throw Refusal(
      .currencyMismatch, status: 422, "/data/currency is \(currency.string), the account's is \(account.currency)",
      remedy: "an account has one currency for life: pay in \(account.currency) or open another account",
      pointer: "/data/currency")
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
