internal import LMDB

/// The newest end of the log in memory, and how a batch is added to it. Belongs to the writer's thread.
@safe
final class LogWriter {
  private let environment: Environment
  private let tables: LogTables
  private let compressor = Compressor()
  private let tree = TreeEdge()

  /// The unfinished frame: its header so far, its entry bundle, and where each record begins in it.
  private var header = FrameHeader(firstSequence: 1)
  private let bundle = Buffer(capacity: 256 << 10)
  private var offsets: [UInt32] = []
  private var hasTail = false

  /// The frames that will be the next whole value of table `frames`. Until they are, each batch stores its own as a
  /// small value, so that no page is written, and freed, again and again.
  private let value = Buffer(capacity: 512 << 10)
  private var valueByteCount = 0
  private var valueKey: UInt64 = 1
  /// How much of it is stored, and under which keys.
  private var storedByteCount = 0
  private var storedKeys: [UInt64] = []
  private var nextKey: UInt64 = 1

  init(_ environment: Environment, _ tables: LogTables) {
    self.environment = environment
    self.tables = tables
    offsets.reserveCapacity(FrameHeader.recordsPerFrame)
  }

  var lastSequence: UInt64 { header.firstSequence + UInt64(header.count) - 1 }

  /// Adds the batch in one transaction; on return it is on disk. After an error the writer must be loaded again.
  func append(_ batch: borrowing LogBatch) throws {
    let transaction = try WriteTransaction(environment)
    var index = 0
    var offset = 0
    while index < batch.count {
      let pieceFirst = header.count
      let pieceOffset = header.byteCount
      let taken = min(FrameHeader.recordsPerFrame - header.count, batch.count - index)
      take(taken, of: batch, from: &index, at: &offset)
      if header.count == FrameHeader.recordsPerFrame {
        try sealFrame(transaction)
      } else {
        try putTail(batch.facts[(index - taken)..<index], first: pieceFirst, offset: pieceOffset, transaction)
      }
    }
    if valueByteCount > storedByteCount { try putPiece(transaction) }
    try tree.finishBatch(transaction, tables)
    try transaction.commit()
  }

  /// Copies the next `count` records of the batch into the unfinished frame.
  private func take(_ count: Int, of batch: borrowing LogBatch, from index: inout Int, at offset: inout Int) {
    let start = offset
    unsafe batch.bundle.withUnsafeBytes { bytes in
      for facts in batch.facts[index..<index + count] {
        offsets.append(UInt32(header.byteCount + offset - start))
        header.add(facts)
        unsafe offset += 2 + (Int(bytes[offset]) << 8 | Int(bytes[offset + 1]))
      }
      let added = offset - start
      bundle.reserve(header.byteCount + added, keeping: header.byteCount)
      unsafe (bundle.start + header.byteCount).copyMemory(from: bytes.baseAddress! + start, byteCount: added)
      header.byteCount += added
    }
    index += count
  }

  /// Moves the frame, now complete, from `tail` to `frames`, with its leaf hashes.
  private func sealFrame(_ transaction: borrowing WriteTransaction) throws {
    unsafe TreeHashing.leaves(bundle.start, offsets: offsets, into: tree.nextTile)
    try tree.addTile(transaction, tables)
    try compressFrame(transaction)
    if hasTail { try transaction.removeAll(tables.tail) }
    hasTail = false
    header = FrameHeader(firstSequence: header.firstSequence + UInt64(FrameHeader.recordsPerFrame))
    offsets.removeAll(keepingCapacity: true)
  }

  private func compressFrame(_ transaction: borrowing WriteTransaction) throws {
    let room = FrameHeader.byteCount + Compressor.bound(header.byteCount)
    value.reserve(valueByteCount + room, keeping: valueByteCount)
    let frame = unsafe value.start + valueByteCount
    let body = unsafe frame + FrameHeader.byteCount
    header.storedByteCount = unsafe compressor.compress(
      UnsafeRawBufferPointer(start: bundle.start, count: header.byteCount),
      into: UnsafeMutableRawBufferPointer(start: body, count: room - FrameHeader.byteCount))
    header.checksum = unsafe loadWord(
      UnsafeRawBufferPointer(start: body, count: header.storedByteCount), header.storedByteCount - 4, UInt32.self)
    unsafe header.write(to: frame)
    let byteCount = FrameHeader.byteCount + header.storedByteCount
    if valueByteCount > 0, valueByteCount + byteCount > LogTables.frameValueByteCount {
      try closeValue(transaction)
      unsafe value.start.copyMemory(from: frame, byteCount: byteCount)
    }
    if valueByteCount == 0 { valueKey = header.firstSequence }
    if valueByteCount == storedByteCount { nextKey = header.firstSequence }
    valueByteCount += byteCount
  }

  /// Stores the frames of this batch that do not fill a value.
  private func putPiece(_ transaction: borrowing WriteTransaction) throws {
    let bytes = unsafe UnsafeRawBufferPointer(
      start: value.start + storedByteCount, count: valueByteCount - storedByteCount)
    try unsafe transaction.put(tables.frames, nextKey, bytes)
    storedKeys.append(nextKey)
    storedByteCount = valueByteCount
  }

  /// Stores the value, now whole, in place of its pieces.
  private func closeValue(_ transaction: borrowing WriteTransaction) throws {
    if storedByteCount < valueByteCount || storedKeys.count > 1 {
      for key in storedKeys.dropFirst() { try transaction.remove(tables.frames, key) }
      try unsafe transaction.put(
        tables.frames, valueKey, UnsafeRawBufferPointer(start: value.start, count: valueByteCount))
    }
    valueByteCount = 0
    storedByteCount = 0
    storedKeys.removeAll(keepingCapacity: true)
  }

  /// Puts the records of the unfinished frame that came with this batch, as they are.
  private func putTail(
    _ facts: ArraySlice<RecordFacts>, first: Int, offset: Int, _ transaction: borrowing WriteTransaction
  ) throws {
    var piece = FrameHeader(firstSequence: header.firstSequence + UInt64(first))
    for facts in facts { piece.add(facts) }
    let bytes = unsafe UnsafeRawBufferPointer(start: bundle.start + offset, count: header.byteCount - offset)
    piece.byteCount = bytes.count
    piece.storedByteCount = bytes.count
    unsafe piece.checksum = XXH64.low(bytes)
    try unsafe transaction.put(tables.tail, piece.firstSequence, byteCount: FrameHeader.byteCount + bytes.count) {
      target in
      unsafe piece.write(to: target.baseAddress!)
      unsafe (target.baseAddress! + FrameHeader.byteCount).copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
    }
    hasTail = true
  }
}

extension LogWriter {
  /// Reads the newest end of the log as it is on disk.
  func load() throws {
    let transaction = try ReadTransaction(environment)
    try loadNewestValue(transaction)
    try loadTail(transaction)
    let frames = (header.firstSequence - 1) / UInt64(FrameHeader.recordsPerFrame)
    try tree.load(frames: frames, transaction, tables)
  }

  /// A value was closed since the next frame did not fit; so the newest ones that fit together are the unfinished one.
  private func loadNewestValue(_ transaction: borrowing ReadTransaction) throws {
    header = FrameHeader(firstSequence: 1)
    valueByteCount = 0
    storedKeys.removeAll(keepingCapacity: true)
    var cursor = try transaction.cursor(tables.frames)
    var move = Cursor.Move.last
    while let key = try cursor.move(move) {
      let byteCount = unsafe cursor.withValue { $0.count }
      if !storedKeys.isEmpty, valueByteCount + byteCount > LogTables.frameValueByteCount { break }
      valueByteCount += byteCount
      storedKeys.append(key)
      move = .previous
    }
    storedKeys.reverse()
    storedByteCount = valueByteCount
    value.reserve(valueByteCount, keeping: 0)
    valueKey = storedKeys.first ?? 1
    var filled = 0
    for key in storedKeys {
      _ = try cursor.move(.exactly(key))
      unsafe cursor.withValue { bytes in
        unsafe (value.start + filled).copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
        filled += bytes.count
      }
    }
    let whole = unsafe UnsafeRawBufferPointer(start: value.start, count: valueByteCount)
    try unsafe FrameReading.forEachFrame(in: whole, key: valueKey, path: environment.dataFile) { frame, _ in
      header = FrameHeader(firstSequence: frame.lastSequence + 1)
      return true
    }
  }

  private func loadTail(_ transaction: borrowing ReadTransaction) throws {
    offsets.removeAll(keepingCapacity: true)
    hasTail = false
    let reading = FrameReading(environment, tables)
    guard let tail = try reading.tail(of: header.firstSequence, transaction, into: bundle) else { return }
    header = tail
    hasTail = true
    offsets = bundle.recordOffsets(byteCount: header.byteCount)
  }
}
