internal import LMDB

/// Finds frames in the log's tables and checks what it finds.
struct FrameReading {
  let environment: Environment
  let tables: LogTables

  init(_ environment: Environment, _ tables: LogTables) {
    self.environment = environment
    self.tables = tables
  }

  /// Walks the frames of one value of table `frames`, with the bytes stored behind each header, until `body` says false.
  static func forEachFrame(
    in value: UnsafeRawBufferPointer, key: UInt64, path: String,
    _ body: (FrameHeader, UnsafeRawBufferPointer) throws -> Bool
  ) throws {
    var rest = unsafe value
    var expected = key
    while unsafe !rest.isEmpty {
      let header = try unsafe header(rest, expected, path)
      let end = FrameHeader.byteCount + header.storedByteCount
      let stored = unsafe UnsafeRawBufferPointer(rebasing: rest[FrameHeader.byteCount..<end])
      if try unsafe !body(header, stored) { return }
      unsafe rest = UnsafeRawBufferPointer(rebasing: rest[end...])
      expected += UInt64(FrameHeader.recordsPerFrame)
    }
  }

  private static func header(
    _ bytes: UnsafeRawBufferPointer, _ expected: UInt64, _ path: String
  ) throws -> FrameHeader {
    let place = "the frame of sequence \(expected)"
    do throws(FrameDamage) {
      let header = try unsafe FrameHeader(reading: bytes)
      guard header.firstSequence == expected, (expected - 1).isMultiple(of: UInt64(FrameHeader.recordsPerFrame)),
        header.count == FrameHeader.recordsPerFrame
      else {
        throw FrameDamage(reason: "it holds \(header.count) records from sequence \(header.firstSequence)")
      }
      return header
    } catch {
      throw LogError.damaged(path: path, place: place, reason: error.reason)
    }
  }

  /// Collects the pieces of the unfinished frame that begins at `first` into `bundle`; nil when there are none.
  func tail(
    of first: UInt64, _ transaction: borrowing ReadTransaction, into bundle: Buffer
  ) throws -> FrameHeader? {
    var whole = FrameHeader(firstSequence: first)
    var cursor = try transaction.cursor(tables.tail)
    var move = Cursor.Move.first
    while let key = try cursor.move(move) {
      do {
        try unsafe cursor.withValue { value in try unsafe add(value, to: &whole, bundle) }
      } catch let damage as FrameDamage {
        throw LogError.damaged(path: environment.dataFile, place: "the tail, sequence \(key)", reason: damage.reason)
      }
      move = .next
    }
    whole.storedByteCount = whole.byteCount
    return whole.count == 0 ? nil : whole
  }

  private func add(_ value: UnsafeRawBufferPointer, to whole: inout FrameHeader, _ bundle: Buffer) throws {
    let piece = try unsafe Self.piece(value, expected: whole.firstSequence + UInt64(whole.count))
    bundle.reserve(whole.byteCount + piece.byteCount, keeping: whole.byteCount)
    unsafe (bundle.start + whole.byteCount).copyMemory(
      from: value.baseAddress! + FrameHeader.byteCount, byteCount: piece.byteCount)
    whole.add(piece)
  }

  /// The header of a piece of the tail, after every check of the piece.
  private static func piece(
    _ value: UnsafeRawBufferPointer, expected: UInt64
  ) throws(FrameDamage) -> FrameHeader {
    let piece = try unsafe FrameHeader(reading: value)
    let bytes = unsafe UnsafeRawBufferPointer(rebasing: value[FrameHeader.byteCount...])
    guard piece.firstSequence == expected else {
      throw FrameDamage(reason: "sequence \(expected) should follow, and \(piece.firstSequence) does")
    }
    guard piece.byteCount == bytes.count, piece.storedByteCount == bytes.count,
      (expected - 1) % UInt64(FrameHeader.recordsPerFrame) + UInt64(piece.count) < UInt64(FrameHeader.recordsPerFrame)
    else { throw FrameDamage(reason: "its length is not what its header says") }
    guard unsafe XXH64.low(bytes) == piece.checksum else {
      throw FrameDamage(reason: "its records do not match their checksum")
    }
    guard unsafe recordCount(bytes) == piece.count else {
      throw FrameDamage(reason: "it does not hold the \(piece.count) records its header says")
    }
    return piece
  }

  /// How many records an entry bundle holds, or nil if its lengths do not add up.
  static func recordCount(_ bundle: UnsafeRawBufferPointer) -> Int? {
    var offset = 0
    var count = 0
    while offset + 2 <= bundle.count {
      unsafe offset += 2 + (Int(bundle[offset]) << 8 | Int(bundle[offset + 1]))
      count += 1
    }
    return offset == bundle.count ? count : nil
  }
}
