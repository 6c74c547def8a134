internal import LMDB

/// The newest end of the log in memory, and how records are added to it. Used by one thread at a time.
@safe
final class LogWriter {
  private let environment: Environment
  private let tables: LogTables
  private let tree = TreeEdge()
  private let threads: any LogThreads
  private let pool: SealingPool

  /// The unfinished frame.
  private var frame: NewFrame
  /// The frames that were completed since the last commit.
  private var sealed: [SealedFrame] = []
  /// What is known of each record since the last commit.
  private(set) var facts: [RecordFacts] = []
  /// Bytes of the records in frames completed since the last commit.
  private var sealedByteCount = 0
  private var hasTail = false

  /// The frames that will be the next whole value of table `frames`. Until they are, each commit stores its own as a
  /// small value, so that no page is written, and freed, again and again.
  private let value = Buffer(capacity: 512 << 10)
  private var valueByteCount = 0
  private var valueKey: UInt64 = 1
  /// How much of it is stored, and under which keys.
  private var storedByteCount = 0
  private var storedKeys: [UInt64] = []
  private var nextKey: UInt64 = 1

  /// The writer seals too, so with it there are as many as processors, up to nine.
  private static let mostSealers = 8

  init(_ environment: Environment, _ tables: LogTables, _ threads: any LogThreads) {
    self.environment = environment
    self.tables = tables
    self.threads = threads
    pool = SealingPool(mostHelpers: min(Self.mostSealers, max(1, threads.processorCount - 1)), threads)
    frame = pool.takeFrame()
  }

  /// The last sequence added, on disk or not yet.
  var lastSequence: UInt64 { frame.lastSequence }

  /// Bytes of the records since the last commit, with two more for each.
  var addedByteCount: Int { sealedByteCount + frame.piece.byteCount }

  /// Lets `body` add records.
  func addRecords(_ body: (inout RecordAdder) -> Void) {
    var adder = RecordAdder(self, frame, facts)
    facts = []  // so that the list has one owner
    body(&adder)
    (frame, facts) = adder.finish()
  }

  /// Has a complete frame sealed.
  /// - Returns: the next one.
  func seal(_ frame: NewFrame) -> NewFrame {
    let complete = SealedFrame(firstSequence: frame.firstSequence)
    let lastSequence = frame.lastSequence
    sealedByteCount += frame.piece.byteCount
    sealed.append(complete)
    pool.seal(frame, into: complete)
    let next = pool.takeFrame()
    next.begin(firstSequence: lastSequence + 1)
    return next
  }

  /// Writes what was added in one transaction; on return it is on disk. After an error the writer must be loaded again.
  /// - Parameter whenDurable: is given what is known of each record.
  func commit(whenDurable: ([RecordFacts]) -> Void) throws {
    pool.sealRest()
    try threads.wait {
      pool.waitForHelpers()
      try store()
    }
    whenDurable(facts)
    frame.pieceIsStored()
    sealed.removeAll(keepingCapacity: true)
    facts.removeAll(keepingCapacity: true)
    sealedByteCount = 0
  }

  private func store() throws {
    let transaction = try WriteTransaction(environment)
    if !sealed.isEmpty { try putSealed(transaction) }
    if frame.piece.count > 0 { try putTail(transaction) }
    try transaction.commit()
  }

  /// Moves the frames that are now complete from `tail` to `frames`, with their hashes.
  private func putSealed(_ transaction: borrowing WriteTransaction) throws {
    for frame in sealed {
      try addToValue(frame, transaction)
      try tree.add(frame.root, transaction, tables)
    }
    if valueByteCount > storedByteCount { try putPiece(transaction) }
    try tree.finishBatch(transaction, tables)
    if hasTail { try transaction.removeAll(tables.tail) }
    hasTail = false
  }

  private func addToValue(_ frame: SealedFrame, _ transaction: borrowing WriteTransaction) throws {
    let byteCount = unsafe frame.bytes.count
    if valueByteCount > 0, valueByteCount + byteCount > LogTables.frameValueByteCount {
      try closeValue(transaction)
    }
    if valueByteCount == 0 { valueKey = frame.firstSequence }
    if valueByteCount == storedByteCount { nextKey = frame.firstSequence }
    value.reserve(valueByteCount + byteCount, keeping: valueByteCount)
    unsafe (value.start + valueByteCount).copyMemory(from: frame.bytes.baseAddress!, byteCount: byteCount)
    valueByteCount += byteCount
  }

  /// Stores the frames of this commit that do not fill a value.
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

  /// Puts the records of the unfinished frame that came since the last commit, as they are.
  private func putTail(_ transaction: borrowing WriteTransaction) throws {
    var piece = frame.piece
    let bytes = unsafe frame.pieceBytes
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
  /// Reads the newest end of the log as it is on disk, and forgets everything that was added since.
  func load() throws {
    pool.finish()
    sealed.removeAll(keepingCapacity: true)
    facts.removeAll(keepingCapacity: true)
    sealedByteCount = 0
    let transaction = try ReadTransaction(environment)
    try loadNewestValue(transaction)
    try loadTail(transaction)
    let frames = (frame.firstSequence - 1) / UInt64(FrameHeader.recordsPerFrame)
    try tree.load(frames: frames, transaction, tables)
  }

  /// A value was closed since the next frame did not fit; so the newest ones that fit together are the unfinished one.
  private func loadNewestValue(_ transaction: borrowing ReadTransaction) throws {
    frame.begin(firstSequence: 1)
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
    try unsafe FrameReading.forEachFrame(in: whole, key: valueKey, path: environment.dataFile) { header, _ in
      frame.begin(firstSequence: header.lastSequence + 1)
      return true
    }
  }

  private func loadTail(_ transaction: borrowing ReadTransaction) throws {
    hasTail = false
    let reading = FrameReading(environment, tables)
    guard let tail = try reading.tail(of: frame.firstSequence, transaction, into: frame.bundle) else { return }
    frame.begin(stored: tail)
    hasTail = true
  }
}
