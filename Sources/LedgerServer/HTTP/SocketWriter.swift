import Glibc
import NIOCore

/// Writes short answers to a connection's socket at once, past the channel's queue of writes, as long as that is empty.
///
/// Belongs to the channel's event loop. The descriptor is the channel's own: it is valid while the channel is active,
/// which changes on that loop alone.
struct SocketWriter {
  private let channel: any Channel
  private let descriptor: CInt?
  /// Something was written through the channel since its queue was last seen empty.
  private var mayBeQueued = false

  init(_ channel: any Channel) {
    self.channel = channel
    // Nil for a channel without a socket, as in tests.
    descriptor = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
      $0
    }
  }

  /// To be told before anything is written through the channel.
  mutating func willWriteThroughChannel() { mayBeQueued = true }

  /// - Returns: how many of the bytes were written; those behind them belong to the channel.
  mutating func write(_ bytes: [UInt8]) -> Int {
    guard let descriptor, channel.isActive, isQueueEmpty() else { return 0 }
    let count = unsafe bytes.withUnsafeBytes {
      unsafe send(descriptor, $0.baseAddress, $0.count, CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL))
    }
    // What went wrong, if it is more than a full socket, the channel will meet too, and knows what to do.
    return max(0, count)
  }

  private mutating func isQueueEmpty() -> Bool {
    guard mayBeQueued else { return true }
    guard let count = try? channel.syncOptions?.getOption(.bufferedWritableBytes), count == 0 else { return false }
    mayBeQueued = false
    return true
  }
}
