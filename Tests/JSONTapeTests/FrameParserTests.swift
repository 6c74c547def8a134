import JSONTape
import Testing

@Suite struct FrameParserTests {
  let parser = FrameParser()

  /// The records that a parser finds in an entry bundle.
  func records(_ bundle: [UInt8]) throws -> [(model: Model, bytes: [UInt8])] {
    try read(bundle) { (model($0), $1.array) }
  }

  func read<Record>(_ bundle: [UInt8], _ record: (TapeValue, Text) -> Record) throws -> [Record] {
    let frame = UnsafeMutableRawBufferPointer.allocate(byteCount: bundle.count + FrameParser.padding, alignment: 64)
    defer { unsafe frame.deallocate() }
    unsafe frame.initializeMemory(as: UInt8.self, repeating: 0xFF)
    unsafe frame.copyBytes(from: bundle)
    try unsafe parser.parse(UnsafeMutableRawBufferPointer(rebasing: frame[..<bundle.count]))
    var records: [Record] = []
    parser.forEach { index, value, bytes in
      #expect(index == records.count)
      records.append(record(value, bytes))
    }
    #expect(records.count == parser.count)
    return records
  }

  func bundle(_ records: [String]) -> [UInt8] { bundle(records.map { Array($0.utf8) }) }

  func bundle(_ records: [[UInt8]]) -> [UInt8] {
    records.flatMap { [UInt8($0.count >> 8), UInt8($0.count & 0xFF)] + $0 }
  }

  @Test func `a frame yields its records in order`() throws {
    let sources = [#"{"a":1}"#, "{}", #"{"b":"]},{","c":[{}]}"#]
    #expect(try records(bundle(sources)).map(\.bytes) == sources.map { Array($0.utf8) })
    #expect(try records(bundle(["{}"])).map(\.bytes) == [Array("{}".utf8)])
  }

  @Test func `an empty frame has no records`() throws {
    _ = try records(bundle(["{}", "{}"]))
    #expect(try records([]).isEmpty)
    try unsafe parser.parse(UnsafeMutableRawBufferPointer(start: nil, count: 0))
    #expect(parser.count == 0)
  }

  @Test func `random frames of every count read as what was written`() throws {
    var random = SeededGenerator(seed: runSeed &+ 5)
    for count in [1, 2, 3, 100, 255, 256] {
      let models = (0..<count).map { _ in Model.randomObject(depth: 3, using: &random) }
      let sources = models.map { Rendering.compact.render($0, using: &random) }
      let found = try records(bundle(sources))
      try #require(found.map(\.model) == models, "WAYBILL_SEED=\(runSeed)")
      try #require(found.map(\.bytes) == sources.map { Array($0.utf8) }, "WAYBILL_SEED=\(runSeed)")
    }
  }

  @Test func `a record may be as long and as deep as an event`() throws {
    let long = #"{"a":""# + String(repeating: "x", count: 65_535 - 8) + #""}"#
    let deep = String(repeating: #"{"a":"#, count: 63) + "{\"b\":1}" + String(repeating: "}", count: 63)
    #expect(try records(bundle([long, deep])).map(\.bytes) == [Array(long.utf8), Array(deep.utf8)])
  }

  @Test(
    arguments: [
      ([0], 0, "half a record length"), ([0, 2, 0x7B, 0x7D, 0], 4, "half a record length"),
      ([0, 3, 0x7B, 0x7D], 0, "record of 3 bytes ends behind the frame"),
      ([0, 2, 0x7B, 0x7D, 0xFF, 0xFF, 0x7B], 4, "record of 65535 bytes ends behind the frame"),
    ] as [([UInt8], Int, String)])
  func `lengths that do not fit are an error`(bundle: [UInt8], byteOffset: Int, reason: String) throws {
    let error = try #require(throws: JSONError.self) { try records(bundle) }
    #expect(error.byteOffset == byteOffset)
    #expect(error.reason == reason)
    #expect(parser.count == 0 || error.index != 0)
  }

  @Test(
    arguments: [
      ["{"], ["{}", ""], ["{}", "7,7"], ["{}{}"], ["{}],[{}"], ["{},{}", "{}"],
      // As many objects as records, but with borders elsewhere.
      [#"{},{"a":""#, #""}"#], [#"{"a":""#, #""},{}"#], [#"{},{"a":1"#, #""b":2}"#], [#"{"a":[{}"#, "{}]},{}"],
      ["{},{}", ##"{},{"a":[1"##, "2]}"],
    ])
  func `records that are not one JSON value each are an error`(sources: [String]) {
    #expect(throws: JSONError.self) { try records(bundle(sources)) }
    parser.forEach { _, _, _ in Issue.record("a refused frame has no records") }
  }
}
