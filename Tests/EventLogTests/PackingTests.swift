import Foundation
import Testing

@testable import EventLog

/// A frame's records, packed and unpacked.
@Suite struct PackingTests {
  /// What is packed of these records, as the first of which `sequence` stands; nil where they are not to be packed.
  private static func pack(_ records: [[UInt8]], from sequence: UInt64 = 1) -> [UInt8]? {
    let bundle = bundle(of: records)
    let (source, target) = (Buffer(capacity: bundle.count), Buffer(capacity: bundle.count))
    unsafe source.start.copyMemory(from: bundle, byteCount: bundle.count)
    let whole = unsafe UnsafeRawBufferPointer(start: source.start, count: bundle.count)
    guard let count = unsafe FramePacker.pack(whole, firstSequence: sequence, into: target.start) else { return nil }
    #expect(count <= bundle.count)
    return unsafe [UInt8](UnsafeRawBufferPointer(start: target.start, count: count))
  }

  private static func bundle(of records: [[UInt8]]) -> [UInt8] {
    records.flatMap { [UInt8($0.count >> 8), UInt8($0.count & 255)] + $0 }
  }

  /// The entry bundle that is unpacked, in memory that has known bytes around it; nil where that is refused.
  private static func unpack(_ packed: [UInt8], count: Int, from sequence: UInt64 = 1, byteCount: Int) -> [UInt8]? {
    let (source, target) = (Buffer(capacity: packed.count), Buffer(capacity: byteCount))
    unsafe source.start.copyMemory(from: packed, byteCount: packed.count)
    defer {
      // Nothing is written before it, nor further behind it than it may be.
      let before = unsafe UnsafeRawBufferPointer(start: target.start - Buffer.margin, count: Buffer.margin)
      let behind = unsafe UnsafeRawBufferPointer(start: target.start + byteCount + 16, count: Buffer.margin - 16)
      #expect(unsafe before.allSatisfy { $0 == 0 } && behind.allSatisfy { $0 == 0 })
    }
    do {
      try unsafe FrameUnpacker.unpack(
        UnsafeRawBufferPointer(start: source.start, count: packed.count), count: count, firstSequence: sequence,
        into: UnsafeMutableRawBufferPointer(start: target.start, count: byteCount))
      return unsafe [UInt8](UnsafeRawBufferPointer(start: target.start, count: byteCount))
    } catch {
      return nil
    }
  }

  private static func checkRoundTrip(_ records: [[UInt8]], from sequence: UInt64 = 1) throws -> [UInt8] {
    let packed = try #require(pack(records, from: sequence))
    let bundle = bundle(of: records)
    #expect(unpack(packed, count: records.count, from: sequence, byteCount: bundle.count) == bundle)
    return packed
  }

  // MARK: Exactly these bytes

  private static let id = "wamid.HBgLMTY0NjkxMjg3MTQVAgASGBJCMTdDQ0I2ODA1MDAwMTI0QjQA"
  private static let idBytes: [UInt8] =
    [0x1C, 0x18, 0x0B] + Array("16469128714".utf8) + [0x15, 2, 0, 0x12, 0x18, 0x12] + Array("B17CCB6805000124B4".utf8)
    + [0]

  private static func ending(_ sequence: UInt64, _ moment: String) -> String {
    #","sequence":"\#(sequence)","recordedtime":"\#(moment)"}"#
  }

  @Test func `ids, phone numbers and endings become signs, byte for byte as specified`() throws {
    let moment = "2026-11-24T09:00:00.25Z"
    let packed = try Self.checkRoundTrip(
      [
        Array(#"{"id":"\#(Self.id)","contact":{"phone":"16469128714"}\#(Self.ending(99, moment))"#.utf8),
        Array(#"{"id":"\#(Self.id):sent","phone":"16469128715"\#(Self.ending(100, moment))"#.utf8),
        Array(#"{"id":"wamid.AAAA","w":"wam.wamid"\#(Self.ending(101, "2026-11-24T09:00:01Z"))"#.utf8),
        Array("{}".utf8),
      ], from: 99)
    let expected: [[UInt8]] = [
      Array(#"{"id":""#.utf8), [1, UInt8(Self.idBytes.count)], Self.idBytes, Array(#"","contact":{"phone":""#.utf8),
      [3],
      Array(#""}"#.utf8), [5, UInt8(moment.utf8.count)], Array(moment.utf8),
      Array(#"{"id":""#.utf8), [2], Array(#":sent","phone":"16469128715""#.utf8), [4],
      Array(#"{"id":""#.utf8), [1, 3, 0, 0, 0], Array(#"","w":"wam.wamid""#.utf8), [5, 20],
      Array("2026-11-24T09:00:01Z".utf8),
      Array("{}".utf8), [6],
    ]
    #expect(packed == expected.flatMap { $0 })
  }

  @Test(
    arguments: [
      ("the sequence of another record", #","sequence":"8","recordedtime":"2026-11-24T09:00:00Z"}"#),
      ("a sequence with a zero before it", #","sequence":"07","recordedtime":"2026-11-24T09:00:00Z"}"#),
      ("no moment", #","sequence":"7","recordedtime":""}"#), ("no sequence", #","sequence":"","recordedtime":"x"}"#),
      ("the other order", #","recordedtime":"2026-11-24T09:00:00Z","sequence":"7"}"#),
      ("something behind", #","sequence":"7","recordedtime":"2026-11-24T09:00:00Z" }"#),
      ("a moment of 41 bytes", #","sequence":"7","recordedtime":"\#(String(repeating: "x", count: 41))"}"#),
    ])
  func `what ends otherwise is kept as it is`(what: String, ending: String) throws {
    let record = Array((#"{"a":1"# + ending).utf8)
    #expect(try Self.checkRoundTrip([record], from: 7) == record + [PackingSign.end], "\(what)")
  }

  @Test func `an ending alone, and any part of one, is a record too`() throws {
    let ending = Array(Self.ending(7, "2026-11-24T09:00:00Z").utf8)
    #expect(try Self.checkRoundTrip([ending], from: 7) == [5, 20] + Array("2026-11-24T09:00:00Z".utf8))
    for count in 0..<ending.count {
      let (tail, head) = (Array(ending.suffix(count)), Array(ending.prefix(count)))
      #expect(try Self.checkRoundTrip([tail, ending, tail], from: 6).count > 0)
      #expect(try Self.checkRoundTrip([head], from: 7) == head + [PackingSign.end])
    }
  }

  @Test(arguments: 0..<8 as Range<UInt8>)
  func `a frame with a byte that could be a sign is not packed`(sign: UInt8) {
    let text = Array(#"{"id":"wamid.AAAA"}"#.utf8)
    for place in 0...text.count {
      #expect(Self.pack([text, Array(text[..<place]) + [sign] + text[place...], text]) == nil, "at \(place)")
    }
    #expect(Self.pack([text, [8, 9, 10, 31, 127, 255], text]) != nil)
  }

  // MARK: Any records

  /// Records that look like the daemon's and are wrong in every way they can be.
  private static func randomRecords(_ count: Int, from sequence: UInt64, _ random: inout SeededGenerator) -> [[UInt8]] {
    var ids = [id]
    var moments = ["2026-11-24T09:00:00.25Z"]
    return (0..<count).map { place in
      var record: [UInt8] = []
      for _ in 0..<Int.random(in: 0...9, using: &random) {
        switch Int.random(in: 0...9, using: &random) {
        case 0...2: record += ids.randomElement(using: &random)!.utf8
        case 3:
          let bytes = (0..<Int.random(in: 0...300, using: &random)).map { index in
            index == 2 ? UInt8.random(in: 0...14, using: &random) : UInt8.random(in: 40...60, using: &random)
          }
          var text = Data(bytes).base64EncodedString()
          if Bool.random(using: &random) { text = text.replacing("=", with: "") }
          ids.append("wamid." + text)
          record += ids.last!.utf8
        case 4: record += ids.randomElement(using: &random)!.prefix(Int.random(in: 0...20, using: &random)).utf8
        case 5:
          let bytes = Data(base64Encoded: String(ids.last!.dropFirst(6))) ?? Data()
          record += #""phone":""#.utf8 + bytes.dropFirst(3).prefix(bytes.count > 2 ? Int(bytes[2]) : 0) + #"""#.utf8
        case 6: record += #"phone":"1646"#.utf8
        case 7:
          record += (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: 8...255, using: &random) }
        default:
          record +=
            [#"wamid."#, "w....", #"p    ""#, #","sequence":""#, "====", "{}"].randomElement(using: &random)!.utf8
        }
      }
      if Int.random(in: 0...4, using: &random) == 0 { moments.append("\(random.next())Z") }
      let wrong = Int.random(in: 0...9, using: &random) == 0 ? 1 : 0 as UInt64
      if Int.random(in: 0...9, using: &random) > 0 {
        record += ending(sequence + UInt64(place) + wrong, moments.last!).utf8
      }
      return Array(record.prefix(LogBatch.longestRecord))
    }
  }

  @Test(arguments: [71, 72, 73, 74] as [UInt64])
  func `what is unpacked is what was packed`(seed: UInt64) throws {
    print("seed \(seed)")
    var random = SeededGenerator(state: seed)
    for round in 0..<400 {
      let sequence = [1, 9, 99, 1_000_000_000_000, UInt64.max / 2].randomElement(using: &random)! + UInt64(round)
      let records = Self.randomRecords(Int.random(in: 1...40, using: &random), from: sequence, &random)
      let packed = try Self.checkRoundTrip(records, from: sequence)
      let bundle = Self.bundle(of: records)
      // Nothing else than exactly this is taken for it.
      for other in [bundle.count - 1, bundle.count + 1] where other > 0 {
        #expect(Self.unpack(packed, count: records.count, from: sequence, byteCount: other) == nil)
      }
      for other in [records.count - 1, records.count + 1] {
        #expect(Self.unpack(packed, count: other, from: sequence, byteCount: bundle.count) == nil)
      }
      #expect(Self.unpack(packed.dropLast(), count: records.count, from: sequence, byteCount: bundle.count) == nil)
    }
  }

  @Test(arguments: [75, 76] as [UInt64])
  func `whatever was changed, nothing is read or written outside`(seed: UInt64) throws {
    print("seed \(seed)")
    var random = SeededGenerator(state: seed)
    var (refused, taken) = (0, 0)
    for _ in 0..<2_000 {
      let records = Self.randomRecords(Int.random(in: 1...8, using: &random), from: 5, &random)
      var packed = try #require(Self.pack(records, from: 5))
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<packed.count, using: &random)
        packed[place] =
          Bool.random(using: &random) ? UInt8.random(in: 0...8, using: &random) : UInt8(random.next() & 255)
      }
      let byteCount = Self.bundle(of: records).count
      let found = Self.unpack(packed, count: records.count, from: 5, byteCount: byteCount)
      if found == nil { refused += 1 } else { taken += 1 }
      if let found { #expect(unsafe found.withUnsafeBytes { unsafe FrameReading.recordCount($0) } == records.count) }
    }
    #expect(refused > 500 && taken > 10, "\(refused) refused, \(taken) taken")
  }

  @Test func `a record that would be longer than any is refused`() throws {
    let id: [UInt8] = [1, 255] + [UInt8](repeating: 9, count: 255)
    let packed = id + [UInt8](repeating: 2, count: 200) + [6]
    let byteCount = 201 * 346
    #expect(byteCount > LogBatch.longestRecord)
    #expect(Self.unpack(packed, count: 1, byteCount: 2 + byteCount) == nil)
    let fewer = id + [UInt8](repeating: 2, count: 188) + [6]
    #expect(Self.unpack(fewer, count: 1, byteCount: 2 + 189 * 346)?.count == 2 + 189 * 346)
  }

  // MARK: In a log

  @Test func `a log whose frames are packed and not, by turns, is what was appended`() throws {
    let folder = try TemporaryFolder()
    var random = SeededGenerator(state: 77)
    var records: [[UInt8]] = []
    var packed: [Bool] = []
    do {
      let log = try unsafe EventLog.open(at: folder.path, readOnly: false, extract: Self.facts)
      for frame in 0..<40 as Range<UInt64> {
        var added = Self.randomRecords(256, from: frame * 256 + 1, &random)
        if frame % 3 == 1 { added[Int(random.next() % 256)] += [0] }
        records += added
      }
      var rest = records[...]
      while !rest.isEmpty {
        var batch = LogBatch()
        for record in rest.prefix(Int(random.next() % 700)) {
          batch.append(record: record, facts: unsafe record.withUnsafeBytes { try! unsafe Self.facts($0) })
        }
        rest = rest.dropFirst(batch.count)
        try log.append(batch)
      }
      #expect(try log.allRecords() == records)
    }
    let log = try unsafe EventLog.open(at: folder.path, readOnly: true, extract: Self.facts)
    try log.forEachFrame(wants: { header in
      packed.append(header.isPacked)
      return false
    }) { _ in false }
    #expect(packed == (0..<40).map { $0 % 3 != 1 })
    #expect(try log.allRecords() == records)
    #expect(try log.record(300) == records[299] && log.record(600) == records[599])
    #expect(try log.verify().problems == [])
  }

  private static let facts: FactsReader = { record in
    let hash = unsafe XXH64.hash(record)
    return RecordFacts(
      eventTime: Int64(record.count), recordedTime: 1, typeBit: 1,
      identity: Fingerprint(high: hash, low: UInt64(record.count)))
  }
}
