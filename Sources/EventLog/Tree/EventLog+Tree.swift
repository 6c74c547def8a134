internal import LMDB

/// RFC 6962's tree over the records: leaf *i* is record *i* + 1.
extension EventLog {
  /// The root of the tree over the first `size` records.
  /// - Throws: ``LogError/notFound(sequence:last:)`` when there are fewer.
  /// - Complexity: O(log *n*), and reading and hashing at most 255 records.
  public func root(size: UInt64) throws(LogError) -> TreeHash {
    try logErrors {
      let transaction = try ReadTransaction(environment)
      try requireSize(size, transaction)
      return try TreeReading(log: self).root(size: size, transaction)
    }
  }

  /// The first `width` hashes of a hash tile, 32 bytes each. Those of level 0 are made again from the frame, unless they
  /// are stored. Source: C2SP tlog-tiles, "Merkle Tree".
  /// - Throws: ``LogError/notFound(sequence:last:)`` when the log is not long enough.
  public func tile(level: Int, index: UInt64, width: Int = 256) throws(LogError) -> [UInt8] {
    precondition(
      (1...256).contains(width) && (0...6).contains(level), "tile \(index) of level \(level), width \(width)")
    return try logErrors {
      let transaction = try ReadTransaction(environment)
      let (leaves, overflow) = (index &* 256 &+ UInt64(width)).multipliedReportingOverflow(by: 1 << UInt64(8 * level))
      try requireSize(overflow || index > 1 << 48 ? .max : leaves, transaction)
      return try unsafe [UInt8](unsafeUninitializedCapacity: width * TreeHash.byteCount) { target, count in
        try unsafe TreeReading(log: self).read(
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
      let last = index * 256 + UInt64(width)
      return try decoders.withDecoder(holding: last) { decoder in
        if !decoder.holds(last) { try decode(last, transaction, decoder) }
        guard decoder.holds(last) else { throw gap(last) }
        let record = unsafe decoder.record(last)
        let start = unsafe UnsafeRawPointer(decoder.bundle.start)
        let byteCount = unsafe record.baseAddress! + record.count - start
        return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: byteCount))
      }
    }
  }

  private func requireSize(_ size: UInt64, _ transaction: borrowing ReadTransaction) throws {
    let last = try lastSequence(transaction)
    if size > last { throw LogError.notFound(sequence: size, last: last) }
  }
}
