internal import LMDB

extension EventLog {
  /// One record.
  /// - Throws: ``LogError/notFound(sequence:last:)`` unless `sequence` is in 1...``lastSequence``.
  public func record(_ sequence: UInt64) throws(LogError) -> [UInt8] {
    try unsafe withRecord(sequence) { record in unsafe [UInt8](record) }
  }

  /// Calls `body` with one record, behind which 64 more bytes may be read; they are valid inside it only. Records near
  /// one that was read before cost no decompressing: the frames read last are kept.
  /// - Throws: ``LogError/notFound(sequence:last:)`` unless `sequence` is in 1...``lastSequence``.
  public func withRecord<R>(_ sequence: UInt64, _ body: (UnsafeRawBufferPointer) throws -> R) throws(LogError) -> R {
    try logErrors {
      try decoders.withDecoder(holding: sequence) { decoder in
        if !decoder.holds(sequence) {
          let transaction = try ReadTransaction(environment)
          try decode(sequence, transaction, decoder)
          guard decoder.holds(sequence) else {
            throw LogError.notFound(sequence: sequence, last: try lastSequence(transaction))
          }
        }
        return try unsafe body(decoder.record(sequence))
      }
    }
  }

  /// Frames in order, from the one that holds `from` to the one that holds `to` or the newest, the unfinished one too.
  ///
  /// A frame that `wants` refuses is not decompressed. Each page of frames has its own read transaction, so old pages
  /// are not kept for long. Stops when `body` says false.
  public func forEachFrame(
    from: UInt64 = 1, to: UInt64? = nil, wants: (FrameHeader) throws -> Bool = { _ in true },
    body: (borrowing Frame) throws -> Bool
  ) throws {
    let last = min(to ?? .max, lastSequence)
    let decoder = FrameDecoder()
    var next = Self.frameStart(max(from, 1))
    while next <= last {
      guard let reached = try page(from: next, to: last, decoder, wants, body) else { return }
      next = reached
    }
  }

  static func frameStart(_ sequence: UInt64) -> UInt64 {
    sequence - (sequence - 1) % UInt64(FrameHeader.recordsPerFrame)
  }

  /// Reads one page of frames; returns where the next begins, or nil when `body` has enough.
  private func page(
    from start: UInt64, to last: UInt64, _ decoder: FrameDecoder,
    _ wants: (FrameHeader) throws -> Bool, _ body: (borrowing Frame) throws -> Bool
  ) throws -> UInt64? {
    let transaction = try ReadTransaction(environment)
    var next = start
    var isWanted = true
    var cursor = try transaction.cursor(tables.frames)
    var move = Cursor.Move.notAbove(start)
    while isWanted, next <= last, next - start < Self.recordsPerPage, let key = try cursor.move(move) {
      let before = next
      try unsafe cursor.withValue { value in
        try unsafe FrameReading.forEachFrame(in: value, key: key, path: environment.dataFile) { header, stored in
          if header.firstSequence < next { return true }
          if header.firstSequence > last { return false }
          guard header.firstSequence == next else { throw gap(next) }
          next = header.lastSequence + 1
          if try wants(header) {
            try unsafe decoder.decode(header, stored, path: environment.dataFile)
            isWanted = try give(header, decoder, body)
          }
          return isWanted
        }
      }
      if next == before { break }
      move = .next
    }
    if !isWanted { return nil }
    if next > last || next > start { return next }
    return try giveTail(next, transaction, decoder, wants, body)
  }

  private static var recordsPerPage: UInt64 { 64 * UInt64(FrameHeader.recordsPerFrame) }

  func gap(_ sequence: UInt64) -> LogError {
    .damaged(path: environment.dataFile, place: "sequence \(sequence)", reason: "its frame is missing")
  }

  /// Gives the unfinished frame, which ends the log: there is no next one, so the answer is always nil.
  private func giveTail(
    _ first: UInt64, _ transaction: borrowing ReadTransaction, _ decoder: FrameDecoder,
    _ wants: (FrameHeader) throws -> Bool, _ body: (borrowing Frame) throws -> Bool
  ) throws -> UInt64? {
    guard let header = try reading.tail(of: first, transaction, into: decoder.bundle) else { throw gap(first) }
    if try wants(header) { _ = try give(header, decoder, body) }
    return nil
  }

  func give(
    _ header: FrameHeader, _ decoder: FrameDecoder, _ body: (borrowing Frame) throws -> Bool
  ) throws -> Bool {
    let bundle = unsafe UnsafeMutableRawBufferPointer(start: decoder.bundle.start, count: header.byteCount)
    return try unsafe body(Frame(header: header, bundle: bundle))
  }

  /// Decodes the frame that holds `sequence`, complete or not; when the log has none, the decoder holds nothing.
  func decode(
    _ sequence: UInt64, _ transaction: borrowing ReadTransaction, _ decoder: FrameDecoder
  ) throws {
    decoder.take { _ in nil }
    if sequence == 0 { return }
    let first = Self.frameStart(sequence)
    var frames = try transaction.cursor(tables.frames)
    if let key = try frames.move(.notAbove(first)) {
      try unsafe frames.withValue { value in
        try unsafe FrameReading.forEachFrame(in: value, key: key, path: environment.dataFile) { header, stored in
          guard header.firstSequence == first else { return true }
          try unsafe decoder.decode(header, stored, path: environment.dataFile)
          return false
        }
      }
    }
    if decoder.header != nil { return }
    var tail = try transaction.cursor(tables.tail)
    guard try tail.move(.first) == first else { return }
    try decoder.take { bundle in try reading.tail(of: first, transaction, into: bundle) }
  }

  // MARK: The end of the log

  func storedLastSequence() throws -> UInt64 {
    try lastSequence(ReadTransaction(environment))
  }

  /// The last sequence of a transaction's moment.
  func lastSequence(_ transaction: borrowing ReadTransaction) throws -> UInt64 {
    if let tail = try headerOfLast(tables.tail, transaction) { return tail.lastSequence }
    return try headerOfLast(tables.frames, transaction)?.lastSequence ?? 0
  }

  /// The header of the last frame or piece in a table.
  private func headerOfLast(_ table: Table, _ transaction: borrowing ReadTransaction) throws -> FrameHeader? {
    var cursor = try transaction.cursor(table)
    guard let key = try cursor.move(.last) else { return nil }
    do {
      return try unsafe cursor.withValue { value in
        var last: FrameHeader?
        var rest = unsafe value
        while unsafe !rest.isEmpty {
          let header = try unsafe FrameHeader(reading: rest)
          unsafe rest = UnsafeRawBufferPointer(rebasing: rest[(FrameHeader.byteCount + header.storedByteCount)...])
          last = header
        }
        return last
      }
    } catch let damage as FrameDamage {
      throw LogError.damaged(
        path: environment.dataFile, place: "table \(table.name), sequence \(key)", reason: damage.reason)
    }
  }
}
