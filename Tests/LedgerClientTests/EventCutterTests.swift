import Testing

@testable import LedgerClient

@Suite struct EventCutterTests {
  /// Cuts `text`, handed over in pieces of `size` bytes.
  private func cut(_ text: String, by size: Int) throws -> [(String, Int)] {
    var cutter = EventCutter(name: "x.json")
    var events: [(String, Int)] = []
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: size) {
      cutter.add(bytes[start..<min(start + size, bytes.count)])
      while let event = try cutter.next() {
        events.append((String(decoding: event.bytes, as: UTF8.self), event.line))
      }
    }
    try cutter.finish()
    return events
  }

  @Test(
    arguments: [
      (#"{"a":1}"#, [#"{"a":1}"#], [1]),
      ("{\"a\":1}\n\n{\"b\":{}}\r\n", [#"{"a":1}"#, #"{"b":{}}"#], [1, 3]),
      ("\u{FEFF}[\n {\"a\":[1,2]},\n {\"b\":\"}]\\\"{\"}\n]\n", [#"{"a":[1,2]}"#, #"{"b":"}]\"{"}"#], [2, 3]),
      ("{\n \"a\": \"\\\\\"\n}\n{}", ["{\n \"a\": \"\\\\\"\n}", "{}"], [1, 4]),
      ("[]", [], []), ("", [], []), (" \n", [], []),
    ] as [(String, [String], [Int])])
  func `events are found whatever the form, however the pieces fall`(text: String, events: [String], lines: [Int])
    throws
  {
    for size in 1...max(1, text.utf8.count) {
      let found = try cut(text, by: size)
      #expect(found.map(\.0) == events, "pieces of \(size)")
      #expect(found.map(\.1) == lines, "pieces of \(size)")
    }
  }

  @Test(arguments: [
    ("{\"a\":1}\nx", EventFileError.notAnEvent("x.json", line: 2, byte: UInt8(ascii: "x"))),
    ("a,b\n", .notAnEvent("x.json", line: 1, byte: UInt8(ascii: "a"))),
    ("[1]", .notAnEvent("x.json", line: 1, byte: UInt8(ascii: "1"))),
    ("[{}]\n{}", .notAnEvent("x.json", line: 2, byte: UInt8(ascii: "{"))),
    ("{}\n{\"a\":", .unfinished("x.json", line: 2)), ("[{}", .unfinishedArray("x.json")),
    ("{}\n\u{1}", .notAnEvent("x.json", line: 2, byte: 1)),
  ])
  func `a file that is none says where`(text: String, expected: EventFileError) {
    #expect(throws: expected) { try cut(text, by: 3) }
    #expect(expected.sentence.hasPrefix("x.json"))
    #expect(expected.nextStep.hasSuffix("."))
  }

  @Test func `a batch ends at eight thousand events or eight MiB, and takes one event of any size`() {
    let small = EventCutter.Event(bytes: Array("{}".utf8)[...], line: 1)
    var batch = EventBatch()
    let taken = (0...8_000).map { _ in batch.add(small) }
    #expect(taken.dropLast().allSatisfy { $0 } && taken.last == false)
    #expect(batch.count == 8_000)
    #expect(batch.body.first == UInt8(ascii: "[") && batch.body.last == UInt8(ascii: "]"))

    let half = EventCutter.Event(bytes: [UInt8](repeating: 32, count: 5 << 20)[...], line: 1)
    var large = EventBatch()
    let halves = (0..<2).map { _ in large.add(half) }
    #expect(halves == [true, false])

    var one = EventBatch()
    let isTaken = one.add(EventCutter.Event(bytes: [UInt8](repeating: 32, count: 9 << 20)[...], line: 1))
    #expect(isTaken)
  }

  @Test func `lines are the same however the chunks fall`() {
    let text = Array("one\r\n\ntwo\nthree".utf8)
    for size in 1...text.count {
      var cutter = LineCutter()
      var lines: [String] = []
      for start in stride(from: 0, to: text.count, by: size) {
        cutter.add(text[start..<min(start + size, text.count)])
        while let line = cutter.next() { lines.append(String(decoding: line, as: UTF8.self)) }
      }
      #expect(lines == ["one", "", "two"])
      #expect(cutter.rest.map { String(decoding: $0, as: UTF8.self) } == "three")
    }
  }
}
