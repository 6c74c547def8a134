import Crypto
import EventLog
import Testing

/// RFC 6962, section 2.1, word for word.
private func naiveRoot(_ records: ArraySlice<[UInt8]>) -> [UInt8] {
  if records.isEmpty { return Array(SHA256.hash(data: [UInt8]())) }
  if records.count == 1 { return Array(SHA256.hash(data: [0] + records.first!)) }
  var split = 1
  while split * 2 < records.count { split *= 2 }
  let middle = records.startIndex + split
  return Array(SHA256.hash(data: [1] + naiveRoot(records[..<middle]) + naiveRoot(records[middle...])))
}

struct TreeTests {
  /// Source: google/certificate-transparency-go, merkletree/merkle_tree_test.go, `testRoots`.
  @Test func `roots are those of the test vectors of Certificate Transparency`() throws {
    let records: [[UInt8]] = [
      [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], Array(0x40...0x43), Array(0x50...0x57), Array(0x60...0x6F),
    ]
    let roots = [
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    let folder = try TemporaryFolder()
    let log = try EventLog.open(folder.path)
    var batch = LogBatch()
    for (index, record) in records.enumerated() {
      let identity = Fingerprint(high: UInt64(index), low: 0)
      batch.append(
        record: record, facts: RecordFacts(eventTime: 0, recordedTime: 0, typeBit: 1, identity: identity))
    }
    try log.append(batch)
    for size in 0...8 { #expect(try log.root(size: UInt64(size)).description == roots[size]) }
  }

  @Test(arguments: [11, 12] as [UInt64])
  func `roots and tiles of any size are those of a naive tree`(seed: UInt64) throws {
    print("seed \(seed)")
    var random = SeededGenerator(state: seed)
    let folder = try TemporaryFolder()
    var records: [[UInt8]] = []
    let log = try EventLog.open(folder.path)
    while records.count < 256 * 40 {
      var batch = LogBatch()
      for _ in 0..<Int.random(in: 1...2_000, using: &random) {
        let record = TestRecord(
          number: UInt64(records.count + 1), subject: nil, filler: Int.random(in: 0...80, using: &random), &random)
        records.append(record.bytes)
        batch.append(record: record.bytes, facts: record.facts)
      }
      try log.append(batch)
    }
    var sizes = [1, 2, 255, 256, 257, 4_096, 4_097, 8_192, records.count - 1, records.count]
    for _ in 0..<10 { sizes.append(Int.random(in: 1...records.count, using: &random)) }
    for size in sizes {
      #expect(try log.root(size: UInt64(size)).bytes == naiveRoot(records[..<size]), "size \(size)")
    }
    for index in [0, 15, 16, 39] {
      let leaves = records[index * 256..<(index + 1) * 256].flatMap { SHA256.hash(data: [0] + $0) }
      #expect(try log.tile(level: 0, index: UInt64(index)) == leaves)
      let bundle = records[index * 256..<index * 256 + 7].flatMap {
        [UInt8($0.count >> 8), UInt8($0.count & 255)] + $0
      }
      #expect(try log.entryBundle(index: UInt64(index), width: 7) == bundle)
    }
    let parents = (0..<40).flatMap { naiveRoot(records[$0 * 256..<($0 + 1) * 256]) }
    #expect(try log.tile(level: 1, index: 0, width: 40) == parents)
    let rest = records.count % 256
    if rest > 0 {
      let leaves = records.suffix(rest).flatMap { SHA256.hash(data: [0] + $0) }
      #expect(try log.tile(level: 0, index: UInt64(records.count / 256), width: rest) == leaves)
    }
    #expect(throws: LogError.self) { try log.tile(level: 0, index: UInt64(records.count / 256), width: rest + 1) }
    #expect(throws: LogError.self) { try log.root(size: UInt64(records.count + 1)) }
    #expect(try log.verify().root == log.root(size: log.lastSequence))
  }

  @Test func `a tree of three levels is verified, level by level`() throws {
    let folder = try TemporaryFolder()
    let log = try EventLog.open(folder.path)
    var number: UInt64 = 0
    var random = SeededGenerator(state: 5)
    for size in [65_536, 300] {
      var batch = LogBatch()
      for _ in 0..<size {
        number += 1
        let record = TestRecord(number: number, subject: nil, filler: 0, &random)
        batch.append(record: record.bytes, facts: record.facts)
      }
      try log.append(batch)
      let report = try log.verify()
      #expect(report.problems == [])
      #expect(report.root == (try log.root(size: number)))
      #expect(report.recordCount == number)
    }
    #expect(try log.tile(level: 2, index: 0, width: 1).count == 32)
  }
}
