import JSONTape
import Testing

@testable import Ledger

struct MicrosTests {
  @Test(
    arguments: [
      ("0", 0), ("0.0", 0), ("-0", 0), ("1", 1_000_000), ("12.5", 12_500_000), ("12.50", 12_500_000),
      ("-0.0068", -6_800),
      ("0.000001", 1), ("-0.000001", -1), ("007", 7_000_000), ("999999999999.999999", 999_999_999_999_999_999),
      ("-999999999999.999999", -999_999_999_999_999_999), ("000000000001", 1_000_000),
      ("1000000000000", nil), ("0000000000001", nil), ("0.0000001", nil), ("0.0000000", nil), ("1.0000000", nil),
      ("", nil), ("-", nil), (".", nil), (".5", nil), ("5.", nil), ("-.5", nil), ("+1", nil), ("1e3", nil),
      ("1E3", nil),
      ("1,5", nil), ("1 ", nil), (" 1", nil), ("1.2.3", nil), ("--1", nil), ("1-", nil), ("0x1", nil), ("٣", nil),
      ("NaN", nil), ("Infinity", nil), ("1_000", nil), ("1.-5", nil),
    ] as [(StaticString, Int64?)])
  func `an amount has at most 12 digits before the point and 6 behind it`(text: StaticString, value: Int64?) {
    #expect(Micros(Text(text))?.rawValue == value)
  }

  @Test(
    arguments: [
      (0, "0"), (1, "0.000001"), (10, "0.00001"), (-1, "-0.000001"), (6_800, "0.0068"), (80_000_000, "80"),
      (-3_500_000, "-3.5"), (999_999, "0.999999"), (1_000_000, "1"), (1_000_001, "1.000001"), (100_000, "0.1"),
      (Int128(Int64.max), "9223372036854.775807"), (Int128(Int64.min), "-9223372036854.775808"),
      (Int128.max, "170141183460469231731687303715884.105727"),
      (Int128.min, "-170141183460469231731687303715884.105728"),
    ] as [(Int128, String)])
  func `an amount prints without needless zeros`(value: Int128, text: String) {
    #expect(MicrosTotal(rawValue: value).description == text)
  }

  @Test func `what is printed reads back`() {
    var random = RandomSource(seed: 20_261_122)
    for _ in 0..<2_000 {
      let value = Int64(bitPattern: random.next()) % 1_000_000_000_000_000_000 >> Int64(random.below(60))
      var text = Micros(rawValue: value).description
      let read = text.withUTF8 { unsafe Micros(Text(buffer: $0)) }
      #expect(read?.rawValue == value, "seed 20261122, \(text)")
    }
  }

  @Test(
    arguments: [
      (5, 1, 10, 0), (15, 1, 10, 2), (25, 1, 10, 2), (35, 1, 10, 4), (4, 1, 10, 0), (6, 1, 10, 1), (14, 1, 10, 1),
      (16, 1, 10, 2), (-5, 1, 10, 0), (-15, 1, 10, -2), (-25, 1, 10, -2), (-16, 1, 10, -2), (-14, 1, 10, -1),
      (1, 1, 3, 0), (2, 1, 3, 1), (1, 1, 2, 0), (3, 1, 2, 2), (-3, 1, 2, -2), (-1, 1, 2, 0), (15, -1, 10, -2),
      (0, 7, 3, 0), (6_800, 110_000_000, 100_000_000, 7_480), (Int64.max, 1, 1, Int64.max),
      (Int64.min, 1, 1, Int64.min),
      (Int64.max, 1_000_000, 1_000_000, Int64.max), (Int64.max, 1, 2, 4_611_686_018_427_387_904),
    ] as [(Int64, Int64, Int64, Int64)])
  func `a scaled amount is rounded half to even`(value: Int64, numerator: Int64, denominator: Int64, expected: Int64) {
    #expect(Micros(rawValue: value).scaled(by: numerator, over: denominator).rawValue == expected)
  }

  @Test func `a scale by nothing traps`() async {
    await #expect(processExitsWith: .failure) { _ = Micros(rawValue: 1).scaled(by: 1, over: 0) }
  }

  @Test func `a sum beyond 64 bits traps`() async {
    await #expect(processExitsWith: .failure) { _ = Micros(rawValue: .max) + Micros(rawValue: 1) }
  }
}
