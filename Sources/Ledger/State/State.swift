import JSONTape

/// Everything that the log says, folded: one ``AccountState`` an account, and what they share. A value: the same events in
/// the same order give the same bytes.
public struct State: Sendable {
  /// Raised whenever the fold or its serialisation changes: checkpoints of another version are thrown away.
  public static let foldVersion = 4

  public private(set) var sequence = SequenceNumber.zero
  var reference = Reference()
  /// Numbered as in ``accountNames``.
  var accounts = Accounts()
  var accountNames = Names()
  /// Webhooks kept without effect.
  public internal(set) var keptCount: UInt64 = 0
  /// Which account a number or a WABA of Meta's belongs to; the first that named it.
  var owners = Owners()
  /// A short cut, which changes nothing.
  private var knownAccounts = NameMemory(empty: NameID.none)

  public init() {}

  /// - Precondition: `sequence` is after all that was applied; a filtered past skips some.
  public mutating func apply(_ event: Event, at sequence: SequenceNumber) { _ = apply(event, of: nil, at: sequence) }

  /// - Parameter account: the event's, where it was found before.
  /// - Returns: false if the event's account is not open, and so nothing was changed.
  @inline(__always)
  mutating func apply(_ event: Event, of account: NameID?, at sequence: SequenceNumber) -> Bool {
    precondition(sequence > self.sequence, "applied \(sequence.rawValue) after \(self.sequence.rawValue)")
    self.sequence = sequence
    if event.type == .whatsAppKept { keptCount += 1 }
    guard let subject = event.subject else {
      applyGlobal(event, at: sequence)
      return true
    }
    if event.type == .accountOpened, case .accountOpened(let opened) = event.data {
      open(subject, opened, event, at: sequence)
      return true
    }
    guard let id = account ?? knownAccounts.value(of: subject) ?? find(subject) else { return false }
    if event.type == .numberAdded, case .numberAdded(let added) = event.data { owners.add(added, account: id) }
    accounts[Int(id.rawValue) - 1].apply(event, at: sequence, reference: &reference)
    return true
  }

  @inline(never)
  private mutating func find(_ account: Text) -> NameID? {
    guard let id = accountNames.find(account) else { return nil }
    knownAccounts.remember(id, of: account)
    return id
  }

  /// Moves on without an event: what lies between does not concern what is asked.
  public mutating func pass(to sequence: SequenceNumber) { self.sequence = max(self.sequence, sequence) }

  private mutating func open(
    _ subject: Text, _ opened: AccountOpened, _ event: Event, at sequence: SequenceNumber
  ) {
    guard accountNames.find(subject) == nil, let zone = reference.zone(named: opened.timeZone.string) else { return }
    _ = accountNames.intern(subject)
    accounts.append(AccountState(opened, zone: zone, at: event.time, sequence: sequence, reference: &reference))
  }

  private mutating func applyGlobal(_ event: Event, at sequence: SequenceNumber) {
    switch event.data {
    case .zoneResolved(let zone, let transitions):
      reference.resolve(zone: zone, transitions: Array(transitions))
      for account in accounts.indices { accounts[account].zoneChanged(reference: reference) }
    case .rateCardPublished(let published):
      let card = RateCard(published.payload, at: sequence, names: &reference.names)
      let index = reference.cards.add(card)
      for account in accounts.indices {
        accounts[account].rateCardArrived(index, sequence: sequence, reference: &reference)
      }
    case .marketsPublished(let published):
      reference.markets.replace(with: published.payload, names: &reference.names)
      for account in accounts.indices { accounts[account].marketsArrived(sequence: sequence, reference: &reference) }
    default: break
    }
  }

  func forEachAccountName(_ body: (_ name: Text, _ index: Int) -> Void) {
    for index in accounts.indices {
      accountNames.withText(NameID(rawValue: UInt32(index + 1))) { body($0, index) }
    }
  }

  /// Each business number with the name of the account that has it.
  func forEachNumber(_ body: (_ number: Text, _ account: Text) -> Void) {
    owners.forEachNumber { number, account in accountNames.withText(account) { body(number, $0) } }
  }

  /// The account that a number or else a WABA of Meta's belongs to (RULES.md 32).
  public func account(number: String?, waba: String?) -> String? {
    owners.account(number: number, waba: waba).map { accountNames.string($0) }
  }

  // MARK: Serialisation

  /// The canonical bytes that the digest is of. They name contacts by number only.
  public func encode(into encoder: inout StateEncoder) {
    encodeShared(into: &encoder)
    for index in accounts.indices { encodeAccount(index, into: &encoder) }
  }

  /// Of all accounts; see ``encodeContacts(ofAccount:into:)``.
  public func encodeContacts(into encoder: inout StateEncoder) {
    for index in accounts.indices { encodeContacts(ofAccount: index, into: &encoder) }
  }

  public init(from decoder: inout StateDecoder, contacts: inout StateDecoder) throws(StateDecodingError) {
    try self.init(sharedOnly: &decoder)
    for _ in 0..<accountNames.count { try decodeAccount(from: &decoder, contacts: &contacts) }
  }

  /// All but the accounts, which have to follow.
  init(sharedOnly decoder: inout StateDecoder) throws(StateDecodingError) {
    guard try decoder.readUInt64() == UInt64(Self.foldVersion) else { throw decoder.failure("another fold version") }
    sequence = try decoder.readSequence()
    keptCount = try decoder.readUInt64()
    reference = try Reference(from: &decoder)
    accountNames = try Names(from: &decoder)
    owners = try Owners(from: &decoder)
  }

  mutating func decodeAccount(
    from decoder: inout StateDecoder, contacts: inout StateDecoder
  ) throws(StateDecodingError) {
    accounts.append(
      try AccountState(from: &decoder, contacts: try ContactBook(from: &contacts), reference: reference))
  }
}

/// Numbers and WABAs, each with the account that named it first.
struct Owners: Sendable {
  private var names = Names()
  /// By name: the account, in the order first seen.
  private var accounts: [NameID] = []

  init() {}

  mutating func add(_ added: NumberAdded, account: NameID) {
    claim("n", added.number, account)
    if let waba = added.waba { claim("w", waba, account) }
  }

  private static func key(_ kind: String, _ name: String) -> String { "\(kind):\(name)" }

  private mutating func claim(_ kind: String, _ name: Text, _ account: NameID) {
    guard names.find(Self.key(kind, name.string)) == nil else { return }
    _ = names.intern(Self.key(kind, name.string))
    accounts.append(account)
  }

  func forEachNumber(_ body: (_ number: Text, _ account: NameID) -> Void) {
    for (index, account) in accounts.enumerated() {
      names.withText(NameID(rawValue: UInt32(index + 1))) { key in
        if key.hasPrefix("n:") { body(key.dropFirst(2), account) }
      }
    }
  }

  func account(number: String?, waba: String?) -> NameID? {
    if let number, let id = names.find(Self.key("n", number)) { return accounts[Int(id.rawValue) - 1] }
    if let waba, let id = names.find(Self.key("w", waba)) { return accounts[Int(id.rawValue) - 1] }
    return nil
  }

  func encode(into encoder: inout StateEncoder) {
    names.encode(into: &encoder)
    encoder.write(accounts) { encoder, account in encoder.write(account) }
  }

  init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    names = try Names(from: &decoder)
    accounts = try decoder.readList { (decoder) throws(StateDecodingError) in try decoder.readName() }
    guard accounts.count == names.count else { throw decoder.failure("numbers without accounts") }
  }
}
