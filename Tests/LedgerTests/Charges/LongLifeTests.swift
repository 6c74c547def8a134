import Glibc
import Testing

@testable import Ledger

/// What a contact's events cost must not grow with the contact's life.
@Suite struct LongLifeTests {
  private struct Contact {
    var windows = Windows()
    var messages = Messages()
    private let pair = PairID(rawValue: 0)
    private(set) var now = Timestamp(seconds: 1_790_000_000)

    /// A message that Meta spoke about, long after all before it.
    mutating func hear(opens: Bool) {
      now = now.advanced(hours: 100)
      let fingerprint = Fingerprint128(high: UInt64(messages.count), low: UInt64(messages.count))
      var record = MessageRecord(fingerprint: fingerprint, pair: pair, sequence: SequenceNumber(rawValue: 1))
      record.announcedAt = now
      let index = messages.add(record)
      windows.metaSpoke(pair, at: now, message: index, in: &messages, opens: opens ? now.advanced(hours: 72) : nil)
    }

    mutating func refer() {
      now = now.advanced(hours: 100)
      windows.referral(pair, at: now, in: &messages) { _ in 72 }
    }

    func isFree(hoursLater hours: Int64) -> Bool { windows.entryPoint(pair, at: now.advanced(hours: hours)) != nil }
  }

  /// Processor time of a thousand runs.
  private static func cost(_ body: () -> Void) -> clock_t {
    let start = clock()
    for _ in 0..<1_000 { body() }
    return clock() - start
  }

  @Test func `entry points and messages of long ago are not looked at`() {
    var young = Contact()
    var old = Contact()
    for _ in 0..<20_000 { old.hear(opens: true) }
    #expect(old.isFree(hoursLater: 71) && !old.isFree(hoursLater: 72))
    for body in [
      { (contact: inout Contact) in contact.hear(opens: false) },
      { (contact: inout Contact) in _ = contact.isFree(hoursLater: 200) },
      { (contact: inout Contact) in
        contact.refer()
        contact.hear(opens: false)
      },
    ] {
      let least = Self.cost { body(&young) }
      let cost = Self.cost { body(&old) }
      // Looking at each would cost thousands of times as much.
      #expect(cost < 50 * max(least, 1_000), "\(cost) µs instead of \(least)")
    }
  }

  @Test func `a phone that becomes known looks only at what waits for it`() throws {
    func status(_ index: Int) -> (type: String, account: String?, data: String) {
      (
        "message.status", "acme",
        #"{"message":"m\#(index)","number":"7","contact":{"phone":"5511900000000"},"status":"delivered"}"#
      )
    }
    func received(_ index: Int, phone: String) -> (type: String, account: String?, data: String) {
      (
        "message.received", "acme",
        #"{"message":"i\#(index)","number":"7","contact":{"user":"U\#(index)"\#(phone)},"kind":"text"}"#
      )
    }
    let users = (0..<1_000).map { received($0, phone: "") }
    let phones = (0..<1_000).map { received($0, phone: #","phone":"55119\#(10_000_000 + $0)""#) }
    var (few, many) = (try State.withAccount(), try State.withAccount())
    try many.fold((0..<30_000).map(status))
    #expect(many.unratedCount == 30_000)
    var costs: [clock_t] = []
    for index in 0..<2 {
      try (index == 0 ? few.fold(users) : many.fold(users))
      let start = clock()
      try (index == 0 ? few.fold(phones) : many.fold(phones))
      costs.append(clock() - start)
    }
    #expect(costs[1] < 20 * max(costs[0], 1_000), "\(costs[1]) µs instead of \(costs[0])")
  }
}
