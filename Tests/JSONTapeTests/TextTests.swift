import JSONTape
import Testing

@Suite struct TextTests {
  let parser = TapeParser()

  @Test func `a text equals literals of the same bytes and no others`() throws {
    let value = try parser.parse(copying: #"{"type":"sent","a":"","long":"sent "}"#.utf8)
    #expect(value["type"]?.text == "sent")
    #expect(value["type"]?.text != "send")
    #expect(value["long"]?.text != "sent")
    #expect(value["a"]?.text == "")
    #expect(value["a"]?.text?.isEmpty == true)
    #expect(value["missing"]?.text == nil)
    let name: StaticString = "type"
    #expect(try #require(value[name]?.text) == name || value[name]?.text == "sent")
  }

  @Test(
    arguments: [
      ("sent", "sent", true), ("sent", "sen", true), ("sent", "", true), ("sent", "sents", false),
      ("sent", "tent", false), ("", "", true), ("", "s", false),
    ] as [(StaticString, StaticString, Bool)])
  func `a prefix is found when all its bytes stand in front`(text: StaticString, prefix: StaticString, isPrefix: Bool) {
    #expect(Text(text).hasPrefix(prefix) == isPrefix)
  }

  @Test(
    arguments: [
      ("", "a"), ("a", "b"), ("a", "aa"), ("B", "a"), ("z", "é"), ("\u{FFFF}", "\u{10000}"), ("", "\u{0}"),
    ] as [(StaticString, StaticString)])
  func `texts are ordered by bytes`(smaller: StaticString, larger: StaticString) {
    #expect(Text(smaller) < Text(larger))
    #expect(!(Text(larger) < Text(smaller)))
    #expect(!(Text(smaller) < Text(smaller)))
  }

  @Test func `texts of equal bytes have equal hashes wherever they stand`() throws {
    let array = try parser.parse(copying: #"["sent","delivered","sent","\u0073ent"]"#.utf8)
    var texts: Set<Text> = []
    array.forEachElement { texts.insert($0.text!) }
    #expect(texts == ["sent", "delivered"])
  }

  @Test func `a text matches literals in a switch`() {
    let names: [Text] = ["sent", "read", "sen"]
    let codes = names.map { name in
      switch name {
      case "sent": 1
      case "read": 2
      default: 0
      }
    }
    #expect(codes == [1, 2, 0])
  }

  @Test func `slices keep to the bytes of the whole`() {
    let text: Text = "message.sent"
    #expect(text.dropFirst(8) == "sent")
    #expect(text.prefix(7) == "message")
    #expect(text.dropFirst(12).isEmpty)
    #expect(text[0] == UInt8(ascii: "m"))
    #expect(text.array == Array("message.sent".utf8))
    #expect(text.string == "message.sent")
    var output = Array("a ".utf8)
    text.prefix(7).append(to: &output)
    #expect(output == Array("a message".utf8))
  }

  @Test func `a slice beyond the end traps`() async {
    await #expect(processExitsWith: .failure) { _ = Text("sent").dropFirst(5) }
    await #expect(processExitsWith: .failure) { _ = Text("sent").prefix(5) }
    await #expect(processExitsWith: .failure) { _ = Text("sent")[4] }
  }

  @Test(
    arguments: [
      ("plain é 漢 👩 / \u{7F}\u{2028}", "\"plain é 漢 👩 / \u{7F}\u{2028}\""), ("", "\"\""), ("\"\\", #""\"\\""#),
      ("\u{8}\t\n\u{C}\r", #""\b\t\n\f\r""#), ("\u{0}\u{1}\u{10}\u{1F}", #""\u0000\u0001\u0010\u001f""#),
      ("a\nb", #""a\nb""#),
    ] as [(StaticString, String)])
  func `only quotes, backslashes and control characters are escaped`(string: StaticString, expected: String) {
    var output = Array("before ".utf8)
    Text(string).appendJSON(to: &output)
    #expect(String(decoding: output, as: UTF8.self) == "before " + expected)
  }
}
