import HummingbirdCore
import Logging
import NIOCore

/// A connection: HTTP/1.1 as Hummingbird speaks it, and the peer it comes from, asked once.
struct SocketChannel: ServerChildChannel {
  struct Connection: ServerChildChannelValue {
    let http: HTTP1Channel.Value
    let peer: Peer?
    var channel: any Channel { http.channel }
  }

  let http: HTTP1Channel
  let executors: EventLoopExecutors

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Connection> {
    channel.setOption(
      .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 8192, maximum: 1 << 18)
    )
    .flatMap { Peer.of(channel) }
    .flatMap { peer in
      http.setup(channel: channel, logger: logger).map { Connection(http: $0, peer: peer) }
    }
  }

  func handle(value: Connection, logger: Logger) async {
    await withTaskExecutorPreference(executors[value.channel.eventLoop]) {
      await Peer.$current.withValue(value.peer) {
        await http.handle(value: value.http, logger: logger)
      }
    }
  }
}
