internal import LMDB

/// Reads whole frames into memory of its own. For one thread at a time.
public final class FrameReader {
  private let log: EventLog
  private let decoder = FrameDecoder()

  public init(_ log: EventLog) { self.log = log }

  /// Reads the frame that holds `sequence`; of the unfinished one as much as there is.
  /// - Throws: ``LogError/damaged(path:place:reason:)`` where it is missing or is not as it was written.
  public func read(holding sequence: UInt64) throws(LogError) -> FrameHeader {
    try logErrors {
      try log.decode(sequence, ReadTransaction(log.environment), decoder)
      guard let header = decoder.header, decoder.holds(sequence) else {
        throw log.gap(EventLog.frameStart(sequence))
      }
      return header
    }
  }

  /// The records of the frame that was read last, as ``Frame/bundle`` has them: the caller may write to it. Valid until the
  /// next is read.
  public var bundle: UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(start: decoder.bundle.start, count: decoder.header?.byteCount ?? 0)
  }
}
