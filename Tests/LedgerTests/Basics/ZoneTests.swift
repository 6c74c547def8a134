import JSONTape
import Testing

@testable import Ledger

struct ZoneTests {
  private static func zone(_ transitions: [(Int64, Int32)]) -> Zone {
    Zone(transitions: transitions.map { .init(at: Timestamp(seconds: $0.0), offsetSeconds: $0.1) })!
  }

  /// Midnight of 2018-11-04 is skipped: 00:00 becomes 01:00.
  private static let saoPaulo = zone([(1_508_036_400, -7_200), (1_518_919_200, -10_800), (1_541_300_400, -7_200)])
  /// Midnight of 2026-11-01 comes twice: 01:00 becomes 00:00.
  private static let havana = zone([(1_772_946_000, -14_400), (1_793_509_200, -18_000)])
  /// 01:00 becomes 02:00 on 2026-03-29, 02:00 becomes 01:00 on 2026-10-25.
  private static let london = zone([(1_761_440_400, 0), (1_774_746_000, 3_600), (1_792_890_000, 0)])
  /// The whole of 2011-12-30 is skipped.
  private static let apia = zone([(1_316_872_800, -36_000), (1_325_239_200, 50_400)])

  private static func instant(_ text: StaticString) -> Timestamp { Timestamp(Text(text))! }
  private static func day(_ text: StaticString) -> CalendarDay { CalendarDay(Text(text))! }

  @Test(
    arguments: [
      (saoPaulo, "2018-11-04", "2018-11-04T03:00:00Z"), (saoPaulo, "2018-11-03", "2018-11-03T03:00:00Z"),
      (saoPaulo, "2018-11-05", "2018-11-05T02:00:00Z"), (saoPaulo, "2018-02-18", "2018-02-18T03:00:00Z"),
      (saoPaulo, "2018-02-17", "2018-02-17T02:00:00Z"), (havana, "2026-11-01", "2026-11-01T04:00:00Z"),
      (havana, "2026-11-02", "2026-11-02T05:00:00Z"), (london, "2026-03-29", "2026-03-29T00:00:00Z"),
      (london, "2026-03-30", "2026-03-29T23:00:00Z"), (london, "2026-10-25", "2026-10-24T23:00:00Z"),
      (london, "2026-10-26", "2026-10-26T00:00:00Z"), (apia, "2011-12-29", "2011-12-29T10:00:00Z"),
      (apia, "2011-12-30", "2011-12-30T10:00:00Z"), (apia, "2011-12-31", "2011-12-30T10:00:00Z"),
      (apia, "2012-01-01", "2011-12-31T10:00:00Z"), (Zone.utc, "2026-10-03", "2026-10-03T00:00:00Z"),
    ] as [(Zone, StaticString, StaticString)])
  func `a day starts at its first existing instant, the first of two midnights`(
    zone: Zone, day: StaticString, start: StaticString
  ) {
    #expect(zone.start(of: Self.day(day)) == Self.instant(start))
  }

  @Test(
    arguments: [
      (saoPaulo, "2018-11-04T02:59:59.999999Z", "2018-11-03"), (saoPaulo, "2018-11-04T03:00:00Z", "2018-11-04"),
      (saoPaulo, "2018-02-18T01:59:59.999999Z", "2018-02-17"), (saoPaulo, "2018-02-18T02:00:00Z", "2018-02-17"),
      (saoPaulo, "2018-02-18T02:59:59.999999Z", "2018-02-17"), (saoPaulo, "2018-02-18T03:00:00Z", "2018-02-18"),
      (havana, "2026-11-01T03:59:59.999999Z", "2026-10-31"), (havana, "2026-11-01T04:00:00Z", "2026-11-01"),
      (havana, "2026-11-01T05:00:00Z", "2026-11-01"), (apia, "2011-12-30T09:59:59.999999Z", "2011-12-29"),
      (apia, "2011-12-30T10:00:00Z", "2011-12-31"),
    ] as [(Zone, StaticString, StaticString)])
  func `a moment lies in the day that its wall clock shows`(zone: Zone, moment: StaticString, day: StaticString) {
    #expect(zone.day(of: Self.instant(moment)) == Self.day(day))
    #expect(zone.month(of: Self.instant(moment)) == Self.day(day).month)
  }

  @Test(
    arguments: [
      (0, 0), (1_774_745_999, 0), (1_774_746_000, 3_600), (1_792_889_999, 3_600), (1_792_890_000, 0),
      (9_000_000_000, 0),
    ] as [(Int64, Int32)])
  func `an offset holds from its transition on`(seconds: Int64, offset: Int32) {
    #expect(Self.london.offsetSeconds(at: Timestamp(seconds: seconds)) == offset)
  }

  @Test func `the first offset holds before the first transition, the last after the last`() {
    #expect(Self.saoPaulo.offsetSeconds(at: Timestamp(seconds: 0)) == -7_200)
    #expect(Self.saoPaulo.offsetSeconds(at: .latest) == -7_200)
    #expect(Self.havana.offsetSeconds(at: .latest) == -18_000)
  }

  @Test(
    arguments: [
      ("2026-03-29T00:59:59Z", "2026-03-29T00:59:59Z"), ("2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"),
      ("2026-03-29T01:30:00Z", "2026-03-29T01:00:00Z"), ("2026-03-29T02:00:00Z", "2026-03-29T01:00:00Z"),
      ("2026-03-29T02:30:00Z", "2026-03-29T01:30:00Z"), ("2026-10-25T00:59:59Z", "2026-10-24T23:59:59Z"),
      ("2026-10-25T01:00:00Z", "2026-10-25T00:00:00Z"), ("2026-10-25T01:30:00Z", "2026-10-25T00:30:00Z"),
      ("2026-10-25T02:00:00Z", "2026-10-25T02:00:00Z"),
    ] as [(StaticString, StaticString)])
  func `a skipped reading is the instant behind the gap, a double one the first`(
    local: StaticString, moment: StaticString
  ) {
    let reading = Self.instant(local).rawValue
    #expect(Self.london.instant(localMicroseconds: reading) == Self.instant(moment))
  }

  @Test func `the start of a day is in it, and the instant before is not, for a thousand days`() {
    for zone in [Self.saoPaulo, Self.havana, Self.london] {
      let first = zone.day(of: zone.transitions[0].at).advanced(days: 2)
      for count in 0..<1_000 as Range<Int32> {
        let day = first.advanced(days: count)
        let start = zone.start(of: day)
        #expect(zone.day(of: start) == day)
        #expect(zone.day(of: Timestamp(rawValue: start.rawValue - 1)) < day)
      }
    }
  }

  @Test func `a zone without transitions, or with two at once or out of order, is none`() {
    #expect(Zone(transitions: []) == nil)
    let first = Zone.Transition(at: Timestamp(seconds: 5), offsetSeconds: 0)
    #expect(Zone(transitions: [first, first]) == nil)
    #expect(Zone(transitions: [first, .init(at: Timestamp(seconds: 4), offsetSeconds: 0)]) == nil)
    #expect(Zone(transitions: [first, .init(at: Timestamp(seconds: 6), offsetSeconds: 0)]) != nil)
  }
}
