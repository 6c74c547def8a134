/// Turns stored frames back into entry bundles, in memory that is used again, and remembers the one it holds. Sendable
/// since one thread at a time has it: whoever took it from the log's pool.
final class FrameDecoder: @unchecked Sendable {
  let bundle = Buffer(capacity: 128 << 10)
  private let packed = Buffer(capacity: 128 << 10)
  private let decompressor = Decompressor()
  /// Of the frame in `bundle`, whole or as much of the unfinished one as there was; nil while it holds none.
  private(set) var header: FrameHeader? {
    didSet { offsets.removeAll(keepingCapacity: true) }
  }
  private var offsets: [UInt32] = []

  /// Where each record of the frame at hand begins.
  var recordOffsets: [UInt32] {
    if let header, offsets.isEmpty { bundle.addRecordOffsets(byteCount: header.byteCount, to: &offsets) }
    return offsets
  }

  /// Fills `bundle` with the frame's records, checked against its header.
  func decode(_ header: FrameHeader, _ stored: UnsafeRawBufferPointer, path: String) throws {
    self.header = nil
    bundle.reserve(header.byteCount, keeping: 0)
    let target = unsafe UnsafeMutableRawBufferPointer(start: bundle.start, count: header.byteCount)
    do throws(FrameDamage) {
      guard stored.count >= 4, unsafe loadWord(stored, stored.count - 4, UInt32.self) == header.checksum else {
        throw FrameDamage(reason: "its checksum is not its header's")
      }
      if header.isPacked {
        try unsafe unpack(header, stored, into: target)
      } else {
        try unsafe decompressor.decompress(stored, into: target)
        guard unsafe FrameReading.recordCount(UnsafeRawBufferPointer(target)) == header.count else {
          throw FrameDamage(reason: "it does not hold the \(header.count) records its header says")
        }
      }
    } catch {
      throw LogError.damaged(path: path, place: "the frame of sequence \(header.firstSequence)", reason: error.reason)
    }
    self.header = header
  }

  private func unpack(
    _ header: FrameHeader, _ stored: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) throws(FrameDamage) {
    packed.reserve(header.packedByteCount, keeping: 0)
    let content = unsafe UnsafeMutableRawBufferPointer(start: packed.start, count: header.packedByteCount)
    try unsafe decompressor.decompress(stored, into: content)
    try unsafe FrameUnpacker.unpack(
      UnsafeRawBufferPointer(content), count: header.count, firstSequence: header.firstSequence, into: target)
  }

  /// Takes in the unfinished frame: `fill` puts it into the bundle and says what it is.
  func take(_ fill: (Buffer) throws -> FrameHeader?) rethrows {
    header = nil
    header = try fill(bundle)
  }

  /// Whether the record can be read without decoding anything: records never change once they are in the log.
  func holds(_ sequence: UInt64) -> Bool {
    guard let header else { return false }
    return header.firstSequence <= sequence && sequence <= header.lastSequence
  }

  /// One record of the frame at hand, behind which 64 more bytes may be read. Valid until the next is decoded.
  /// - Precondition: it ``holds(_:)`` the record.
  func record(_ sequence: UInt64) -> UnsafeRawBufferPointer {
    guard let header else { preconditionFailure("no frame to read record \(sequence) of") }
    let start = unsafe bundle.start + Int(recordOffsets[Int(sequence - header.firstSequence)])
    return unsafe UnsafeRawBufferPointer(
      start: start + 2, count: Int(UInt16(bigEndian: start.loadUnaligned(as: UInt16.self))))
  }
}

/// A frame's records, in memory that the closure it was given to may write to.
@safe
public struct Frame: ~Copyable {
  public let header: FrameHeader
  /// A C2SP entry bundle: for each record its length, a big-endian `UInt16`, and its bytes. 64 bytes before and behind
  /// it may be read and written too. Valid inside the closure only.
  public let bundle: UnsafeMutableRawBufferPointer

  /// Calls `body` with each record in order, behind which 64 more bytes may be read.
  @inlinable
  @safe
  public func forEachRecord<E: Error>(_ body: (UInt64, UnsafeRawBufferPointer) throws(E) -> Void) throws(E) {
    var offset = 0
    var sequence = header.firstSequence
    while unsafe offset < bundle.count {
      let count = unsafe Int(bundle[offset]) << 8 | Int(bundle[offset + 1])
      try unsafe body(sequence, UnsafeRawBufferPointer(rebasing: bundle[offset + 2..<offset + 2 + count]))
      offset += 2 + count
      sequence += 1
    }
  }
}
