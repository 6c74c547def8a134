import JSONTape
import Testing

@testable import Ledger

@Suite struct JSONWriterTests {
  private static func written(_ value: some Collection<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    JSONWriter.appendString(value, to: &bytes)
    return bytes
  }

  @Test func `a string has the escapes it must have and no others`() {
    let all = Array("\"\\/\u{8}\u{9}\u{A}\u{C}\u{D}\u{0}\u{1F}\u{7F}é€😀".utf8)
    let expected = #""\"\\/\b\t\n\f\r\u0000\u001f"# + "\u{7F}é€😀\""
    #expect(String(decoding: Self.written(all), as: UTF8.self) == expected)
    #expect(Self.written([]) == Array("\"\"".utf8))
  }

  @Test(arguments: 1...4) func `any text is read back as it was, however its bytes lie`(seed: UInt64) throws {
    var random = RandomSource(seed: seed)
    let parser = TapeParser()
    for _ in 0..<500 {
      let scalars = (0..<Int.random(in: 0...40, using: &random)).map { _ in
        Unicode.Scalar(UInt32.random(in: 0...(Bool.random(using: &random) ? 127 : 0xD7FF), using: &random)) ?? "a"
      }
      let text = String(String.UnicodeScalarView(scalars))
      let bytes = Self.written(Array(text.utf8))
      #expect(try parser.parse(copying: bytes).text?.string == text)
      // The same of bytes that are not in one stretch.
      #expect(Self.written(text.utf8.lazy.map { $0 }) == bytes)
    }
  }
}
