/// The frame that records are written into, straight into its entry bundle. Used again for another frame once it is
/// sealed.
///
/// Sendable since one thread at a time has it: the writer's, then the one that seals it.
@safe
final class NewFrame: @unchecked Sendable {
  let bundle = Buffer(capacity: 128 << 10)
  /// Of the records that are in the log already, in pieces of table `tail`.
  private(set) var stored = FrameHeader(firstSequence: 1)
  /// Of those that came since.
  private(set) var piece = FrameHeader(firstSequence: 1)

  /// Empties it.
  func begin(firstSequence: UInt64) {
    stored = FrameHeader(firstSequence: firstSequence)
    piece = FrameHeader(firstSequence: firstSequence)
  }

  /// Takes in the unfinished frame that is in the log; its records are in `bundle` already.
  func begin(stored header: FrameHeader) {
    stored = header
    piece = FrameHeader(firstSequence: header.lastSequence + 1)
  }

  var count: Int { stored.count + piece.count }
  var byteCount: Int { stored.byteCount + piece.byteCount }
  var firstSequence: UInt64 { stored.firstSequence }
  var lastSequence: UInt64 { firstSequence + UInt64(count) - 1 }
  var isComplete: Bool { count == FrameHeader.recordsPerFrame }

  /// Takes in the record that `write` puts into the room for at most `byteCount` bytes and tells the length of.
  @inline(__always)
  func add(_ facts: RecordFacts, ofAtMost byteCount: Int, _ write: (UnsafeMutableRawPointer) -> Int) {
    let end = self.byteCount
    bundle.reserve(end + 2 + byteCount, keeping: end)
    let room = unsafe bundle.start + end + 2
    let written = unsafe write(room)
    unsafe (room - 2).storeBytes(of: UInt16(truncatingIfNeeded: written).bigEndian, as: UInt16.self)
    piece.byteCount += 2 + written
    piece.add(facts)
  }

  /// The bytes of the records that came since.
  var pieceBytes: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: bundle.start + stored.byteCount, count: piece.byteCount)
  }

  /// Takes note that everything so far is in the log.
  func pieceIsStored() {
    if piece.count == 0 { return }
    stored.add(piece)
    piece = FrameHeader(firstSequence: stored.lastSequence + 1)
  }
}

/// A complete frame as it is stored, and its hash in the tree. Empty until a ``Sealer`` has filled it.
@safe
final class SealedFrame: @unchecked Sendable {  // written by the thread that seals it, read after that
  let firstSequence: UInt64
  /// The header and the zstd frame behind it.
  private(set) var bytes = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private(set) var root = TreeHash.empty

  init(firstSequence: UInt64) { self.firstSequence = firstSequence }
  deinit { unsafe bytes.deallocate() }

  func fill(_ source: UnsafeRawBufferPointer, root: TreeHash) {
    unsafe bytes = .allocate(byteCount: source.count, alignment: 16)
    unsafe bytes.copyMemory(from: source)
    self.root = root
  }
}
