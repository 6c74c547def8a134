import JSONTape

extension State {
  /// With fewer accounts than this what an event needs is mostly in the processor's cache.
  static var manyAccounts: Int { 64 }
  /// Applies events one after the other, as ``apply(_:at:)`` does each; only faster where there are many accounts.
  ///
  /// - Parameter sequence: where the event of an index belongs; nil for one to leave out.
  /// - Returns: the index of the first event whose account is not open.
  @unsafe
  @discardableResult
  public mutating func apply(_ events: UnsafeBufferPointer<Event>, at sequence: (Int) -> SequenceNumber?) -> Int? {
    var unopened: Int?
    guard accounts.count >= Self.manyAccounts else {
      for index in events.indices {
        guard let sequence = sequence(index), unsafe !apply(events[index], of: nil, at: sequence) else { continue }
        unopened = unopened ?? index
      }
      return unopened
    }
    for start in stride(from: 0, to: events.count, by: Foresight.capacity) {
      let range = start..<min(start + Foresight.capacity, events.count)
      let foresight = unsafe Foresight(UnsafeBufferPointer(rebasing: events[range]), in: &self)
      for index in range {
        guard let sequence = sequence(index),
          unsafe !apply(events[index], of: foresight[index - start], at: sequence)
        else { continue }
        unopened = unopened ?? index
      }
    }
    return unopened
  }
}

/// Looks at a few events before they are folded: finds their accounts, and asks for what their fold will read, in steps. What
/// a step reads, the one before asked for; so memory is waited for once a step and not once an event and look.
private struct Foresight {
  static var capacity: Int { 16 }

  private var accounts = InlineArray<16, NameID>(repeating: .none)

  /// The account of an event, if it was there.
  @inline(__always)
  subscript(index: Int) -> NameID? { accounts[index].isNone ? nil : accounts[index] }

  @unsafe
  init(_ events: UnsafeBufferPointer<Event>, in state: inout State) {
    var items = unsafe InlineArray<16, ForeseenEvent?>(repeating: nil)
    unsafe state.accountNames.fetch(subjectsOf: events)
    for index in events.indices {
      guard let subject = unsafe events[index].subject, let account = state.accountNames.find(subject) else { continue }
      accounts[index] = account
      unsafe items[index] = ForeseenEvent(events[index].data, state.accounts.pointer(to: Int(account.rawValue) - 1))
    }
    for index in events.indices { unsafe items[index]?.fetchLists() }
    for index in events.indices { unsafe items[index]?.fetchRecords() }
    for index in events.indices { unsafe items[index]?.fetchPair() }
    for index in events.indices { unsafe items[index]?.fetchConversation() }
  }
}

/// One of these events. It writes nothing, so it may look at an account that a copy of the state has too; its functions and
/// those it calls are `mutating` only so that they are lent what they look at and handed no copy.
@unsafe
private struct ForeseenEvent: BitwiseCopyable {
  private let account: UnsafeMutablePointer<AccountState>
  private var phone: Phone?
  private var message: Fingerprint128?
  private var isInbound = false
  private var contact = ContactNumber.none
  private var pair: PairID?

  /// Asks for the account itself.
  @inline(__always)
  init(_ data: EventData, _ account: UnsafeMutablePointer<AccountState>) {
    unsafe self.account = unsafe account
    unsafe Cache.fetch(account)
    unsafe Cache.fetch(whole: &account.pointee.names)
    unsafe Cache.fetch(whole: &account.pointee.contacts)
    unsafe Cache.fetch(whole: &account.pointee.pairs)
    unsafe Cache.fetch(whole: &account.pointee.windows)
    unsafe Cache.fetch(whole: &account.pointee.desk)
    unsafe Cache.fetch(whole: &account.pointee.dates)
    unsafe Cache.fetch(whole: &account.pointee.hints)
    switch data {
    case .messageStatus(let status):
      unsafe Cache.fetch(whole: &account.pointee.messages)
      if status.rank.isDelivery {
        unsafe Cache.fetch(whole: &account.pointee.funds)
        unsafe Cache.fetch(whole: &account.pointee.prices)
        unsafe Cache.fetch(whole: &account.pointee.tiers)
      }
      unsafe (phone, message) = (status.contact.phone, Fingerprint128(status.message))
    case .messageSent(let sent):
      unsafe Cache.fetch(whole: &account.pointee.messages)
      unsafe Cache.fetch(whole: &account.pointee.replies)
      unsafe (phone, message) = (sent.contact.phone, Fingerprint128(sent.message))
    case .messageReceived(let received):
      unsafe Cache.fetch(whole: &account.pointee.inbounds)
      unsafe (phone, message, isInbound) = (received.contact.phone, Fingerprint128(received.message), true)
    case .conversationResolved(let name): unsafe phone = name.contact.phone
    case .conversationAssigned(let name, _, _): unsafe phone = name.contact.phone
    case .conversationLabelled(let name, _): unsafe phone = name.contact.phone
    default: break
    }
  }

  @inline(__always)
  func fetchLists() {
    if let phone = unsafe phone { unsafe account.pointee.contacts.fetchLists(phone: phone) }
    unsafe account.pointee.pairs.fetchLists()
    unsafe account.pointee.windows.fetchLists()
    unsafe account.pointee.desk.fetchLists()
    guard let message = unsafe message else { return }
    if unsafe isInbound {
      unsafe account.pointee.inbounds.fetchLists(message)
    } else {
      unsafe account.pointee.messages.fetchLists(message)
    }
  }

  @inline(__always)
  mutating func fetchRecords() {
    if let phone = unsafe phone {
      unsafe contact = account.pointee.contacts.fetch(phone: phone)
      unsafe account.pointee.pairs.fetch(contact)
    }
    if let message = unsafe message, unsafe !isInbound { unsafe account.pointee.messages.fetch(message) }
  }

  @inline(__always)
  mutating func fetchPair() {
    guard unsafe contact != .none, let pair = unsafe account.pointee.pairs.last(of: contact) else { return }
    unsafe self.pair = pair
    unsafe account.pointee.windows.fetch(pair)
    unsafe account.pointee.desk.fetch(pair)
  }

  @inline(__always)
  func fetchConversation() {
    if let pair = unsafe pair { unsafe account.pointee.desk.fetchConversation(pair) }
  }
}

extension Names {
  /// Asks for what finding the events' accounts will read.
  @unsafe
  mutating func fetch(subjectsOf events: UnsafeBufferPointer<Event>) {
    for index in events.indices { if let subject = unsafe events[index].subject { fetch(subject) } }
    for index in events.indices { if let subject = unsafe events[index].subject { fetchEnd(subject) } }
    for index in events.indices { if let subject = unsafe events[index].subject { fetchBytes(subject) } }
  }
}
