import JSONTape

/// Everything that one account's events say, folded. Accounts share nothing that changes.
struct AccountState: Sendable {
  /// In the reference's names.
  let currency: NameID
  let currencyCode: String
  let zoneName: String
  var zone: Zone
  let openedAt: Timestamp
  let openingSequence: SequenceNumber
  /// The last event that changed anything here: one of its own, or a global one that changed a charge.
  var lastChange: SequenceNumber
  /// The latest time of its events, and how many they are: which questions about the past it can be a start for.
  var latestEventTime: Timestamp
  var eventCount: UInt64 = 1

  /// Templates, agents, teams, labels, numbers, languages, credits: whatever repeats.
  var names = Names()
  var contacts: ContactBook
  var pairs = Pairs()
  var settings: Settings
  var numbers: [BusinessNumber] = []
  var templates = TemplateHistory()
  /// The team of each agent, by name.
  var teams = IntMap<NameID>()

  var windows = Windows()
  var inbounds = Inbounds()
  var replies = ChunkedArray<Reply>()
  var messages = Messages()
  var holds = Holds()
  var allowances = Allowances()
  var tiers = TierCounters()
  var unrated = UnratedMessages()
  /// Charged on the latest day, so that a card for the future touches nothing.
  var lastChargeDay = CalendarDay(rawValue: .min)
  var agentCharges = AgentCharges()

  var funds = Funds()
  var desk = Desk()

  // Short cuts, which change nothing and are not serialised.
  var dates = LocalDates()
  var prices = PriceCache()
  var hints = Hints()

  /// Contacts whose phone the event under way was first to say; empty between events.
  private var justLinked: [ContactNumber] = []

  struct BusinessNumber: Hashable, Sendable {
    var number: NameID
    var display: NameID
    var waba: NameID
  }

  /// A human reply, for the conversations that a day has seen.
  struct Reply: Sendable, BitwiseCopyable {
    var pair: PairID
    private var moment: (UInt32, UInt32)

    init(pair: PairID, time: Timestamp) {
      self.pair = pair
      let bits = UInt64(bitPattern: time.rawValue)
      moment = (UInt32(truncatingIfNeeded: bits), UInt32(truncatingIfNeeded: bits >> 32))
    }

    var time: Timestamp { Timestamp(rawValue: Int64(bitPattern: UInt64(moment.1) << 32 | UInt64(moment.0))) }
  }

  /// The names that came last in their roles.
  struct Hints: Sendable {
    var number = NameHint()
    var template = NameHint()
    var language = NameHint()
    var agent = NameHint()
  }

  init(
    _ opened: AccountOpened, zone: Zone, at time: Timestamp, sequence: SequenceNumber, reference: inout Reference
  ) {
    currency = reference.names.intern(opened.currency)
    currencyCode = opened.currency.string
    zoneName = opened.timeZone.string
    self.zone = zone
    openedAt = time
    openingSequence = sequence
    lastChange = sequence
    latestEventTime = time
    contacts = ContactBook()
    settings = Settings(opened, names: &names)
  }

  mutating func apply(_ event: Event, at sequence: SequenceNumber, reference: inout Reference) {
    lastChange = sequence
    eventCount &+= 1
    if event.time > latestEventTime { latestEventTime = event.time }
    switch event.data {
    case .messageStatus(let status): apply(status, at: event.time, sequence: sequence, reference: &reference)
    case .messageSent(let sent): apply(sent, at: event.time, sequence: sequence, reference: &reference)
    case .messageReceived(let received): apply(received, at: event.time)
    case .accountConfigured(let configured): apply(configured.payload, at: event.time)
    case .numberAdded(let added): apply(added)
    case .templateUpdated(let updated): apply(updated, at: event.time, sequence: sequence, reference: &reference)
    case .tierReported(let report): apply(report, reference: &reference)
    case .windowOpened(let opened): apply(opened, at: event.time)
    case .chargeCorrected(let correction): apply(correction, sequence: sequence)
    case .paymentReceived, .paymentFailed, .paymentRefunded, .creditGranted, .creditVoided, .balanceAdjusted:
      applyMoney(event, at: sequence)
    case .teamDefined, .agentDefined, .conversationAssigned, .conversationUnassigned, .conversationResolved,
      .conversationReopened, .conversationSnoozed, .conversationLabelled, .conversationUnlabelled,
      .conversationPrioritised:
      applyDesk(event)
    case .statementClosed, .contactErased, .whatsAppKept, .withoutEffect: break
    case .accountOpened, .rateCardPublished, .marketsPublished, .zoneResolved: break
    }
    while !justLinked.isEmpty {
      let contact = justLinked.removeLast()
      phoneLearnt(of: contact, sequence: sequence, reference: &reference)
    }
  }

  private mutating func apply(_ added: NumberAdded) {
    let number = BusinessNumber(
      number: names.intern(added.number), display: names.intern(added.display), waba: names.intern(added.waba))
    if let known = numbers.firstIndex(where: { $0.number == number.number }) {
      if !number.display.isNone { numbers[known].display = number.display }
      if !number.waba.isNone { numbers[known].waba = number.waba }
    } else {
      numbers.append(number)
    }
  }

  private mutating func apply(_ report: TierReported, reference: inout Reference) {
    let key = TierCounters.Key(
      market: reference.names.intern(report.market), category: reference.names.internCategory(report.category),
      month: report.month)
    tiers.report(TierCounters.Report(lower: report.lower, upper: report.upper, at: report.at), key)
  }

  // MARK: Names of events

  mutating func pair(_ name: ConversationName) -> PairID {
    pair(number: name.number, contact: resolve(name.contact))
  }

  @inline(__always)
  mutating func pair(number: Text, contact: ContactNumber) -> PairID {
    pairs.intern(number: self.number(number), contact: contact)
  }

  @inline(__always)
  mutating func number(_ text: Text) -> NameID { names.intern(text, hint: &hints.number) }

  @inline(__always)
  mutating func resolve(_ name: ContactName) -> ContactNumber {
    let (contact, newlyLinked) = contacts.resolve(name)
    if let newlyLinked { justLinked.append(newlyLinked) }
    return contact
  }
}
