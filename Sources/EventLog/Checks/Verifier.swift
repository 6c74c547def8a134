internal import LMDB

extension EventLog {
  /// Reads everything and checks it: LMDB's pages, every checksum, the sequence without gaps, each header against its
  /// records, every hash tile worked out again from the records, and the root.
  ///
  /// Works beside a writer, and then checks what was there when it began.
  /// - Parameter progress: is called now and then with the records done and the records there are.
  public func verify(progress: (_ done: UInt64, _ total: UInt64) -> Void = { _, _ in }) throws(LogError) -> VerifyReport
  {
    try logErrors {
      let verifier = try Verifier(self)
      return try verifier.run(progress)
    }
  }
}

/// One check of a log.
final class Verifier {
  private let log: EventLog
  private let file: String
  private let last: UInt64
  private let decoder = FrameDecoder()
  private var report: VerifyReport
  private var next: UInt64 = 1
  /// Hashes of each level that are not yet a whole tile, worked out from the records.
  private var levels: [[TreeHash]] = []
  private let leaves = Buffer(capacity: LogTables.tileByteCount)

  init(_ log: EventLog) throws {
    self.log = log
    file = log.environment.dataFile
    report = VerifyReport(path: log.path)
    last = try log.storedLastSequence()
  }

  func run(_ progress: (UInt64, UInt64) -> Void) throws -> VerifyReport {
    report.fileByteCount = log.environment.usage.usedBytes
    guard try checkPages() else { return report }
    while next <= last, report.problems.count < VerifyReport.mostProblems {
      let before = next
      try checkPage()
      progress(min(next - 1, last), last)
      if next == before { break }
    }
    try checkEnd()
    for path in log.index?.damagedFiles() ?? [] {
      let reason = "it is not as it was written; stop the daemon and remove the folder: it is made again from the log"
      report.problems.append(.init(file: path, place: "the index", sequence: nil, reason: reason))
    }
    return report
  }

  private func note(_ place: String, _ sequence: UInt64?, _ reason: String) {
    report.problems.append(.init(file: file, place: place, sequence: sequence, reason: reason))
  }

  /// While a read transaction is open, no page of this commit is used again.
  private func checkPages() throws -> Bool {
    let transaction = try ReadTransaction(log.environment)
    defer { withExtendedLifetime(transaction) {} }
    do {
      try DataFile.check(file, thoroughly: true)
      return true
    } catch {
      note("its pages", nil, error.message)
      return false
    }
  }

  /// Checks up to 64 values of table `frames`, or the tail.
  private func checkPage() throws {
    let transaction = try ReadTransaction(log.environment)
    var cursor = try transaction.cursor(log.tables.frames)
    var move = Cursor.Move.notBelow(next)
    for _ in 0..<64 where next <= last {
      guard let key = try cursor.move(move) else {
        if move == .next { return }
        return try checkTail(transaction)
      }
      move = .next
      if key > last { return try checkTail(transaction) }
      if key != next {
        note("sequence \(next)", next, "records \(next) to \(key - 1) are missing")
        skip(to: key)
      }
      try unsafe cursor.withValue { value in try unsafe checkValue(value, key, transaction) }
    }
  }

  private func checkValue(
    _ value: UnsafeRawBufferPointer, _ key: UInt64, _ transaction: borrowing ReadTransaction
  ) throws {
    do {
      try unsafe FrameReading.forEachFrame(in: value, key: key, path: file) { header, stored in
        if header.firstSequence > last { return false }
        try unsafe checkFrame(header, stored, transaction)
        return report.problems.count < VerifyReport.mostProblems
      }
    } catch LogError.damaged(_, let place, let reason) {
      note(place, next, reason)
      var following = try transaction.cursor(log.tables.frames)
      skip(to: try following.move(.notBelow(key + 1)) ?? max(next, last + 1))
    }
  }

  private func checkFrame(
    _ header: FrameHeader, _ stored: UnsafeRawBufferPointer, _ transaction: borrowing ReadTransaction
  ) throws {
    let tile = (header.firstSequence - 1) / UInt64(FrameHeader.recordsPerFrame)
    next = header.lastSequence + 1
    do {
      try unsafe decoder.decode(header, stored, path: file)
    } catch LogError.damaged(_, let place, let reason) {
      note(place, header.firstSequence, reason)
      // The stored hash stands in, so that one damaged frame is one problem.
      return try storedRoot(tile, transaction).map { root in try add(root: root, transaction) } ?? (isBroken = true)
    }
    let offsets = decoder.recordOffsets
    checkFacts(header, offsets)
    unsafe TreeHashing.leaves(decoder.bundle.start, offsets: offsets, into: leaves.start)
    let root = unsafe TreeHashing.root(leaves.start, count: 256)
    try compareStored(leaves: tile, first: header.firstSequence, transaction)
    if let stored = try storedRoot(tile, transaction), stored != root {
      let place = "the frame of sequence \(header.firstSequence)"
      note(place, header.firstSequence, "its records are not those that hash \(tile) of level 1 was made of")
      try add(root: stored, transaction)
    } else {
      try add(root: root, transaction)
    }
    count(header)
  }

  /// A frame's hash at level 1, as it is stored.
  private func storedRoot(_ tile: UInt64, _ transaction: borrowing ReadTransaction) throws -> TreeHash? {
    let hash = Buffer(capacity: TreeHash.byteCount)
    let isThere = try unsafe TreeReading(log: log).readStored(
      level: 1, index: tile / 256, first: Int(tile % 256), count: 1, into: hash.start, transaction)
    return isThere ? unsafe TreeHash(at: hash.start) : nil
  }

  /// Compares leaf hashes with the tile of theirs that a log of format 1 stored.
  private func compareStored(
    leaves index: UInt64, first: UInt64, _ transaction: borrowing ReadTransaction
  ) throws {
    let stored = Buffer(capacity: LogTables.tileByteCount)
    guard
      try unsafe TreeReading(log: log).readStored(
        level: 0, index: index, first: 0, count: 256, into: stored.start, transaction),
      let place = (0..<256).first(where: { place in
        unsafe TreeHash(at: stored.start + 32 * place) != TreeHash(at: leaves.start + 32 * place)
      })
    else { return }
    let sequence = first + UInt64(place)
    note("hash tile \(index) of level 0", sequence, "record \(sequence) is not the one it was made of")
  }

  private func count(_ header: FrameHeader) {
    report.frameCount += 1
    report.recordCount += UInt64(header.count)
    report.byteCount += header.byteCount - 2 * header.count
  }

  /// Compares a header's times and types with the records'.
  private func checkFacts(_ header: FrameHeader, _ offsets: [UInt32]) {
    var found = FrameHeader(firstSequence: header.firstSequence)
    for (index, offset) in offsets.enumerated() {
      let sequence = header.firstSequence + UInt64(index)
      let end = index + 1 < offsets.count ? Int(offsets[index + 1]) : header.byteCount
      let start = Int(offset) + 2
      do {
        let record = unsafe UnsafeRawBufferPointer(start: decoder.bundle.start + start, count: end - start)
        found.add(try unsafe log.extract(record))
      } catch {
        return note("record \(sequence)", sequence, "it cannot be understood: \(error)")
      }
    }
    found.byteCount = header.byteCount
    found.storedByteCount = header.storedByteCount
    found.checksum = header.checksum
    found.packedByteCount = header.packedByteCount
    if found != header {
      note("the frame of sequence \(header.firstSequence)", header.firstSequence, "its header does not fit its records")
    }
  }

  private func checkTail(_ transaction: borrowing ReadTransaction) throws {
    let first = next
    do {
      try decoder.take { bundle in try log.reading.tail(of: first, transaction, into: bundle) }
      guard let header = decoder.header else {
        note("sequence \(first)", first, "records \(first) to \(last) are missing")
        return skip(to: last + 1)
      }
      next = header.lastSequence + 1
      let offsets = decoder.recordOffsets
      var expected = header
      expected.checksum = 0
      checkFacts(expected, offsets)
      unsafe TreeHashing.leaves(decoder.bundle.start, offsets: offsets, into: leaves.start)
      tail = (0..<header.count).map { unsafe TreeHash(at: leaves.start + 32 * $0) }
      count(header)
    } catch LogError.damaged(_, let place, let reason) {
      note(place, first, reason)
      skip(to: last + 1)
    }
  }
  private var tail: [TreeHash] = []
  private var isBroken = false

  private func skip(to sequence: UInt64) {
    next = sequence
    isBroken = true
  }
}

// MARK: The tree
extension Verifier {
  private func compare(
    level: Int, index: UInt64, _ hashes: Buffer, count: Int, first: UInt64, _ transaction: borrowing ReadTransaction
  ) throws {
    let stored = Buffer(capacity: LogTables.tileByteCount)
    do {
      try unsafe TreeReading(log: log).read(
        level: level, index: index, first: 0, count: count, into: stored.start, transaction)
    } catch LogError.damaged(_, let place, let reason) {
      return note(place, first, reason)
    }
    for place in 0..<count
    where unsafe TreeHash(at: stored.start + 32 * place) != TreeHash(at: hashes.start + 32 * place) {
      return note(
        "hash tile \(index) of level \(level)", first, "its hash \(place) is not of the hashes below")
    }
  }

  /// Adds a complete tile's root to the levels above, and compares each tile there that became complete.
  private func add(root: TreeHash, _ transaction: borrowing ReadTransaction) throws {
    if isBroken { return }
    var root = root
    for level in 1... {
      if levels.count < level { levels.append([]) }
      levels[level - 1].append(root)
      if levels[level - 1].count < 256 { return }
      try compareUpper(level, transaction)
      root = unsafe TreeHashing.root(write(levels[level - 1]), count: 256)
      levels[level - 1] = []
    }
  }

  private func write(_ hashes: [TreeHash]) -> UnsafeMutableRawPointer {
    for (index, hash) in hashes.enumerated() { unsafe hash.write(to: leaves.start + 32 * index) }
    return unsafe leaves.start
  }

  private func compareUpper(_ level: Int, _ transaction: borrowing ReadTransaction) throws {
    let below = (next - 1) >> UInt64(8 * level)
    unsafe _ = write(levels[level - 1])
    let index = (below - 1) / 256
    let first = index << UInt64(8 * (level + 1)) + 1
    try compare(level: level, index: index, leaves, count: levels[level - 1].count, first: first, transaction)
  }

  /// Compares the unfinished tiles, and works out the root.
  private func checkEnd() throws {
    if isBroken || next <= last { return }
    let transaction = try ReadTransaction(log.environment)
    for level in levels.indices where !levels[level].isEmpty { try compareUpper(level + 1, transaction) }
    // Each level's hashes are perfect subtrees of one size, larger to the left: fold them from the right.
    var root: TreeHash?
    for level in [tail] + levels where !level.isEmpty {
      root = fold(level, with: root)
    }
    report.root = root ?? .empty
    let stored = try TreeReading(log: log).root(size: last, transaction)
    if stored != report.root { note("the hash tiles", nil, "they give root \(stored), and the records \(report.root)") }
  }

  /// The root over a level's hashes and, to their right, the root of smaller ones.
  private func fold(_ hashes: [TreeHash], with right: TreeHash?) -> TreeHash {
    var root = right
    var end = hashes.count
    while end > 0 {
      let size = 1 << end.trailingZeroBitCount
      end -= size
      let subtree = unsafe TreeHashing.root(write(Array(hashes[end..<end + size])), count: size)
      root = root.map { TreeHashing.parent(subtree, $0) } ?? subtree
    }
    return root!
  }
}
