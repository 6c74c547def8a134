import Testing

@testable import JSONTape

/// A body, and what its sender is told.
struct RefusedBody: Sendable, CustomTestStringConvertible {
  let format: EventBatchParser.Format
  let bytes: [UInt8]
  let index: Int?
  let byteOffset: Int?
  let line: Int?
  let reason: String

  init(
    _ format: EventBatchParser.Format, _ body: String, index: Int?, byte: Int?, line: Int? = 1, _ reason: String
  ) {
    self.init(format, Array(body.utf8), index: index, byte: byte, line: line, reason)
  }

  init(
    _ format: EventBatchParser.Format, _ bytes: [UInt8], index: Int?, byte: Int?, line: Int? = 1, _ reason: String
  ) {
    self.format = format
    self.bytes = bytes
    self.index = index
    byteOffset = byte
    self.line = line
    self.reason = reason
  }

  var testDescription: String { "\(format) \(String(decoding: bytes, as: UTF8.self).debugDescription)" }

  static let structure = [
    RefusedBody(.single, "", index: nil, byte: nil, line: nil, "no JSON: the body is empty"),
    RefusedBody(.array, " \n", index: nil, byte: nil, line: nil, "no JSON: the body is empty"),
    RefusedBody(.lines, "\r\n\n", index: nil, byte: nil, line: nil, "no JSON: the body is empty"),
    RefusedBody(.single, "\u{FEFF}{}", index: nil, byte: 0, "a byte order mark: send UTF-8 without one"),
    RefusedBody(.single, "[]", index: 0, byte: 0, "expected an object, found an array"),
    RefusedBody(.single, "7", index: 0, byte: 0, "expected an object, found a number"),
    RefusedBody(.single, "{} {}", index: 0, byte: 3, "'{' after the end of the value"),
    RefusedBody(.single, "{},{}", index: 0, byte: 2, "',' after the end of the value"),
    RefusedBody(.single, "{}],[{}", index: 0, byte: 2, "']' after the end of the value"),
    RefusedBody(.single, "{},", index: 0, byte: 2, "',' after the end of the value"),
    RefusedBody(.single, "]", index: 0, byte: 0, "expected an object, found ']'"),
    RefusedBody(.single, "{}\u{0}", index: 0, byte: 2, "byte 0x00 after the end of the value"),
    RefusedBody(.single, "{", index: 0, byte: 1, "expected a member name in quotes, found the end of the body"),
    RefusedBody(.single, "{\"a\":1,}", index: 0, byte: 7, "expected a member name in quotes, found '}'"),
    RefusedBody(.single, "{\"a\":1\n\"b\":2}", index: 0, byte: 7, line: 2, "expected ',' or '}', found '\"'"),
    RefusedBody(.single, "{\"a\" 1}", index: 0, byte: 5, "expected ':', found '1'"),
    RefusedBody(.single, "{\"a\":}", index: 0, byte: 5, "expected a value, found '}'"),
    RefusedBody(.single, "{\"a\":[1,]}", index: 0, byte: 8, "expected a value, found ']'"),
    RefusedBody(.single, "{\"a\":[1 2]}", index: 0, byte: 8, "expected ',' or ']', found '2'"),
    RefusedBody(.single, "{'a':1}", index: 0, byte: 1, "expected a member name in quotes, found '''"),
    RefusedBody(.single, "{a:1}", index: 0, byte: 1, "expected a member name in quotes, found 'a'"),
    RefusedBody(.array, "{}", index: nil, byte: 0, "expected an array of events, found an object"),
    RefusedBody(.array, "\"[]\"", index: nil, byte: 0, "expected an array of events, found a string"),
    RefusedBody(.array, "[{},1]", index: 1, byte: 4, "expected an event, found a number"),
    RefusedBody(.array, "[{},[]]", index: 1, byte: 4, "expected an event, found an array"),
    RefusedBody(.array, "[{},\nnull]", index: 1, byte: 5, line: 2, "expected an event, found null"),
    RefusedBody(.array, "[{},{},]", index: 2, byte: 7, "expected an event, found ']'"),
    RefusedBody(.array, "[{} {}]", index: 0, byte: 4, "expected ',' or ']', found '{'"),
    RefusedBody(.array, "[{}", index: 0, byte: 3, "expected ',' or ']', found the end of the body"),
    RefusedBody(.array, "[{}]]", index: nil, byte: 4, "']' after the end of the value"),
    RefusedBody(.array, "[{},{\"a\":tru}]", index: 1, byte: 9, "expected true"),
  ]

  static let lines = [
    RefusedBody(.lines, "{}\n7\n", index: 1, byte: 3, line: 2, "expected an object, found a number"),
    RefusedBody(.lines, "[{},{}]", index: 0, byte: 0, "expected an object, found an array"),
    RefusedBody(.lines, "{}\n\n{},{}\n", index: 1, byte: 6, line: 3, "',' after the end of the value"),
    RefusedBody(.lines, "{}{}\n", index: 0, byte: 2, "'{' after the end of the value"),
    RefusedBody(.lines, "{},\n{}\n", index: 0, byte: 2, "',' after the end of the value"),
    RefusedBody(.lines, "{\n}\n", index: 0, byte: 1, "expected a member name in quotes, found the end of the line"),
    // Each of these would be JSON if newlines were commas and nobody looked.
    RefusedBody(.lines, "{\"a\":1\n\"b\":2}", index: 0, byte: 6, "expected ',' or '}', found the end of the line"),
    RefusedBody(
      .lines, "{\"a\":1\n\"b\":2},{}", index: 0, byte: 6, "expected ',' or '}', found the end of the line"),
    RefusedBody(
      .lines, "{},{\"a\":1\n\"b\":2}", index: 0, byte: 2, "',' after the end of the value"),
    RefusedBody(
      .lines, "{},{\"a\":1\n\"b\":2},{}\n{}", index: 0, byte: 2, "',' after the end of the value"),
    RefusedBody(.lines, "{\"a\":\"x\ny\"}", index: 0, byte: 5, "a string that is never closed"),
    RefusedBody(.lines, "{\"a\":\"x\ny\"},{}", index: 0, byte: 5, "a string that is never closed"),
    RefusedBody(.lines, "{\"a\":[1\n2]},{}", index: 0, byte: 7, "expected ',' or ']', found the end of the line"),
    RefusedBody(.lines, "{}],[{}", index: 0, byte: 2, "']' after the end of the value"),
    RefusedBody(.lines, "{}\n]\n[\n{}", index: 1, byte: 3, line: 2, "expected an object, found ']'"),
  ]

  static let scalars = [
    RefusedBody(.single, #"{"a":"}"#, index: 0, byte: 5, "a string that is never closed"),
    RefusedBody(.single, #"{"a":"\"}"#, index: 0, byte: 5, "a string that is never closed"),
    RefusedBody(.single, #"{"a":"\x"}"#, index: 0, byte: 6, #"no such escape: '\' and 'x'"#),
    RefusedBody(.single, #"{"a":"\u12g4"}"#, index: 0, byte: 6, #"\u needs four hexadecimal digits"#),
    RefusedBody(.single, #"{"a":"\ud800"}"#, index: 0, byte: 6, "half a surrogate pair"),
    RefusedBody(.single, #"{"a":"\udc00"}"#, index: 0, byte: 6, "half a surrogate pair"),
    RefusedBody(.single, #"{"a":"\ud800\u0041"}"#, index: 0, byte: 6, "half a surrogate pair"),
    RefusedBody(
      .single, "{\"a\":\"\n\"}", index: 0, byte: 6, "control character byte 0x0A inside a string must be escaped"),
    RefusedBody(
      .single, "{\"a\":\"\u{0}\"}", index: 0, byte: 6, "control character byte 0x00 inside a string must be escaped"),
    RefusedBody(
      .single, Array("{\"a\":\"".utf8) + [0xFF] + Array("\"}".utf8), index: 0, byte: 6, "byte 0xFF is not UTF-8"),
    RefusedBody(
      .array, Array("[{},{\"a\":\"é".utf8) + [0xC3] + Array("\"}]".utf8), index: 1, byte: 12, "byte 0xC3 is not UTF-8"),
    RefusedBody(
      .lines, Array("{}\n{\"a\":\"".utf8) + [0xED, 0xA0, 0x80] + Array("\"}".utf8), index: 1, byte: 9, line: 2,
      "byte 0xED is not UTF-8"),
    RefusedBody(.single, "{\"a\":é}", index: 0, byte: 5, "expected a value, found byte 0xC3"),
    RefusedBody(.single, "{\"a\":01}", index: 0, byte: 5, "a number does not start with 0"),
    RefusedBody(.single, "{\"a\":-}", index: 0, byte: 6, "expected a digit, found '}'"),
    RefusedBody(.single, "{\"a\":1.}", index: 0, byte: 7, "expected a digit, found '}'"),
    RefusedBody(.single, "{\"a\":1e}", index: 0, byte: 7, "expected a digit, found '}'"),
    RefusedBody(.single, "{\"a\":.5}", index: 0, byte: 5, "expected a value, found '.'"),
    RefusedBody(.single, "{\"a\":+1}", index: 0, byte: 5, "expected a value, found '+'"),
    RefusedBody(.single, "{\"a\":1x}", index: 0, byte: 6, "expected the end of a number, found 'x'"),
    RefusedBody(.single, "{\"a\":0x10}", index: 0, byte: 6, "expected the end of a number, found 'x'"),
    RefusedBody(.single, "{\"a\":NaN}", index: 0, byte: 5, "expected a value, found 'N'"),
    RefusedBody(.single, "{\"a\":nul}", index: 0, byte: 5, "expected null"),
    RefusedBody(.single, "{\"a\":truely}", index: 0, byte: 9, "expected the end of true, found 'l'"),
    RefusedBody(.single, "{\"a\":1e400}", index: 0, byte: 5, "a number too large for a double: send it as a string"),
    RefusedBody(
      .single, "{\"a\":18446744073709551616}", index: 0, byte: 5,
      "an integer outside -9223372036854775808...18446744073709551615: send it as a string"),
    RefusedBody(
      .single, "{\"a\":-9223372036854775809}", index: 0, byte: 5,
      "an integer outside -9223372036854775808...18446744073709551615: send it as a string"),
  ]
}

@Suite struct RefusedBodyTests {
  @Test(arguments: RefusedBody.structure + RefusedBody.lines + RefusedBody.scalars)
  func `a refused body is told what is wrong and where`(refused: RefusedBody) throws {
    let parser = EventBatchParser()
    parser.append(contentsOf: refused.bytes)
    let error = try #require(throws: JSONError.self) { try parser.parse(refused.format) }
    #expect(error.reason == refused.reason)
    #expect(error.index == refused.index)
    #expect(error.byteOffset == refused.byteOffset)
    #expect(error.line == refused.line)
    #expect(parser.count == 0)
    parser.removeAll()
    parser.append(contentsOf: Array("{}".utf8))
    #expect(try parser.parse(.single) == 1)
  }

  @Test func `an error reads as one sentence`() {
    let full = JSONError(index: 3, byteOffset: 17, line: 2, reason: "expected ':', found '1'")
    #expect(full.description == "expected ':', found '1' at byte 17 (line 2, event 3)")
    #expect(JSONError(reason: "no JSON").description == "no JSON")
    #expect(JSONError(byteOffset: 0, line: 1, reason: "a").description == "a at byte 0 (line 1)")
  }

  @Test func `the checker refuses exactly what simdjson refuses`() throws {
    var random = SeededGenerator(seed: runSeed &+ 4)
    let parser = TapeParser()
    var refusedCount = 0
    for _ in 0..<3_000 {
      let model = Model.random(depth: 3, using: &random)
      let source = mutated(Array(Rendering.anyhow.render(model, using: &random).utf8), using: &random)
      var checker = JSONChecker(source[...], place: "body", maxDepth: 64, expected: .anything)
      let fault = checker.fault()
      let error = error { () throws(JSONError) in _ = try parser.parse(copying: source) }
      try #require((error == nil) == (fault == nil), "WAYBILL_SEED=\(runSeed) \(source)")
      if error != nil { refusedCount += 1 }
    }
    #expect(refusedCount > 600)
  }
}

/// What `body` throws.
private func error(_ body: () throws(JSONError) -> Void) -> JSONError? {
  do throws(JSONError) {
    try body()
    return nil
  } catch {
    return error
  }
}
