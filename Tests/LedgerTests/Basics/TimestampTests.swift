import JSONTape
import Testing

@testable import Ledger

struct TimestampTests {
  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.000001Z", 1), ("2026-10-03T09:15:02Z", 1_791_018_902_000_000),
      ("2026-10-03t09:15:02z", 1_791_018_902_000_000), ("2026-10-03T09:15:02.5Z", 1_791_018_902_500_000),
      ("2026-10-03T09:15:02.123456789Z", 1_791_018_902_123_456),
      ("2026-10-03T09:15:02.9999999Z", 1_791_018_902_999_999),
      ("2026-10-03T14:45:02+05:30", 1_791_018_902_000_000), ("2026-10-03T06:15:02-03:00", 1_791_018_902_000_000),
      ("2026-10-03T09:15:02+00:00", 1_791_018_902_000_000), ("2026-10-03T09:15:02-00:00", 1_791_018_902_000_000),
      ("2024-02-29T23:59:59Z", 1_709_251_199_000_000), ("2000-02-29T00:00:00Z", 951_782_400_000_000),
      ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999), ("1970-01-01T01:00:00+01:00", 0),
      ("1969-12-31T23:00:00-01:00", 0),
    ] as [(StaticString, Int64)])
  func `an RFC 3339 instant reads to the microsecond`(text: StaticString, value: Int64) {
    #expect(Timestamp(Text(text))?.rawValue == value)
  }

  @Test(
    arguments: [
      "", "2026-10-03", "2026-10-03T09:15Z", "2026-10-03T09:15:02", "2026-10-03 09:15:02Z", "2026-10-03T24:00:00Z",
      "2026-10-03T09:60:00Z", "2026-10-03T09:15:60Z", "2016-12-31T23:59:60Z", "2026-13-01T00:00:00Z",
      "2026-00-01T00:00:00Z", "2026-10-00T00:00:00Z", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
      "2026-04-31T00:00:00Z", "2026-10-03T09:15:02.Z", "2026-10-03T09:15:02,5Z", "2026-10-03T09:15:02+0530",
      "2026-10-03T09:15:02+24:00", "2026-10-03T09:15:02+05:60", "2026-10-03T09:15:02Zx", "2026-10-03T09:15:02ZZ",
      " 2026-10-03T09:15:02Z", "2026-10-3T09:15:02Z", "+2026-10-03T09:15:02Z", "1969-12-31T23:59:59Z",
      "1970-01-01T00:59:59+01:00", "9999-12-31T23:59:59-00:01", "2026-10-03T09:15:02\u{2212}03:00",
      "20261003T091502Z", "2026-W40-6T09:15:02Z",
    ] as [StaticString])
  func `what is no RFC 3339 instant from 1970 to 9999 is refused`(text: StaticString) {
    #expect(Timestamp(Text(text)) == nil)
  }

  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00Z"), (1, "1970-01-01T00:00:00.000001Z"), (100_000, "1970-01-01T00:00:00.1Z"),
      (1_791_018_902_123_450, "2026-10-03T09:15:02.12345Z"), (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
      (951_868_799_000_000, "2000-02-29T23:59:59Z"),
    ] as [(Int64, String)])
  func `an instant prints in UTC with as many decimals as needed`(value: Int64, text: String) {
    #expect(Timestamp(rawValue: value).description == text)
  }

  @Test func `what is printed reads back`() {
    var random = RandomSource(seed: 1_970)
    for _ in 0..<2_000 {
      let moment = Timestamp(rawValue: Int64(random.next() % UInt64(Timestamp.latest.rawValue + 1)))
      var text = moment.description
      #expect(text.withUTF8 { unsafe Timestamp(Text(buffer: $0)) } == moment, "seed 1970, \(text)")
    }
  }

  @Test(
    arguments: [
      ("PT0S", 0), ("PT15M", 900), ("PT26H3M", 93_780), ("P1D", 86_400), ("P1DT2H", 93_600), ("P2W", 1_209_600),
      ("PT3M20S", 200), ("PT90M", 5_400), ("P1DT2H3M4S", 93_784),
    ] as [(StaticString, Int64)])
  func `a duration reads`(text: StaticString, seconds: Int64) {
    #expect(Duration64(Text(text))?.rawValue == seconds * 1_000_000)
  }

  @Test func `a duration has fractions of a second only`() {
    #expect(Duration64("PT0.5S")?.rawValue == 500_000)
    #expect(Duration64("PT0,000001S")?.rawValue == 1)
    #expect(Duration64("PT0.5M") == nil)
    #expect(Duration64("P0.5D") == nil)
  }

  @Test(
    arguments: [
      "", "P", "PT", "T1S", "15M", "P1M", "P1Y", "PT1D", "P1H", "PT1S2M", "PT1M1M", "-PT1S", "P-1D", "PT1", "PTS",
      "PT1.S", "P1DT", "PT1H ", "pt1h", "PT1H T2M", "PT99999999999S", "P1000000001D",
    ] as [StaticString])
  func `what is no duration is refused`(text: StaticString) {
    #expect(Duration64(Text(text)) == nil)
  }

  @Test(
    arguments: [
      (0, "PT0S"), (200, "PT3M20S"), (93_780, "PT26H3M"), (86_400, "PT24H"), (59, "PT59S"), (60, "PT1M"),
      (3_600, "PT1H"),
      (3_601, "PT1H1S"), (-200, "-PT3M20S"),
    ] as [(Int64, String)])
  func `a duration prints without days`(seconds: Int64, text: String) {
    #expect(Duration64(rawValue: seconds * 1_000_000).description == text)
    #expect(Duration64(rawValue: seconds * 1_000_000 + seconds.signum() * 999_999).description == text)
  }
}
