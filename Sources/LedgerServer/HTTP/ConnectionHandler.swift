import NIOCore
import NIOHTTP1

/// One connection, right behind the HTTP/1 decoder: one request after the other, in order. Requests that append events
/// are answered from here by an ``EventIntake``; all others go on to Hummingbird. An ``AppendShortcut`` may bring requests
/// past the decoder.
///
/// It also watches over the connection: bytes that are no HTTP get a problem document, a client that stalls is cut off,
/// and an answer that closes the connection lets the client finish sending first, for a while, so that it gets to read it.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  /// Who answers the request at hand.
  private enum Turn { case nobody, intake, routes }

  private let intake: EventIntake
  private let stallTimeout: TimeAmount
  private let lingerTime: TimeAmount = .seconds(5)
  private var turn = Turn.nobody
  /// The request at hand has not come to its end.
  private var isReading = false
  private var isAnswered = false
  /// What came of the decoder last belongs to a request that has not come to its end there.
  private(set) var isInsideRequest = false
  /// What the client sent behind the request at hand.
  private var held = CircularBuffer<HTTPServerRequestPart>()
  private var isReadHeld = false
  /// The intake does not want more of the request at hand yet.
  private var isReadPaused = false
  /// Something went on to the routes since the last time they were told that a read is complete.
  private var isReadByRoutes = false
  private var isReleasing = false
  private var closesAfterAnswer = false
  private var hasAnsweredLast = false
  private var lastActiveAt = NIODeadline.now()
  private var stallCheck: Scheduled<Void>?
  private var deadline: Scheduled<Void>?
  private var context: ChannelHandlerContext?
  /// Of the response encoder: what is written there are bytes.
  private var socketSide: ChannelHandlerContext?
  private var writer: SocketWriter?
  /// Room for the intake's answers.
  private var answerBytes: [UInt8] = []

  init(intake: EventIntake, stallTimeout: TimeAmount) {
    self.intake = intake
    self.stallTimeout = stallTimeout
  }

  // MARK: The connection's life

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    socketSide = try? context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
    precondition(socketSide != nil, "there is no response encoder in front of this handler")
    writer = SocketWriter(context.channel)
    intake.connection = self
    if context.channel.isActive { checkForStall(after: stallTimeout) }
  }

  func handlerRemoved(context: ChannelHandlerContext) { leave() }

  func channelActive(context: ChannelHandlerContext) {
    lastActiveAt = .now()
    checkForStall(after: stallTimeout)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    leave()
    context.fireChannelInactive()
  }

  private func leave() {
    intake.abandon()
    stallCheck?.cancel()
    deadline?.cancel()
    (stallCheck, deadline, context, socketSide, writer) = (nil, nil, nil, nil, nil)
    held.removeAll()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is ChannelShouldQuiesceEvent {
      if turn == .nobody { return context.close(promise: nil) }
      closesAfterAnswer = true
      intake.stopWaitingForRoom()
    } else if turn == .intake, case ChannelEvent.inputClosed? = event as? ChannelEvent {
      // Whoever is behind us would end the connection before the answer.
      closesAfterAnswer = true
      if isReading, !isAnswered { intake.fail(.incompleteRequest) }
    } else {
      context.fireUserInboundEventTriggered(event)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
    switch turn {
    case .nobody: if !hasAnsweredLast { answer(Answer(.notHTTP(error))) }
    case .routes: context.fireErrorCaught(error)
    case .intake:
      closesAfterAnswer = true
      if isReading, !isAnswered { intake.fail(error == .invalidEOFState ? .incompleteRequest : .notHTTP(error)) }
    }
  }

  // MARK: Requests

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let part = unwrapInboundIn(data)
    if case .end = part { isInsideRequest = false } else { isInsideRequest = true }
    if hasAnsweredLast {
      if case .end = part { context.close(promise: nil) }
    } else if held.isEmpty, !isEarly(part) {
      take(part)
    } else {
      held.append(part)
    }
  }

  /// Takes bytes that are one whole request of the usual form and have not come through the decoder, unless another
  /// request is at hand.
  func take(usual bytes: ByteBuffer) -> Bool {
    guard turn == .nobody, held.isEmpty, !isReleasing, !closesAfterAnswer, !hasAnsweredLast, context != nil,
      let request = unsafe bytes.withUnsafeReadableBytes({
        unsafe UsualAppend($0, longestBody: EventIntake.checkedHereByteCount)
      })
    else { return false }
    (turn, isReading, isAnswered) = (.intake, false, false)
    intake.take(request, of: bytes)
    return true
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    lastActiveAt = .now()
    guard isReadByRoutes else { return }
    isReadByRoutes = false
    context.fireChannelReadComplete()
  }

  func read(context: ChannelHandlerContext) {
    if held.isEmpty, !isReadPaused { context.read() } else { isReadHeld = true }
  }

  /// Leaves what the client sends in its socket.
  func pauseReading() { isReadPaused = true }

  func resumeReading() {
    guard isReadPaused else { return }
    isReadPaused = false
    lastActiveAt = .now()
    guard held.isEmpty, isReadHeld else { return }
    isReadHeld = false
    context?.read()
  }

  /// Whether it begins a request before the one at hand is done.
  private func isEarly(_ part: HTTPServerRequestPart) -> Bool {
    guard turn != .nobody, case .head = part else { return false }
    return true
  }

  private func take(_ part: HTTPServerRequestPart) {
    switch part {
    case .head(let head):
      turn = EventIntake.answers(head) ? .intake : .routes
      isReading = true
      isAnswered = false
      if !head.isKeepAlive { closesAfterAnswer = true }
      if turn == .intake { return intake.begin(head) }
    case .body(let bytes):
      if turn == .intake { return isAnswered ? () : intake.take(bytes) }
    case .end:
      isReading = false
      if turn == .intake, !isAnswered { return intake.end() }
    }
    if turn == .routes {
      isReadByRoutes = true
      context?.fireChannelRead(wrapInboundOut(part))
    }
    endTurn()
  }

  /// Once a request is read and answered, the next may come.
  private func endTurn() {
    guard isAnswered, !isReading, !hasAnsweredLast else { return }
    turn = .nobody
    guard !isReleasing, !held.isEmpty || isReadHeld else { return }
    isReleasing = true
    while let part = held.first, !isEarly(part), !hasAnsweredLast {
      held.removeFirst()
      take(part)
    }
    isReleasing = false
    if let context { channelReadComplete(context: context) }
    guard held.isEmpty, isReadHeld, !isReadPaused else { return }
    isReadHeld = false
    context?.read()
  }

  // MARK: Answers

  /// Writes the answer to the intake's request at hand.
  func answer(_ answer: Answer) {
    guard let context, let socketSide else { return }
    let isLast = closesAfterAnswer || answer.closesConnection
    answerBytes.removeAll(keepingCapacity: true)
    answer.write(to: &answerBytes, isLast: isLast)
    let count = writer?.write(answerBytes) ?? 0
    if count < answerBytes.count {
      writer?.willWriteThroughChannel()
      var rest = context.channel.allocator.buffer(capacity: answerBytes.count - count)
      rest.writeBytes(answerBytes[count...])
      socketSide.writeAndFlush(NIOAny(rest), promise: nil)
    }
    if isLast { endConnection() } else { finishAnswer() }
  }

  /// Tells a client that asked to send its body.
  func invite() {
    writer?.willWriteThroughChannel()
    socketSide?.writeAndFlush(NIOAny(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    writer?.willWriteThroughChannel()
    switch unwrapOutboundIn(data) {
    case .head(var head) where head.status.code >= 200:
      if head.headers.first(name: "connection") == "close" { closesAfterAnswer = true }
      if closesAfterAnswer { head.headers.replaceOrAdd(name: "connection", value: "close") }
      context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .end where closesAfterAnswer:
      context.writeAndFlush(data, promise: promise)
      endConnection()
    case .end:
      context.write(data, promise: promise)
      finishAnswer()
    case .head, .body: context.write(data, promise: promise)
    }
  }

  private func finishAnswer() {
    isAnswered = true
    lastActiveAt = .now()
    endTurn()
  }

  private func endConnection() {
    isAnswered = true
    hasAnsweredLast = true
    held.removeAll()
    close(after: isReading ? lingerTime : .zero)
  }

  // MARK: Time

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    deadline?.cancel()
    deadline = nil
    if !context.channel.isWritable { close(after: stallTimeout) }
    context.fireChannelWritabilityChanged()
  }

  /// Closes once what was written has left.
  private func close(after time: TimeAmount) {
    guard let channel = context?.channel else { return }
    deadline?.cancel()
    deadline = channel.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
  }

  /// A client may be silent while it waits for an answer, and otherwise for as long as the timeout.
  private func checkForStall(after time: TimeAmount) {
    guard let loop = context?.eventLoop.assumeIsolated() else { return }
    stallCheck = loop.scheduleTask(in: time) { [self] in
      let isWaiting = isReadPaused || turn != .nobody && !isReading && !isAnswered
      let silence = NIODeadline.now() - lastActiveAt
      if isWaiting {
        checkForStall(after: stallTimeout)
      } else if silence >= stallTimeout {
        context?.close(promise: nil)
      } else {
        checkForStall(after: stallTimeout - silence)
      }
    }
  }
}
