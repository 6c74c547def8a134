import JSONTape
import Testing

@testable import Ledger

/// A desk with its names and contacts, told what happens in words. Times are `09:00` on Monday 2026-10-05, `06T09:00` on
/// another day of that month, or whole instants.
struct DeskScene {
  var desk = Desk()
  var names = Names()
  var book = ContactBook()
  var pairs = Pairs()
  var zone = Zone.utc
  var zones: [String: Zone] = [:]
  var windowEnds: [PairID: Timestamp] = [:]

  static func instant(_ text: String) -> Timestamp {
    let long = text.count == 5 ? "2026-10-05T\(text):00Z" : text.count == 8 ? "2026-10-\(text):00Z" : text
    guard let instant = Timestamp(lasting(long)) else { fatalError("\(text) is not an instant") }
    return instant
  }

  mutating func pair(_ contact: String, number: String = "n1") -> PairID {
    let name = ContactName(phone: nil, user: lasting(contact))
    return pairs.intern(number: names.intern(lasting(number)), contact: book.resolve(name).contact)
  }

  mutating func name(_ text: String?) -> NameID { text.map { names.intern(lasting($0)) } ?? .none }

  mutating func receive(_ at: String, _ contact: String = "ana", kind: String = "text", number: String = "n1") {
    desk.received(pair(contact, number: number), kind: MessageKind(lasting(kind)), at: Self.instant(at))
  }

  mutating func send(
    _ at: String, _ contact: String = "ana", by agent: String? = nil, bot: Bool = false, echo: Bool = false
  ) {
    let time = Self.instant(at)
    desk.sent(
      pair(contact), agent: name(agent), isBot: bot, isEcho: echo, at: time, day: zone.day(of: time))
  }

  mutating func assign(_ at: String, _ contact: String = "ana", agent: String? = nil, team: String? = nil) {
    let time = Self.instant(at)
    desk.assigned(pair(contact), agent: name(agent), team: name(team), at: time, day: zone.day(of: time))
  }

  mutating func resolve(_ at: String, _ contact: String = "ana") {
    let time = Self.instant(at)
    desk.resolved(pair(contact), at: time, day: zone.day(of: time))
  }

  mutating func reopen(_ at: String, _ contact: String = "ana") {
    desk.reopened(pair(contact), at: Self.instant(at))
  }

  mutating func snooze(until: String, _ contact: String = "ana") {
    desk.snoozed(pair(contact), until: Self.instant(until))
  }

  mutating func label(_ contact: String = "ana", _ labels: String...) {
    let ids = labels.map { name($0) }
    desk.labelled(pair(contact), ids)
  }

  mutating func define(agent: String, team: String? = nil) {
    desk.agentDefined(name(agent), name: name("Agent \(agent)"), team: name(team))
  }

  mutating func define(team: String) { desk.teamDefined(name(team), name: name("Team \(team)")) }

  /// Hours such as `["mon": ["09:00-18:00"]]`.
  mutating func open(
    at: String = "2026-01-01T00:00:00Z", _ week: [String: [String]], zone: String? = nil, holidays: [String] = []
  ) {
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map { day in
      (week[day] ?? []).compactMap { HoursStretch(lasting($0)) }
    }
    var settings = AccountConfigured()
    settings.businessHours = AccountConfigured.Hours(
      zone: zone.map { lasting($0) }, days: days, holidays: holidays.compactMap { CalendarDay(lasting($0)) })
    desk.configured(settings, names: &names, at: Self.instant(at))
  }

  mutating func agree(first: String? = nil, next: String? = nil) {
    var settings = AccountConfigured()
    settings.serviceLevel = .init(
      firstResponse: first.flatMap { Duration64(lasting($0)) }, nextResponse: next.flatMap { Duration64(lasting($0)) })
    desk.configured(settings, names: &names, at: Self.instant("00:00"))
  }

  mutating func callUrgent(_ labels: String...) {
    var settings = AccountConfigured()
    settings.urgentLabels = labels.map { lasting($0) }
    desk.configured(settings, names: &names, at: Self.instant("00:00"))
  }

  // MARK: Questions

  func around(_ now: String) -> DeskSurroundings {
    let (zones, names, windowEnds) = (zones, names, windowEnds)
    return DeskSurroundings(
      now: Self.instant(now), zone: zone, zoneNamed: { zones[names.string($0)] }, names: names, book: book,
      pairs: pairs, windowEnd: { windowEnds[$0] })
  }

  func workload(_ now: String, charges: (NameID) -> MicrosTotal = { _ in .zero }) -> DeskAnswer {
    DeskAnswer { desk.writeWorkload(around(now), charges: charges, to: &$0) }
  }

  func list(_ now: String, _ filter: ConversationFilter = ConversationFilter(), limit: Int = 100) -> DeskAnswer {
    DeskAnswer { desk.writeConversations(filter, limit: limit, around(now), to: &$0) }
  }

  func times(
    _ now: String, from: String? = nil, to: String? = nil, by keys: [ResponseTimes.Key] = []
  ) -> DeskAnswer {
    DeskAnswer {
      desk.writeResponseTimes(
        from: from.map(Self.instant), to: to.map(Self.instant), by: keys, around(now), to: &$0)
    }
  }

  /// What the desk is, as bytes.
  var state: [UInt8] {
    var encoder = StateEncoder()
    desk.encode(into: &encoder)
    return encoder.bytes
  }

  /// Stops here and goes on from the serialised state.
  mutating func restart() throws {
    var decoder = StateDecoder(state)
    desk = try Desk(from: &decoder, names: names, pairs: pairs)
    #expect(decoder.isAtEnd)
  }
}

/// A text that outlives the test.
func lasting(_ string: String) -> Text {
  let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(string.utf8.count, 1))
  _ = unsafe copy.initialize(fromContentsOf: string.utf8)
  return unsafe Text(start: UnsafePointer(copy.baseAddress!), count: string.utf8.count)
}

/// A JSON object, read by paths such as `agents.0.first_response.n`.
final class DeskAnswer {
  let json: String
  private let parser = TapeParser()
  private var value: TapeValue?

  init(_ write: (inout JSONWriter) -> Void) {
    var writer = JSONWriter()
    writer.beginObject()
    write(&writer)
    writer.endObject()
    json = String(decoding: writer.bytes, as: UTF8.self)
    do { value = try parser.parse(copying: writer.bytes) } catch { Issue.record("\(error.reason) in \(json)") }
  }

  /// Strings without quotes, everything else as JSON; nil where there is nothing.
  subscript(path: String) -> String? {
    var found = value
    for step in path.split(separator: ".") {
      guard let parent = found else { return nil }
      found = nil
      if let index = Int(step) {
        var position = 0
        parent.forEachElement { (element: TapeValue) in
          if position == index { found = element }
          position += 1
        }
      } else {
        parent.forEachMember { (name: Text, member: TapeValue) in if name.string == step { found = member } }
      }
    }
    guard let found else { return nil }
    if let text = found.text { return text.string }
    var bytes: [UInt8] = []
    found.appendJSON(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension AccountConfigured {
  /// A change of nothing.
  init() {
    self.init(
      name: nil, creditLimit: nil, lowBalance: nil, dailySpendLimit: nil, serviceLevel: nil, businessHours: nil,
      markup: nil, urgentLabels: nil, holdDays: nil, freeEntryPointHours: nil, paymentMethod: nil)
  }
}
