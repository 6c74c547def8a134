internal import LMDB

/// RFC 6962's tree over the records: leaf *i* is record *i* + 1.
extension EventLog {
  /// The root of the tree over the first `size` records.
  /// - Throws: ``LogError/notFound(sequence:last:)`` when there are fewer.
  /// - Complexity: O(log *n*), and the hashes of at most 255 records.
  public func root(size: UInt64) throws(LogError) -> TreeHash {
    try logErrors {
      let transaction = try ReadTransaction(environment)
      try requireSize(size, transaction)
      return try TreeReading(reading: reading).root(size: size, transaction)
    }
  }

  /// The first `width` hashes of a hash tile, 32 bytes each. Source: C2SP tlog-tiles, "Merkle Tree".
  /// - Throws: ``LogError/notFound(sequence:last:)`` when the log is not long enough.
  public func tile(level: Int, index: UInt64, width: Int = 256) throws(LogError) -> [UInt8] {
    precondition(
      (1...256).contains(width) && (0...6).contains(level), "tile \(index) of level \(level), width \(width)")
    return try logErrors {
      let transaction = try ReadTransaction(environment)
      let (leaves, overflow) = (index &* 256 &+ UInt64(width)).multipliedReportingOverflow(by: 1 << UInt64(8 * level))
      try requireSize(overflow || index > 1 << 48 ? .max : leaves, transaction)
      return try unsafe [UInt8](unsafeUninitializedCapacity: width * TreeHash.byteCount) { target, count in
        try unsafe TreeReading(reading: reading).read(
          level: level, index: index, first: 0, count: width, into: UnsafeMutableRawPointer(target.baseAddress!),
          transaction)
        count = width * TreeHash.byteCount
      }
    }
  }

  /// The first `width` records of frame `index` as an entry bundle. Source: C2SP tlog-tiles, "Log Entries".
  public func entryBundle(index: UInt64, width: Int = 256) throws(LogError) -> [UInt8] {
    precondition((1...256).contains(width), "an entry bundle of \(width) records")
    return try logErrors {
      let transaction = try ReadTransaction(environment)
      try requireSize(index > 1 << 48 ? .max : index * 256 + UInt64(width), transaction)
      return try withDecoder { decoder in
        guard let header = try decode(index * 256 + 1, transaction, decoder) else { return [] }
        let bytes = unsafe UnsafeRawBufferPointer(start: decoder.bundle.start, count: header.byteCount)
        var end = 0
        for _ in 0..<width { unsafe end += 2 + (Int(bytes[end]) << 8 | Int(bytes[end + 1])) }
        return unsafe [UInt8](bytes[..<end])
      }
    }
  }

  private func requireSize(_ size: UInt64, _ transaction: borrowing ReadTransaction) throws {
    let last = try lastSequence(transaction)
    if size > last { throw LogError.notFound(sequence: size, last: last) }
  }
}
