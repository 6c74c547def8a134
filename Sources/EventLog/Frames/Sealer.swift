internal import Glibc

/// Hashes, packs and compresses complete frames, in memory of its own. One a thread.
final class Sealer: @unchecked Sendable {  // one thread at a time has it
  private let compressor = Compressor()
  private let leaves = Buffer(capacity: LogTables.tileByteCount)
  private let packed = Buffer(capacity: 128 << 10)
  private let scratch = Buffer(capacity: 64 << 10)
  private var offsets: [UInt32] = []

  func seal(_ frame: NewFrame, into sealed: SealedFrame) {
    frame.pieceIsStored()
    var header = frame.stored
    offsets.removeAll(keepingCapacity: true)
    frame.bundle.addRecordOffsets(byteCount: header.byteCount, to: &offsets)
    unsafe TreeHashing.leaves(frame.bundle.start, offsets: offsets, into: leaves.start)
    let stored = unsafe compress(frame.bundle, &header)
    unsafe sealed.fill(stored, root: TreeHashing.root(leaves.start, count: FrameHeader.recordsPerFrame))
  }

  private func compress(_ bundle: Buffer, _ header: inout FrameHeader) -> UnsafeRawBufferPointer {
    let content = unsafe pack(bundle, &header)
    let room = Compressor.bound(content.count)
    scratch.reserve(FrameHeader.byteCount + room, keeping: 0)
    let body = unsafe scratch.start + FrameHeader.byteCount
    header.storedByteCount = unsafe compressor.compress(
      content, into: UnsafeMutableRawBufferPointer(start: body, count: room))
    // zstd has hashed the content already: its checksum ends the frame.
    header.checksum = unsafe loadWord(
      UnsafeRawBufferPointer(start: body, count: header.storedByteCount), header.storedByteCount - 4, UInt32.self)
    unsafe header.write(to: scratch.start)
    return unsafe UnsafeRawBufferPointer(
      start: scratch.start, count: FrameHeader.byteCount + header.storedByteCount)
  }

  /// What is to be compressed: the records packed, or the bundle where they are not to be packed.
  private func pack(_ bundle: Buffer, _ header: inout FrameHeader) -> UnsafeRawBufferPointer {
    let whole = unsafe UnsafeRawBufferPointer(start: bundle.start, count: header.byteCount)
    packed.reserve(whole.count, keeping: 0)
    header.packedByteCount =
      unsafe FramePacker.pack(whole, firstSequence: header.firstSequence, into: packed.start) ?? 0
    guard header.isPacked else { return unsafe whole }
    let content = unsafe UnsafeRawBufferPointer(start: packed.start, count: header.packedByteCount)
    assert(unsafe isSame(whole, unpacked: content, header), "what was packed is not what is unpacked")
    return unsafe content
  }

  /// Whether the bundle comes out of the packed records again: asked in debug builds, since what is in the log cannot be made good.
  private func isSame(
    _ whole: UnsafeRawBufferPointer, unpacked content: UnsafeRawBufferPointer, _ header: FrameHeader
  ) -> Bool {
    let again = Buffer(capacity: whole.count)
    let bundle = unsafe UnsafeMutableRawBufferPointer(start: again.start, count: whole.count)
    do {
      try unsafe FrameUnpacker.unpack(content, count: header.count, firstSequence: header.firstSequence, into: bundle)
      return unsafe memcmp(again.start, whole.baseAddress!, whole.count) == 0
    } catch {
      return false
    }
  }
}
