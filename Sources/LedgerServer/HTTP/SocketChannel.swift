import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// A connection: HTTP/1.1 as Hummingbird speaks it, our handler in front of it, and the peer it comes from, asked once.
struct SocketChannel: ServerChildChannel {
  struct Connection: ServerChildChannelValue {
    let http: HTTP1Channel.Value
    let peer: Peer?
    var channel: any Channel { http.channel }
  }

  let http: HTTP1Channel
  let daemon: Daemon
  let executors: EventLoopExecutors
  let desks: AppendDesks

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Connection> {
    channel.setOption(
      .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 8192, maximum: 1 << 18)
    )
    .flatMap { Peer.of(channel) }
    .flatMap { peer in
      http.setup(channel: channel, logger: logger).flatMapThrowing { value in
        try addHandler(to: channel, peer: peer)
        return Connection(http: value, peer: peer)
      }
    }
  }

  private func addHandler(to channel: any Channel, peer: Peer?) throws {
    let pipeline = channel.pipeline.syncOperations
    let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
    let intake = EventIntake(daemon: daemon, peer: peer, desk: desks[channel.eventLoop])
    let stallTimeout = TimeAmount.seconds(daemon.configuration.stallTimeoutSeconds)
    let connection = ConnectionHandler(intake: intake, stallTimeout: stallTimeout)
    try pipeline.addHandler(connection, position: .after(decoder))
    try pipeline.addHandler(AppendShortcut(connection), position: .before(decoder))
  }

  func handle(value: Connection, logger: Logger) async {
    await withTaskExecutorPreference(executors[value.channel.eventLoop]) {
      await Peer.$current.withValue(value.peer) {
        await http.handle(value: value.http, logger: logger)
      }
    }
  }
}
