/// Turns stored frames back into entry bundles, in memory that is used again. Sendable since one thread at a time
/// has it: whoever took it from the log's pool.
final class FrameDecoder: @unchecked Sendable {
  let bundle = Buffer(capacity: 256 << 10)
  private let decompressor = Decompressor()

  /// Fills `bundle` with the frame's records, checked against its header.
  func decode(_ header: FrameHeader, _ stored: UnsafeRawBufferPointer, path: String) throws {
    bundle.reserve(header.byteCount, keeping: 0)
    let target = unsafe UnsafeMutableRawBufferPointer(start: bundle.start, count: header.byteCount)
    do throws(FrameDamage) {
      guard stored.count >= 4, unsafe loadWord(stored, stored.count - 4, UInt32.self) == header.checksum else {
        throw FrameDamage(reason: "its checksum is not its header's")
      }
      try unsafe decompressor.decompress(stored, into: target)
      guard unsafe FrameReading.recordCount(UnsafeRawBufferPointer(target)) == header.count else {
        throw FrameDamage(reason: "it does not hold the \(header.count) records its header says")
      }
    } catch {
      throw LogError.damaged(path: path, place: "the frame of sequence \(header.firstSequence)", reason: error.reason)
    }
  }
}

extension FrameDecoder {
  /// A copy of one record of the frame that was decoded last.
  func record(_ index: Int, of header: FrameHeader) -> [UInt8] {
    let bytes = unsafe UnsafeRawBufferPointer(start: bundle.start, count: header.byteCount)
    var offset = 0
    for _ in 0..<index {
      unsafe offset += 2 + (Int(bytes[offset]) << 8 | Int(bytes[offset + 1]))
    }
    let count = unsafe Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
    return unsafe [UInt8](bytes[offset + 2..<offset + 2 + count])
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
