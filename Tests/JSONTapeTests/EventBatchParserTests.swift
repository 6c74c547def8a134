import JSONTape
import Testing

@Suite struct EventBatchParserTests {
  let parser = EventBatchParser()

  /// The bytes of each event of a body.
  func events(_ body: String, _ format: EventBatchParser.Format) throws -> [String] {
    try load(body, format)
    var events: [String] = []
    parser.forEach { index, value, bytes in
      #expect(index == events.count)
      #expect(value.isObject)
      events.append(bytes.string)
    }
    return events
  }

  func load(_ body: String, _ format: EventBatchParser.Format) throws {
    parser.removeAll()
    parser.append(contentsOf: Array(body.utf8))
    #expect(try parser.parse(format) == parser.count)
  }

  @Test(
    arguments: [
      ("{}", .single, ["{}"]),
      (" {\"a\" : 1}\r\n", .single, [#"{"a":1}"#]),
      ("{\n  \"a\": [ 1, {\"b\" : \" c \"} ],\n  \"d\": {}\n}\n", .single, [#"{"a":[1,{"b":" c "}],"d":{}}"#]),
      (#"{"a":"\" , {\\"}"#, .single, [#"{"a":"\" , {\\"}"#]),
      (#"{"\u0061":1.50e+3,"b":"\/"}"#, .single, [#"{"\u0061":1.50e+3,"b":"\/"}"#]),
      ("[]", .array, []),
      (" [ ] ", .array, []),
      ("[{}]", .array, ["{}"]),
      (" [ {} , {\"a\":1} ,{ } ] ", .array, ["{}", #"{"a":1}"#, "{}"]),
      ("[{\"a\":1},\n{\"b\":[{}]}]\n", .array, [#"{"a":1}"#, #"{"b":[{}]}"#]),
      ("{}", .lines, ["{}"]),
      ("{}\n", .lines, ["{}"]),
      ("{\"a\":1}\n{\"b\":2}", .lines, [#"{"a":1}"#, #"{"b":2}"#]),
      ("{\"a\":1}\r\n{\"b\":2}\r\n", .lines, [#"{"a":1}"#, #"{"b":2}"#]),
      ("\n\n{\"a\":1}\n \t\r\n\n{ \"b\":2}\n{}\n\n  ", .lines, [#"{"a":1}"#, #"{"b":2}"#, "{}"]),
      ("{\"a\":\"\\n\"}\n{\"a\":\"b\\\\\"}", .lines, [#"{"a":"\n"}"#, #"{"a":"b\\"}"#]),
    ] as [(String, EventBatchParser.Format, [String])])
  func `a body is cut into its events without white space`(
    body: String, format: EventBatchParser.Format, expected: [String]
  ) throws {
    #expect(try events(body, format) == expected)
  }

  @Test func `values and bytes of an event say the same`() throws {
    try load(#"[{"id":"a","n":1}, {"id":"b", "n":2}]"#, .array)
    #expect(parser[0].value["id"]?.text == "a")
    #expect(parser[1].value["n"]?.int64 == 2)
    #expect(parser[1].bytes == #"{"id":"b","n":2}"#)
  }

  @Test func `a body may come in pieces of any length`() throws {
    let body = Array("{\"a\":\"漢\"}\n{\"b\":[1,2,3]}\n".utf8)
    for length in 1...body.count {
      parser.removeAll()
      for start in stride(from: 0, to: body.count, by: length) {
        parser.append(contentsOf: Array(body[start..<min(start + length, body.count)]))
      }
      #expect(parser.byteCount == body.count)
      #expect(try parser.parse(.lines) == 2)
      #expect(parser[1].bytes == #"{"b":[1,2,3]}"#)
    }
  }

  @Test(arguments: [EventBatchParser.Format.single, .array, .lines])
  func `an event of 64 levels is accepted and one of 65 is not, in every format`(format: EventBatchParser.Format) throws
  {
    for innermost in ["{}", "[]", "[0]"] {
      for depth in 62...67 {
        let event =
          String(repeating: #"{"a":"#, count: depth - 1) + innermost + String(repeating: "}", count: depth - 1)
        let body = format == .array ? "[\(event)]" : event
        if depth <= 64 {
          #expect(try events(body, format) == [event])
        } else {
          let error = #expect(throws: JSONError.self) { try load(body, format) }
          #expect(error?.reason == "more than 64 levels of nesting")
          #expect(error?.index == 0)
        }
      }
    }
  }

  @Test func `random events are the same in every format`() throws {
    var random = SeededGenerator(seed: runSeed &+ 2)
    for _ in 0..<300 {
      let models = (0..<Int.random(in: 1...8, using: &random)).map { _ in Model.randomObject(depth: 4, using: &random) }
      let sources = models.map { Rendering.onOneLine.render($0, using: &random) }
      let expected = sources.map(naivelyMinified)
      let array = "[" + sources.joined(separator: [",", ", ", "\r\n,\n"].randomElement(using: &random)!) + "]"
      let lines = sources.joined(separator: ["\n", "\r\n", "\n \n\n"].randomElement(using: &random)!)
      try #require(try events(array, .array) == expected, "WAYBILL_SEED=\(runSeed)")
      try #require(models == (0..<parser.count).map { model(parser[$0].value) }, "WAYBILL_SEED=\(runSeed)")
      try #require(try events(lines, .lines) == expected, "WAYBILL_SEED=\(runSeed)")
      try #require(models == (0..<parser.count).map { model(parser[$0].value) }, "WAYBILL_SEED=\(runSeed)")
      try #require(try events(sources[0], .single) == [expected[0]], "WAYBILL_SEED=\(runSeed)")
    }
  }

  @Test func `events written over many lines are minified as a naive reader does`() throws {
    var random = SeededGenerator(seed: runSeed &+ 3)
    for _ in 0..<300 {
      let source = Rendering.anyhow.render(.randomObject(depth: 4, using: &random), using: &random)
      try #require(try events(source, .single) == [naivelyMinified(source)], "WAYBILL_SEED=\(runSeed)")
    }
  }

  @Test func `texts of a large body stay where they are`() throws {
    // Every event is spaced, so each has its own place in the buffer of compacted events.
    let body = (0..<20_000).map { #"{ "id" : "\#($0)" }"# }.joined(separator: "\n")
    try load(body, .lines)
    #expect(parser.count == 20_000)
    let isRight = (0..<20_000).allSatisfy { parser[$0].bytes.string == #"{"id":"\#($0)"}"# }
    #expect(isRight)
    #expect((0..<20_000).allSatisfy { parser[$0].value["id"]?.text?.string == "\($0)" })
  }

  @Test func `a body is parsed once`() async {
    await #expect(processExitsWith: .failure) {
      let parser = EventBatchParser()
      parser.append(contentsOf: Array("{}".utf8))
      try parser.parse(.single)
      try parser.parse(.single)
    }
  }
}
