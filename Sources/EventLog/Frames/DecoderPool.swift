internal import Synchronization

/// Decoders that nobody uses at the moment, with the frames that were read last still in them.
///
/// An event that is sent again is compared with its record, and most are sent again soon. Were their frames not kept, each
/// would cost the decompressing of 256 records.
final class DecoderPool: Sendable {
  private struct Idle {
    /// The one used last stands last.
    var decoders: [FrameDecoder] = []
    var byteCount = 0

    mutating func take(_ index: Int) -> FrameDecoder {
      let decoder = decoders.remove(at: index)
      byteCount -= decoder.bundle.capacity
      return decoder
    }
  }

  /// Frames of 128 KiB as they mostly are: 16 MiB, 32,768 records.
  static let mostDecoders = 128
  /// Frames of very long records must not hold their memory for ever.
  static let mostBytes = 32 << 20

  private let idle = Mutex(Idle())

  /// Lends the decoder that holds the record, if one does, and else a new one, or the one that was not used for longest.
  func withDecoder<R: ~Copyable, E: Error>(
    holding sequence: UInt64, _ body: (FrameDecoder) throws(E) -> R
  ) throws(E) -> R {
    let decoder = take(holding: sequence) ?? FrameDecoder()
    defer { put(back: decoder) }
    return try body(decoder)
  }

  private func take(holding sequence: UInt64) -> FrameDecoder? {
    idle.withLock { idle in
      if let index = idle.decoders.lastIndex(where: { $0.holds(sequence) }) { return idle.take(index) }
      let isFull = idle.decoders.count >= Self.mostDecoders || idle.byteCount >= Self.mostBytes
      return isFull ? idle.take(0) : nil
    }
  }

  private func put(back decoder: FrameDecoder) {
    idle.withLock { idle in
      idle.decoders.append(decoder)
      idle.byteCount += decoder.bundle.capacity
      while idle.decoders.count > Self.mostDecoders || idle.byteCount > Self.mostBytes { _ = idle.take(0) }
    }
  }

  /// How many decoders wait here.
  var count: Int { idle.withLock { $0.decoders.count } }
  /// Bytes of the frames that are kept.
  var byteCount: Int { idle.withLock { $0.byteCount } }

  /// How many of the sequences could be read without decompressing.
  func countHeld(_ sequences: some Sequence<UInt64>) -> Int {
    let decoders = idle.withLock { $0.decoders }
    return sequences.count { sequence in decoders.contains { $0.holds(sequence) } }
  }
}
