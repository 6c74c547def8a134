/// Records on their way into the log, in order. Reuse one: emptying it keeps its memory.
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

  /// Takes over the records of another batch, behind those that are here.
  public mutating func append(contentsOf other: borrowing LogBatch) {
    bundle.append(contentsOf: other.bundle)
    facts.append(contentsOf: other.facts)
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
