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
      let day = CalendarDay(year: date.pair(0) &* 100 &+ date.pair(2), month: date.pair(5), day: middle.pair(0)),
      day.rawValue >= 0, middle.pair(3) < 24, middle.pair(6) < 60, second < 60
    else { return nil }
    let seconds = Int64(day.rawValue) &* 86_400 &+ Int64(middle.pair(3) &* 3_600 &+ middle.pair(6) &* 60 &+ second)
    return Timestamp(rawValue: seconds &* 1_000_000 &+ micros)
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
