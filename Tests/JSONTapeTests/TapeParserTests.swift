import Foundation
import JSONTape
import ReferenceJSON
import Testing

@Suite struct TapeParserTests {
  @Test(arguments: [1, 2, 63, 64, 65, 66, 1_000, 100_000], [("[", "]"), ("[0,", "]"), (#"{"a":"#, "}")])
  func `64 levels of nesting are accepted and 65 are not`(depth: Int, container: (open: String, close: String)) throws {
    // simdjson does not count the innermost container when it is empty; we do.
    for innermost in ["[]", "{}", "[0]", #"{"a":0}"#] {
      let source =
        String(repeating: container.open, count: depth - 1) + innermost
        + String(repeating: container.close, count: depth - 1)
      let parser = TapeParser()
      if depth <= 64 {
        #expect(try written(parser.parse(copying: source.utf8)) == Array(source.utf8))
      } else {
        let error = #expect(throws: JSONError.self) { try parser.parse(copying: source.utf8) }
        #expect(error?.reason == "more than 64 levels of nesting")
        #expect(error?.byteOffset == 64 * container.open.utf8.count)
      }
    }
  }

  @Test func `a parser for which there was no memory says so, and ends nothing`() {
    let source = Array("[]".utf8) + [UInt8](repeating: 0, count: TapeParser.padding)
    for form in [tape_form_value, tape_form_array, tape_form_lines] {
      let code = unsafe tape_parser_parse(nil, source, 2, form)
      #expect(code != 0 && code != tape_refused)
      let message = unsafe String(cString: tape_error_message(code))
      #expect(message.contains("memory"))
    }
    unsafe tape_parser_destroy(nil)
  }

  @Test func `the limit of nesting is the caller's`() throws {
    #expect(throws: JSONError.self) { try TapeParser(maxDepth: 1).parse(copying: "[[]]".utf8) }
    let parser = TapeParser(maxDepth: 2)
    #expect(try parser.parse(copying: "[[1]]".utf8).count == 1)
  }

  @Test func `a parser is as good after an error as before`() throws {
    let parser = TapeParser()
    for count in [1, 100, 10_000, 3, 200_000, 5] {
      #expect(throws: JSONError.self) { try parser.parse(copying: [UInt8](repeating: UInt8(ascii: "["), count: count)) }
      let source = "[" + String(repeating: "1,", count: count) + "2]"
      #expect(try parser.parse(copying: source.utf8).count == count + 1)
    }
  }

  @Test func `bytes that are parsed in place need only their padding`() throws {
    let source = Array(#"{"a":"b"}"#.utf8)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: source.count + TapeParser.padding, alignment: 1)
    defer { unsafe buffer.deallocate() }
    unsafe buffer.copyBytes(from: source)
    let parser = TapeParser()
    let value = try unsafe parser.parse(UnsafeRawBufferPointer(rebasing: buffer[..<source.count]))
    #expect(value["a"]?.text == "b")
  }

  @Test func `no bytes at all are an error`() {
    let error = #expect(throws: JSONError.self) { try TapeParser().parse(copying: []) }
    #expect(error?.reason == "no JSON: the body is empty")
    #expect(throws: JSONError.self) { try unsafe TapeParser().parse(UnsafeRawBufferPointer(start: nil, count: 0)) }
  }

  @Test func `random documents read as what they were written from`() throws {
    var random = SeededGenerator(seed: runSeed)
    let parser = TapeParser()
    for _ in 0..<2_000 {
      let expected = Model.random(depth: 5, using: &random)
      let value = try parser.parse(copying: Rendering.anyhow.render(expected, using: &random).utf8)
      try #require(model(value) == expected, "WAYBILL_SEED=\(runSeed)")
      let compact = Rendering.compact.render(expected, using: &random)
      try #require(written(value) == Array(compact.utf8), "WAYBILL_SEED=\(runSeed)")
    }
  }

  @Test func `Foundation reads the same in what is written as in what was read`() throws {
    var random = SeededGenerator(seed: runSeed &+ 1)
    let parser = TapeParser()
    for _ in 0..<500 {
      let source = Rendering.anyhow.render(.randomObject(depth: 4, using: &random), using: &random)
      let value = try parser.parse(copying: source.utf8)
      let ours = try JSONSerialization.jsonObject(with: Data(written(value))) as? NSObject
      let theirs = try JSONSerialization.jsonObject(with: Data(source.utf8)) as? NSObject
      try #require(ours != nil && ours == theirs, "WAYBILL_SEED=\(runSeed) \(source)")
    }
  }
}
