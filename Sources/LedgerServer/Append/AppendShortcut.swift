import NIOCore

/// Stands in front of a connection's HTTP decoder and hands requests that append in the usual form to the connection
/// without it. All else goes on to the decoder, and all that follows while the decoder may be inside a request.
final class AppendShortcut: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let connection: ConnectionHandler
  /// The decoder may have read a part of a request.
  private var isDecoderInside = false

  init(_ connection: ConnectionHandler) { self.connection = connection }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let bytes = unwrapInboundIn(data)
    if !isDecoderInside, connection.take(usual: bytes) { return }
    context.fireChannelRead(data)
    // A head ends with an empty line. So if the bytes end so, and all heads that came of them have come to their end,
    // nothing of a request is left in the decoder. A request whose body is its end is not seen to be one, which is slow,
    // and never wrong.
    isDecoderInside = connection.isInsideRequest || !bytes.endsWithEmptyLine
  }
}

extension ByteBuffer {
  fileprivate var endsWithEmptyLine: Bool {
    readableBytes >= 4 && getInteger(at: writerIndex - 4, as: UInt32.self) == 0x0D0A_0D0A
  }
}
