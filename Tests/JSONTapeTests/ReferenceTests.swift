import JSONTape
import ReferenceJSON
import Testing

/// Waybill writes its tape itself, from the structural bytes that simdjson finds. Here simdjson's own second stage is the
/// judge: the same sources are accepted, and the same is read in them.
///
/// There is one deliberate difference, which the reference here makes too: a container that is empty counts as a level of
/// nesting like any other, and 64 levels are the limit where simdjson's is 1,024.
@Suite struct ReferenceTests {
  @Test(arguments: 0..<4)
  func `the tape is what simdjson itself reads, in every form`(part: Int) throws {
    let found = try Inputs(seed: runSeed &+ 100 &+ UInt64(part)).compared(50_000)
    #expect(found.difference == nil, "WAYBILL_SEED=\(runSeed)")
    #expect(found.inputCount == 50_000)
    #expect(found.acceptedCount > 25_000)
  }

  @Test func `values read through a tape are what simdjson itself reads`() throws {
    let inputs = try Inputs(seed: runSeed &+ 110)
    let (reference, parser) = (Reference(), TapeParser())
    var acceptedCount = 0
    for _ in 0..<4_000 {
      let source = inputs.next()
      let value = try? parser.parse(copying: source)
      if value != nil { acceptedCount += 1 }
      let found = value.map { value in
        var dump = Dump()
        dump.append(value)
        return dump.bytes
      }
      try #require(found == reference.dump(source, tape_form_value), "WAYBILL_SEED=\(runSeed) \(source)")
    }
    #expect(acceptedCount > 400)
  }

  @Test(arguments: [EventBatchParser.Format.single, .array, .lines])
  func `events and their bytes are what simdjson itself and a naive reader find`(format: EventBatchParser.Format) throws
  {
    let form = [.single: tape_form_object, .array: tape_form_array, .lines: tape_form_lines][format]!
    let inputs = try Inputs(seed: runSeed &+ 120)
    let (reference, parser) = (Reference(), EventBatchParser())
    var acceptedCount = 0
    for _ in 0..<3_000 {
      let source = inputs.next()
      parser.removeAll()
      parser.append(contentsOf: source)
      var found: [UInt8]?
      if (try? parser.parse(format)) != nil {
        var dump = Dump()
        dump.append(parser, format)
        found = dump.bytes
        acceptedCount += 1
      }
      try #require(found == reference.dump(source, form), "WAYBILL_SEED=\(runSeed) \(source)")
    }
    #expect(acceptedCount > 100)
  }

  @Test func `a frame is read when simdjson itself reads an object in each record, and as those`() throws {
    let inputs = try Inputs(seed: runSeed &+ 130)
    var random = SeededGenerator(seed: runSeed &+ 131)
    let reference = Reference()
    let frames = FrameParserTests()
    var acceptedCount = 0
    for _ in 0..<1_500 {
      let isRight = random.chance(2, in: 3)
      var sources: [[UInt8]] = []
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        var source = inputs.next()
        while source.count > 2_000 || isRight && reference.dump(source, tape_form_object) == nil {
          source = inputs.next()
        }
        sources.append(source)
      }
      if random.chance(1, in: 4) { sources = recut(sources, using: &random) }
      let expected = sources.map { reference.dump($0, tape_form_object) }
      let found = try? frames.read(frames.bundle(sources)) { value, bytes in
        var dump = Dump()
        dump.append(value)
        return (value: dump.bytes, bytes: bytes.array)
      }
      try #require((found == nil) == expected.contains(nil), "WAYBILL_SEED=\(runSeed) \(sources)")
      guard let found else { continue }
      acceptedCount += 1
      try #require(found.map(\.bytes) == sources, "WAYBILL_SEED=\(runSeed) \(sources)")
      for (record, expected) in zip(found, expected) {
        // Behind the value the reference writes the bytes without white space; a frame gives them as they are.
        try #require(expected?.starts(with: record.value) == true, "WAYBILL_SEED=\(runSeed) \(sources)")
      }
    }
    #expect(acceptedCount > 400)
  }

  /// The same bytes with the borders between them elsewhere.
  private func recut(_ sources: [[UInt8]], using random: inout SeededGenerator) -> [[UInt8]] {
    let all = Array(sources.joined(separator: ", ".utf8))
    let cuts = (1..<max(2, sources.count)).map { _ in Int.random(in: 0...all.count, using: &random) }.sorted()
    return zip([0] + cuts, cuts + [all.count]).map { Array(all[$0..<$1]) }
  }

  @Test(arguments: [65, 1_000])
  func `simdjson itself would accept more levels, and does not count an empty container`(depth: Int) throws {
    for innermost in ["{}", "0"] {
      let levels = innermost == "0" ? depth : depth - 1
      let source = Array(
        (String(repeating: #"{"a":"#, count: levels) + innermost + String(repeating: "}", count: levels)).utf8)
      #expect(Reference(maxDepth: depth).dump(source, tape_form_value) != nil)
      #expect(Reference(maxDepth: depth - 1).dump(source, tape_form_value) == nil)
      #expect(Reference().dump(source, tape_form_value) == nil)
      #expect(throws: JSONError.self) { try TapeParser().parse(copying: source) }
      let parser = TapeParser(maxDepth: depth)
      #expect(try parser.parse(copying: source).isObject)
    }
  }
}
