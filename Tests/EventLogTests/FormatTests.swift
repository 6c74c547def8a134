import Foundation
import LMDB
import Testing

@testable import EventLog

struct FormatTests {
  /// The bytes on disk are a promise: a change here is another format version.
  @Test func `a frame header is written byte for byte as specified`() throws {
    var header = FrameHeader(firstSequence: 0x0101)
    for index in 0..<3 as Range<Int64> {
      header.add(
        RecordFacts(
          eventTime: 1_000 - index, recordedTime: 2_000 + index, typeBit: 1 << UInt64(4 * index),
          identity: Fingerprint(high: 0, low: 0)))
    }
    header.byteCount = 0x0403
    header.storedByteCount = 0x0201
    header.checksum = 0xAABB_CCDD
    var bytes = [UInt8](repeating: 0xFF, count: FrameHeader.byteCount)
    unsafe bytes.withUnsafeMutableBytes { target in unsafe header.write(to: target.baseAddress!) }
    let hex = bytes.map { String(format: "%02x", $0) }.joined()
    #expect(
      hex == """
        0100030003040000010100000000000001020000ddccbbaae603000000000000\
        e803000000000000d007000000000000d2070000000000001101000000000000\
        00000000
        """ + hex.suffix(8))
    #expect(hex.suffix(8) == Self.checksum(bytes.prefix(68)))
    let read = unsafe bytes.withUnsafeBytes { source in Result { try unsafe FrameHeader(reading: padded(source)) } }
    #expect(try read.get() == header)
  }

  @Test func `the header of packed records says how long they are`() throws {
    var header = FrameHeader(firstSequence: 257)
    for index in 0..<2 as Range<Int64> {
      header.add(RecordFacts(eventTime: index, recordedTime: 3, typeBit: 1, identity: Fingerprint(high: 0, low: 0)))
    }
    header.byteCount = 0x0403
    header.packedByteCount = 0x0302
    header.storedByteCount = 0x0201
    var bytes = [UInt8](repeating: 0xFF, count: FrameHeader.byteCount)
    func write(_ header: FrameHeader) {
      unsafe bytes.withUnsafeMutableBytes { target in unsafe header.write(to: target.baseAddress!) }
    }
    func read() -> Result<FrameHeader, any Error> {
      unsafe bytes.withUnsafeBytes { source in Result { try unsafe FrameHeader(reading: padded(source)) } }
    }
    write(header)
    #expect(bytes[0...1] == [2, 0] && bytes[64..<68] == [2, 3, 0, 0])
    #expect(try read().get() == header)
    header.packedByteCount = 0x0404
    write(header)
    #expect(throws: FrameDamage.self) { try read().get() }
  }

  private func padded(_ header: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: header.count + 0x0201, alignment: 8)
    unsafe memory.copyMemory(from: header)
    return UnsafeRawBufferPointer(memory)
  }

  private static func checksum(_ bytes: ArraySlice<UInt8>) -> String {
    let sum = unsafe Array(bytes).withUnsafeBytes { unsafe XXH64.low($0) }
    return (0..<4).map { String(format: "%02x", UInt8(truncatingIfNeeded: sum >> (8 * UInt32($0)))) }.joined()
  }

  /// Source: xxHash, `xxhsum` of the same bytes.
  @Test(
    arguments: [
      ("", 0xEF46_DB37_51D8_E999), ("a", 0xD24E_C4F1_A98C_6E5B), ("abc", 0x44BC_2CF5_AD77_0999),
      ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
    ] as [(String, UInt64)])
  func `XXH64 gives the published values`(text: String, expected: UInt64) {
    let hash = unsafe Array(text.utf8).withUnsafeBytes { unsafe XXH64.hash($0) }
    #expect(hash == expected)
  }

  @Test func `a frame's checksum is the one zstd itself writes`() throws {
    var random = SeededGenerator(state: 51)
    for count in [1, 31, 32, 33, 1_000, 90_001] {
      let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next() % 7) }
      var target = [UInt8](repeating: 0, count: Compressor.bound(count))
      let size = unsafe bytes.withUnsafeBytes { source in
        unsafe target.withUnsafeMutableBytes { unsafe Compressor().compress(source, into: $0) }
      }
      let own = unsafe bytes.withUnsafeBytes { unsafe XXH64.low($0) }
      let written = unsafe target.withUnsafeBytes { unsafe loadWord($0, size - 4, UInt32.self) }
      #expect(own == written, "\(count) bytes")
    }
  }

  @Test func `a complete frame is compressed behind its header, which tells what is in it`() throws {
    let folder = try TemporaryFolder()
    let log = try EventLog.open(folder.path)
    var batch = LogBatch()
    for number in 1...256 {
      let facts = RecordFacts(
        eventTime: Int64(number), recordedTime: 5, typeBit: 2, identity: Fingerprint(high: UInt64(number), low: 0))
      batch.append(record: Array("{\"n\":\(number)}".utf8), facts: facts)
    }
    try log.append(batch)
    var headers: [FrameHeader] = []
    try log.forEachFrame(wants: { header in
      headers.append(header)
      return false
    }) { _ in false }
    let header = try #require(headers.first)
    #expect(header.count == 256 && header.earliestEventTime == 1 && header.latestEventTime == 256)
    #expect(header.typeBits == 2 && header.byteCount == batch.byteCount)
    #expect(header.storedByteCount < header.byteCount)
  }

  @Test func `the longest record is kept, in the tail and in a frame`() throws {
    let folder = try TemporaryFolder()
    let log = try EventLog.open(folder.path)
    let long = [UInt8](repeating: 0x41, count: LogBatch.longestRecord)
    func append(_ count: Int) throws {
      var batch = LogBatch()
      for _ in 0..<count {
        let identity = Fingerprint(high: UInt64.random(in: 0 ... .max), low: 0)
        batch.append(
          record: long, facts: RecordFacts(eventTime: 0, recordedTime: 0, typeBit: 1, identity: identity))
      }
      try log.append(batch)
    }
    try append(2)
    #expect(try log.record(2) == long)
    try append(255)
    #expect(try log.record(1) == long && log.record(257) == long)
  }

  @Test func `a log of another format version is refused with path and remedy`() throws {
    let folder = try TemporaryFolder()
    do { _ = try EventLog.open(folder.path) }
    let path = folder.path + "/log/data.mdb"
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    var search = bytes.startIndex
    while let found = bytes.range(of: Data("waybill\0".utf8), in: search..<bytes.endIndex) {
      bytes[found.upperBound] = 9
      search = found.upperBound
    }
    try bytes.write(to: URL(fileURLWithPath: path))
    let error = #expect(throws: LogError.self) { try EventLog.open(folder.path) }
    #expect(error?.code == "unknown_format")
    #expect(error?.message.contains("format version 9") == true && error?.message.contains(folder.path) == true)
  }

  @Test func `a log of format 1 is opened, its stored leaf hashes are used, and it goes on in the present format`()
    throws
  {
    let folder = try TemporaryFolder()
    var random = SeededGenerator(state: 53)
    func append(_ count: Int, _ log: EventLog) throws {
      var batch = LogBatch()
      for number in log.lastSequence + 1...log.lastSequence + UInt64(count) {
        let record = TestRecord(number: number, subject: nil, filler: 30, &random)
        batch.append(record: record.bytes, facts: record.facts)
      }
      try log.append(batch)
    }
    var tiles: [[UInt8]] = []
    do {
      let log = try EventLog.open(folder.path)
      try append(1_000, log)
      tiles = try (0..<3).map { try log.tile(level: 0, index: $0) }
    }
    try Self.makeFormat1(folder.path, tiles)
    #expect(try EventLog.open(folder.path, readOnly: true).verify().problems == [])
    let log = try EventLog.open(folder.path)
    try append(600, log)
    for index in 0..<3 { #expect(try log.tile(level: 0, index: UInt64(index)) == tiles[index]) }
    #expect(try log.tile(level: 0, index: 5).count == 256 * 32)
    #expect(try log.verify().problems == [])
    try log.withStoredFormat { #expect($0 == 3) }
    // A hash that is stored is what is given, whatever the frame would give.
    let transaction = try WriteTransaction(log.environment)
    let other = tiles[0] + [UInt8](repeating: 7, count: 256 * 32) + tiles[2]
    try unsafe other.withUnsafeBytes { try unsafe transaction.put(log.tables.tiles, 0, $0) }
    try transaction.commit()
    #expect(try log.tile(level: 0, index: 1).allSatisfy { $0 == 7 })
    let problem = try #require(try log.verify().problems.first)
    #expect(problem.place == "hash tile 1 of level 0" && problem.sequence == 257)
  }

  @Test func `a log of format 2, whose frames are not packed, is read and goes on in the present format`() throws {
    let folder = try TemporaryFolder()
    func record(_ number: UInt64) -> [UInt8] {
      let id = "wamid.\(Data("\(number / 3) of a test".utf8).base64EncodedString())"
      return Array(
        #"{"id":"\#(id)","message":"\#(id)","sequence":"\#(number)","recordedtime":"2026-11-24T09:00:00Z"}"#.utf8)
    }
    func open(readOnly: Bool) throws -> EventLog {
      try unsafe EventLog.open(at: folder.path, readOnly: readOnly) { record in
        let hash = unsafe XXH64.hash(record)
        return RecordFacts(eventTime: 4, recordedTime: 5, typeBit: 1, identity: Fingerprint(high: hash, low: 0))
      }
    }
    func append(to log: EventLog, upTo last: UInt64) throws {
      var batch = LogBatch()
      for number in log.lastSequence + 1...last {
        let hash = unsafe record(number).withUnsafeBytes { unsafe XXH64.hash($0) }
        batch.append(
          record: record(number),
          facts: RecordFacts(eventTime: 4, recordedTime: 5, typeBit: 1, identity: Fingerprint(high: hash, low: 0)))
      }
      try log.append(batch)
    }
    func arePacked(_ log: EventLog) throws -> [Bool] {
      var found: [Bool] = []
      try log.forEachFrame(wants: { header in
        found.append(header.isPacked)
        return false
      }) { _ in false }
      return found
    }
    do { try append(to: open(readOnly: false), upTo: 1_000) }
    try Self.makeFormat2(folder.path)
    let records = (1...1_600 as ClosedRange<UInt64>).map(record)
    do {
      let log = try open(readOnly: true)
      #expect(try arePacked(log) == [false, false, false, false])
      #expect(try log.allRecords() == Array(records[..<1_000]) && log.record(700) == records[699])
      #expect(try log.verify().problems == [])
      try log.withStoredFormat { #expect($0 == 2) }
    }
    let log = try open(readOnly: false)
    try append(to: log, upTo: 1_600)
    #expect(try arePacked(log) == [false, false, false, true, true, true, false])
    #expect(try log.allRecords() == records)
    #expect(try log.verify().problems == [])
    try log.withStoredFormat { #expect($0 == 3) }
  }

  /// Each frame as version 2 had it: its entry bundle compressed.
  private static func makeFormat2(_ path: String) throws {
    let environment = try Environment(path: path + "/log", options: .init())
    let tables = try LogTables.openForWriting(environment)
    let transaction = try WriteTransaction(environment)
    var cursor = try transaction.cursor(tables.frames)
    var values: [(UInt64, [UInt8])] = []
    var move = Cursor.Move.first
    while let key = try cursor.move(move) {
      var value: [UInt8] = []
      try unsafe cursor.withValue { bytes in
        try unsafe FrameReading.forEachFrame(in: bytes, key: key, path: path) { header, stored in
          let decoder = FrameDecoder()
          try unsafe decoder.decode(header, stored, path: path)
          let bundle = unsafe UnsafeRawBufferPointer(start: decoder.bundle.start, count: header.byteCount)
          var frame = [UInt8](repeating: 0, count: FrameHeader.byteCount + Compressor.bound(bundle.count))
          unsafe frame.withUnsafeMutableBytes { target in
            var header = header
            let body = unsafe UnsafeMutableRawBufferPointer(rebasing: target[FrameHeader.byteCount...])
            header.storedByteCount = unsafe Compressor().compress(bundle, into: body)
            unsafe header.checksum = XXH64.low(bundle)
            header.packedByteCount = 0
            unsafe header.write(to: target.baseAddress!)
            value += unsafe Array(target[..<(FrameHeader.byteCount + header.storedByteCount)])
          }
          return true
        }
      }
      values.append((key, value))
      move = .next
    }
    for (key, value) in values {
      try unsafe value.withUnsafeBytes { try unsafe transaction.put(tables.frames, key, $0) }
    }
    let format = Array("waybill\0".utf8) + [2, 0, 0, 0, 4, 3, 2, 1]
    try unsafe format.withUnsafeBytes { try unsafe transaction.put(tables.meta, LogTables.formatKey, $0) }
    try transaction.commit()
  }

  /// What version 1 had and version 2 has not.
  private static func makeFormat1(_ path: String, _ tiles: [[UInt8]]) throws {
    let environment = try Environment(path: path + "/log", options: .init())
    let tables = try LogTables.openForWriting(environment)
    let transaction = try WriteTransaction(environment)
    let value = tiles.flatMap { $0 }
    try unsafe value.withUnsafeBytes { try unsafe transaction.put(tables.tiles, 0, $0) }
    let format = Array("waybill\0".utf8) + [1, 0, 0, 0, 4, 3, 2, 1]
    try unsafe format.withUnsafeBytes { try unsafe transaction.put(tables.meta, LogTables.formatKey, $0) }
    try transaction.commit()
  }

  @Test(arguments: [61, 62] as [UInt64])
  func `side by side or one by one, hashes are the same`(seed: UInt64) throws {
    print("seed \(seed)")
    var random = SeededGenerator(state: seed)
    for count in [1, 2, 7, 8, 16, 17, 255, 256] {
      let bundle = Buffer(capacity: 256 * 400)
      var offsets: [UInt32] = []
      var byteCount = 0
      for _ in 0..<count {
        offsets.append(UInt32(byteCount))
        let length = Int.random(in: 0...300, using: &random)
        unsafe bundle.start.storeBytes(of: UInt16(length).bigEndian, toByteOffset: byteCount, as: UInt16.self)
        for index in 0..<length {
          unsafe bundle.start.storeBytes(
            of: UInt8(truncatingIfNeeded: random.next()), toByteOffset: byteCount + 2 + index, as: UInt8.self)
        }
        byteCount += 2 + length
      }
      let before = unsafe [UInt8](UnsafeRawBufferPointer(start: bundle.start, count: byteCount))
      let hashes = Buffer(capacity: 256 * 32)
      unsafe TreeHashing.leaves(bundle.start, offsets: offsets, into: hashes.start)
      let after = unsafe [UInt8](UnsafeRawBufferPointer(start: bundle.start, count: byteCount))
      #expect(before == after)
      for (index, offset) in offsets.enumerated() {
        let end = index + 1 < count ? Int(offsets[index + 1]) : byteCount
        let leaf = [0] + before[Int(offset) + 2..<end]
        let one = Buffer(capacity: 32)
        unsafe leaf.withUnsafeBytes { unsafe TreeHashing.sha256($0, into: one.start) }
        #expect(unsafe TreeHash(at: one.start) == TreeHash(at: hashes.start + 32 * index))
      }
    }
  }
}

extension EventLog {
  /// The format version in table `meta`.
  fileprivate func withStoredFormat(_ body: (UInt32) -> Void) throws {
    let transaction = try ReadTransaction(environment)
    var cursor = try transaction.cursor(tables.meta)
    _ = try #require(try cursor.move(.exactly(LogTables.formatKey)))
    unsafe cursor.withValue { value in unsafe body(value.load(fromByteOffset: 8, as: UInt32.self)) }
  }
}
