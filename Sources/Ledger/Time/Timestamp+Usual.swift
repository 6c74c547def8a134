import JSONTape

extension Timestamp {
  /// Reads the form that nearly all instants have, `2026-10-03T09:15:02Z` or the same with three decimals, eight bytes at a
  /// time. Nil for any other form and for what is not an instant: the general reader decides about those.
  @inline(__always)
  static func usual(_ text: Text) -> Timestamp? {
    guard text.count == 20 || text.count == 24 else { return nil }
    let date = DigitWord(text.word(0), layout: "0000-00-")
    let middle = DigitWord(text.word(8), layout: "00T00:00")
    let end: DigitWord
    var micros: Int64 = 0
    if text.count == 20 {
      end = DigitWord(text.word(12), layout: "0:00:00Z")
    } else {
      end = DigitWord(text.word(16), layout: ":00.000Z")
      micros = Int64(end.digit(4) &* 100 &+ end.pair(5)) &* 1_000
    }
    let second = text.count == 20 ? end.pair(5) : end.pair(1)
    guard date.fits, middle.fits, end.fits,
      let day = day(year: date.pair(0) &* 100 &+ date.pair(2), month: date.pair(5), day: middle.pair(0)),
      middle.pair(3) < 24, middle.pair(6) < 60, second < 60
    else { return nil }
    let seconds = day &* 86_400 &+ Int64(middle.pair(3) &* 3_600 &+ middle.pair(6) &* 60 &+ second)
    return Timestamp(rawValue: seconds &* 1_000_000 &+ micros)
  }

  /// Days since 1970-01-01; nil for none of the years 1970 to 9999. What ``CalendarDay`` says, in fewer steps: the year
  /// begins in March, and the 153 days of five months repeat.
  @inline(__always)
  private static func day(year: Int, month: Int, day: Int) -> Int64? {
    let isLeap = year & 3 == 0 && (year % 100 != 0 || year & 15 == 0)
    let length = month == 2 ? (isLeap ? 29 : 28) : 30 &+ (month &+ month &>> 3) & 1
    guard year >= 1970, UInt(bitPattern: month &- 1) < 12, UInt(bitPattern: day &- 1) < UInt(length) else { return nil }
    let marchYear = UInt32(truncatingIfNeeded: month > 2 ? year : year &- 1)
    let marchMonth = UInt32(truncatingIfNeeded: month > 2 ? month &- 3 : month &+ 9)
    let leapDays = marchYear / 4 &- marchYear / 100 &+ marchYear / 400
    let days = marchYear &* 365 &+ leapDays &+ (153 &* marchMonth &+ 2) / 5 &+ UInt32(truncatingIfNeeded: day)
    return Int64(days) &- 719_469
  }
}

/// Eight characters of a fixed layout of digits and marks, looked at together. Byte 0 is the first character.
private struct DigitWord {
  /// The digits' values; 0 where a mark stands.
  private let digits: UInt64
  /// Of each two neighbours ten times the first plus the second.
  private let pairs: UInt64
  /// Whether each character is what the layout says: a digit for `0`, else the same mark.
  let fits: Bool

  /// - Parameter layout: eight characters. A constant, so that what is made of it is as well.
  @inline(__always)
  init(_ word: UInt64, layout: StaticString) {
    var expected: UInt64 = 0
    // Carries into the top bit of a byte: a digit's value from 10 on, and a mark's difference from 1 on.
    var margins: UInt64 = 0
    for index in 0..<8 {
      let byte = unsafe layout.utf8Start[index]
      expected |= UInt64(byte) << UInt64(8 * index)
      margins |= (byte == UInt8(ascii: "0") ? 0x76 : 0x7F) << UInt64(8 * index)
    }
    digits = word ^ expected
    pairs = digits &* 10 &+ digits &>> 8
    fits = (digits | (digits &+ margins)) & 0x8080_8080_8080_8080 == 0
  }

  @inline(__always)
  func digit(_ index: Int) -> Int { Int(digits &>> UInt64(8 * index) & 0xFF) }

  @inline(__always)
  func pair(_ index: Int) -> Int { Int(pairs &>> UInt64(8 * index) & 0xFF) }
}
