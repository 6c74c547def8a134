/// The state in parts, so that a checkpoint is written account by account and only what changed is written again.
///
/// Shared part and accounts in order, one after the other, are the canonical bytes of ``encode(into:)``.
extension State {
  /// The last event that changed the account, counted from 0.
  public func lastChange(ofAccount index: Int) -> SequenceNumber {
    unsafe accounts.pointer(to: index).pointee.lastChange
  }

  /// The latest time of the account's events, and how many they are.
  public func eventFacts(ofAccount index: Int) -> (latestTime: Timestamp, count: UInt64) {
    let account = unsafe accounts.pointer(to: index)
    return unsafe (account.pointee.latestEventTime, account.pointee.eventCount)
  }

  /// The account's place, counted from 0 in the order of opening; nil when there is none of that name.
  public func index(ofAccount name: String) -> Int? { accountNames.find(name).map { Int($0.rawValue) - 1 } }

  /// Everything that is not one account's.
  public func encodeShared(into encoder: inout StateEncoder) {
    encoder.write(Self.foldVersion)
    encoder.write(sequence)
    encoder.write(keptCount)
    reference.encode(into: &encoder)
    accountNames.encode(into: &encoder)
    owners.encode(into: &encoder)
  }

  public func encodeAccount(_ index: Int, into encoder: inout StateEncoder) {
    unsafe accounts.pointer(to: index).pointee.encode(into: &encoder)
  }

  /// Who the contacts are: kept beside the state, outside its digest, so that a person can be forgotten.
  public func encodeContacts(ofAccount index: Int, into encoder: inout StateEncoder) {
    unsafe accounts.pointer(to: index).pointee.contacts.encode(into: &encoder)
  }
}

/// A state on its way from parts to a whole. Its accounts can be decoded in any order, on any thread.
public struct StateParts: Sendable {
  /// An account that was decoded.
  public struct Account: Sendable {
    var box: Accounts.Box

    /// What the writer must know of its money.
    public var register: FundsRegister {
      // Lent, not copied: it is large.
      box.withState { FundsRegister(of: $0) }
    }
  }

  private var state: State

  /// - Parameter shared: what ``State/encodeShared(into:)`` wrote.
  public init(shared: inout StateDecoder) throws(StateDecodingError) { state = try State(sharedOnly: &shared) }

  public var sequence: SequenceNumber { state.sequence }
  /// How many accounts belong to it.
  public var accountCount: Int { state.accountNames.count }

  /// Decodes what ``State/encodeAccount(_:into:)`` and ``State/encodeContacts(ofAccount:into:)`` wrote of one account.
  public func account(
    from decoder: inout StateDecoder, contacts: inout StateDecoder
  ) throws(StateDecodingError) -> Account {
    let box = Accounts.Box(
      try AccountState(from: &decoder, contacts: try ContactBook(from: &contacts), reference: state.reference))
    guard decoder.isAtEnd, contacts.isAtEnd else { throw decoder.failure("more than an account") }
    return Account(box: box)
  }

  /// A state that has one account alone, under its name. It answers for this account, and folds its events and those of no
  /// account, as the whole would.
  public consuming func alone(_ account: Account, named name: String) -> State {
    state.accountNames = Names()
    _ = state.accountNames.intern(name)
    state.owners = Owners()
    state.accounts.append(account.box)
    return state
  }

  /// The state without its accounts, which are added as they are decoded.
  public consuming func withoutAccounts() -> State {
    for _ in 0..<accountCount { state.accounts.appendAbsent() }
    return state
  }
}

/// A state that is read from a checkpoint need not have all its accounts at once. One that is absent has to be added
/// before it is folded into, asked about or serialised, and all before an event of no account, which may change any.
extension State {
  public var absentAccountCount: Int { accounts.absentCount }

  public func isAbsent(account index: Int) -> Bool { accounts.isAbsent(index) }

  /// An account that is not absent, to be added to another state that has the same names.
  public func account(_ index: Int) -> StateParts.Account { StateParts.Account(box: accounts.box(index)) }

  /// Adds an account as it was in the checkpoint.
  /// - Precondition: it is absent.
  public mutating func add(_ account: StateParts.Account, at index: Int) { accounts.add(account.box, at: index) }

  /// Makes an account of a copy absent, whose reader is done with it: what still changes is then copied no longer.
  public mutating func removeAccount(_ index: Int) { accounts.remove(index) }

  /// Adds the places of the accounts that are absent and without which these events cannot be applied.
  @unsafe
  public func noteAbsentAccounts(neededBy events: UnsafeBufferPointer<Event>, in indexes: inout Set<Int>) {
    guard absentAccountCount > 0 else { return }
    for index in events.indices {
      if let subject = unsafe events[index].subject {
        if let id = accountNames.find(subject), accounts.isAbsent(Int(id.rawValue) - 1) {
          indexes.insert(Int(id.rawValue) - 1)
        }
      } else if unsafe events[index].type.concernsAllAccounts {
        indexes.formUnion(accounts.indices.filter(accounts.isAbsent))
      }
    }
  }
}
