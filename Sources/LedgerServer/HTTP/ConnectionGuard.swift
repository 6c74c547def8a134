import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Watches over one connection beneath the routes: bytes that are no HTTP get a problem document, a client that stops
/// reading its answer is cut off, and an answer that closes the connection lets the client finish sending first, for a
/// while, so that it gets to read the answer.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let stallTimeout: TimeAmount
  private let lingerTime: TimeAmount = .seconds(5)
  private var requestsUnanswered = 0
  private var isReadingRequest = false
  private var closesAfterAnswer = false
  private var hasAnsweredLast = false
  private var deadline: Scheduled<Void>?

  init(stallTimeout: TimeAmount) { self.stallTimeout = stallTimeout }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      requestsUnanswered += 1
      isReadingRequest = true
    case .body: break
    case .end:
      isReadingRequest = false
      if hasAnsweredLast { context.close(promise: nil) }
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(let head):
      closesAfterAnswer = head.headerFields[.connection] == "close"
      context.write(data, promise: promise)
    case .body:
      context.write(data, promise: promise)
    case .end:
      requestsUnanswered -= 1
      guard closesAfterAnswer else { return context.write(data, promise: promise) }
      context.writeAndFlush(data, promise: promise)
      hasAnsweredLast = true
      if isReadingRequest { close(context.channel, after: lingerTime) } else { close(context.channel, after: .zero) }
    }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    deadline?.cancel()
    deadline = nil
    if !context.channel.isWritable { close(context.channel, after: stallTimeout) }
    context.fireChannelWritabilityChanged()
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    deadline = nil
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? HTTPParserError, requestsUnanswered == 0 else { return context.fireErrorCaught(error) }
    let problem = Self.problem(error)
    let json = problem.json
    var fields = HTTPFields()
    fields[.contentType] = "application/problem+json"
    fields[.contentLength] = String(json.count)
    fields[.connection] = "close"
    let head = HTTPResponse(status: HTTPResponse.Status(code: problem.status), headerFields: fields)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(ByteBuffer(bytes: json))), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    close(context.channel, after: .zero)
  }

  /// Closes once what was written has left.
  private func close(_ channel: any Channel, after time: TimeAmount) {
    deadline?.cancel()
    deadline = channel.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
  }

  private static func problem(_ error: HTTPParserError) -> Problem {
    if case .headerOverflow = error {
      return Problem(
        431, "headers_too_large", "the header fields are longer than this server reads",
        remedy: "send fewer or shorter ones")
    }
    return Problem(
      400, "malformed_http", "this is no HTTP/1.1 request: \(error)", remedy: "speak HTTP/1.1 to this socket")
  }
}
