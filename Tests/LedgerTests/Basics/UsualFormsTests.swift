import JSONTape
import Testing

@testable import Ledger

/// The usual forms of instants and phone numbers are read eight bytes at a time; here they are compared with the general
/// readers, which decide about all other forms.
struct UsualFormsTests {
  private let marks = Array("0123456789-:TZ.+ /;x\u{0}\u{7F}".utf8)

  /// `body` with a text over `bytes`, which is valid inside only.
  private func withText<Result>(_ bytes: [UInt8], _ body: (Text) -> Result) -> Result {
    unsafe bytes.withUnsafeBufferPointer { unsafe body(Text(buffer: $0)) }
  }

  /// A lower-case `t` is the same instant in a form that is not the usual one.
  private func generally(_ bytes: [UInt8]) -> Timestamp? {
    var bytes = bytes
    if bytes.count > 10, bytes[10] == UInt8(ascii: "T") { bytes[10] = UInt8(ascii: "t") }
    return withText(bytes) { Timestamp($0) }
  }

  @Test func `seconds of a day and days of all years read the same`() {
    var readOtherwise = 0
    for day in stride(from: Int32(0), through: 2_932_896, by: 13) {
      var bytes: [UInt8] = []
      CalendarDay(rawValue: day).append(to: &bytes)
      let text = bytes + Array((day.isMultiple(of: 2) ? "T00:00:00Z" : "T23:59:59.999Z").utf8)
      let usual = withText(text) { Timestamp.usual($0) }
      if usual == nil || usual != generally(text) { readOtherwise += 1 }
    }
    for second in stride(from: Int64(0), to: 86_400, by: 7) {
      var text: [UInt8] = []
      Timestamp(seconds: 1_792_000_000 + second).append(to: &text)
      if withText(text, { Timestamp.usual($0) }) != Timestamp(seconds: 1_792_000_000 + second) { readOtherwise += 1 }
    }
    #expect(readOtherwise == 0)
  }

  @Test func `what differs in a byte or two reads as the general reader says`() {
    var random = RandomSource(seed: 11)
    for _ in 0..<20_000 {
      var text = Array((random.below(2) == 0 ? "2024-02-29T23:59:59Z" : "2026-10-03T09:15:02.123Z").utf8)
      for _ in 0...random.below(2) { text[random.below(text.count)] = marks[random.below(marks.count)] }
      guard text[10] == UInt8(ascii: "T") else { continue }
      let usual = withText(text) { Timestamp.usual($0) }
      let general = generally(text)
      #expect(usual == nil || usual == general, "\(String(decoding: text, as: UTF8.self))")
      #expect(withText(text) { Timestamp($0) } == general, "\(String(decoding: text, as: UTF8.self))")
    }
  }

  @Test func `a phone number reads the same with and without its plus`() {
    var random = RandomSource(seed: 12)
    for _ in 0..<20_000 {
      var digits = (0..<(4 + random.below(14))).map { _ in UInt8(48 + random.below(10)) }
      if random.below(3) == 0 { digits[random.below(digits.count)] = marks[random.below(marks.count)] }
      guard digits[0] != UInt8(ascii: "+") else { continue }
      let plain = withText(digits) { Phone($0) }
      let withPlus = withText([UInt8(ascii: "+")] + digits) { Phone($0) }
      #expect(plain == withPlus, "\(String(decoding: digits, as: UTF8.self))")
      if let plain, digits.allSatisfy({ $0 &- 48 < 10 }) { #expect(plain.description.utf8.elementsEqual(digits)) }
    }
  }

  @Test func `names of accounts have the letters that the interface says`() {
    let allowed = Set("abcdefghijklmnopqrstuvwxyz0123456789._-".utf8)
    for byte in UInt8.min...UInt8.max {
      #expect(withText([97, byte]) { EventParser.isAccountName($0) } == allowed.contains(byte))
      let begins = allowed.contains(byte) && !Array("._-".utf8).contains(byte)
      #expect(withText([byte, 97]) { EventParser.isAccountName($0) } == begins)
    }
    for count in [0, 1, 64, 65] {
      let name = [UInt8](repeating: 97, count: count)
      #expect(withText(name) { EventParser.isAccountName($0) } == (1...64).contains(count))
    }
  }
}
