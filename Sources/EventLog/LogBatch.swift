/// Records that are collected before they are given to the log. Reuse one: emptying it keeps its memory.
public struct LogBatch: Sendable {
  /// The records as a C2SP entry bundle: for each a big-endian `UInt16` length, then its bytes.
  private(set) var bundle: [UInt8] = []
  private(set) var facts: [RecordFacts] = []

  public init() {}

  public var count: Int { facts.count }
  public var isEmpty: Bool { facts.isEmpty }
  /// Bytes of the records, with two more for each.
  public var byteCount: Int { bundle.count }

  /// The longest record the log takes: a C2SP entry bundle holds lengths in 16 bits.
  public static var longestRecord: Int { 65_535 }

  /// - Precondition: the record has at most ``longestRecord`` bytes.
  public mutating func append(record: UnsafeRawBufferPointer, facts recordFacts: RecordFacts) {
    let count = record.count
    precondition(count <= Self.longestRecord, "a record of \(count) bytes")
    bundle.append(UInt8(truncatingIfNeeded: count >> 8))
    bundle.append(UInt8(truncatingIfNeeded: count))
    unsafe bundle.append(contentsOf: record)
    facts.append(recordFacts)
  }

  /// - Precondition: the record has at most ``longestRecord`` bytes.
  public mutating func append(record: [UInt8], facts recordFacts: RecordFacts) {
    unsafe record.withUnsafeBytes { bytes in unsafe append(record: bytes, facts: recordFacts) }
  }

  /// Calls `body` with each record and what is known of it.
  func forEach(_ body: (UnsafeRawBufferPointer, RecordFacts) -> Void) {
    unsafe bundle.withUnsafeBytes { bytes in
      var offset = 0
      for recordFacts in facts {
        let count = unsafe Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
        unsafe body(UnsafeRawBufferPointer(rebasing: bytes[offset + 2..<offset + 2 + count]), recordFacts)
        offset += 2 + count
      }
    }
  }

  public mutating func removeAll(keepingCapacity: Bool = true) {
    bundle.removeAll(keepingCapacity: keepingCapacity)
    facts.removeAll(keepingCapacity: keepingCapacity)
  }

  public mutating func reserveCapacity(records: Int, byteCount: Int) {
    facts.reserveCapacity(records)
    bundle.reserveCapacity(byteCount)
  }
}
