import JSONTape
import Testing

@Test func `reads a document`() throws {
  let parser = TapeParser()
  let v = try parser.parse(copying: Array(#"{"a":"x\n","b":[1,-2,18446744073709551615,1.5,true,null],"c":{}}"#.utf8))
  #expect(v.count == 3)
  #expect(v["a"]?.text == "x\n")
  var out: [UInt8] = []
  v.appendJSON(to: &out)
  #expect(String(decoding: out, as: UTF8.self) == #"{"a":"x\n","b":[1,-2,18446744073709551615,1.5,true,null],"c":{}}"#)
}

@Test(arguments: [(1, true), (63, true), (64, true), (65, false), (66, false)])
func `64 levels of nesting are accepted and 65 are not`(depth: Int, isAccepted: Bool) {
  let source = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
  #expect(((try? TapeParser().parse(copying: source.utf8)) != nil) == isAccepted)
}
