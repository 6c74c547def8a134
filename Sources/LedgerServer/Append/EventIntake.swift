import JSONTape
import Ledger
import LedgerEngine
import NIOCore
import NIOHTTP1

/// Takes one connection's requests that append events, on its event loop: collects the body in the buffer it is parsed
/// in, checks it, hands it to the engine, and writes the answer when the engine says what became of it. No task and no
/// other thread takes part but the writer's; large bodies are checked elsewhere, so that nobody else on this loop waits.
final class EventIntake: @unchecked Sendable {  // touched on its connection's event loop only
  static let path = "/v1/events"
  /// A longer body is checked on another thread, so that a question on this loop waits for tenths of a millisecond.
  static let checkedHereByteCount = 16 << 10

  private enum State {
    case idle
    /// Until there is room for the body. What of it had been read before is kept for then.
    case waitingForRoom(RoomWait)
    case collecting(EventRequest, Submission, Engine)
    case waiting
  }

  private struct RoomWait {
    let request: EventRequest
    let byteCount: Int
    /// Without the body: what stands in the queue.
    let submission: Submission
    let engine: Engine
    let deadline: Scheduled<Void>
    var early: [ByteBuffer] = []
    /// The early bytes are the whole body.
    var isComplete = false
  }

  private let daemon: Daemon
  private let peer: Peer?
  private let desk: AppendDesk
  private var state = State.idle
  /// The peer's role is not looked up again until then.
  private var allowedUntil = NIODeadline.uptimeNanoseconds(0)
  /// The data of a request in binary mode.
  private var data: [UInt8] = []
  /// Set as long as the connection is there.
  var connection: ConnectionHandler?

  init(daemon: Daemon, peer: Peer?, desk: AppendDesk) {
    self.daemon = daemon
    self.peer = peer
    self.desk = desk
  }

  static func answers(_ head: HTTPRequestHead) -> Bool {
    guard head.method == .POST else { return false }
    return head.uri == path || head.uri.hasPrefix(path + "?")
  }

  func begin(_ head: HTTPRequestHead) {
    do {
      let request = try accept(head)
      let engine = try daemon.engine()
      let announced = request.announcedByteCount ?? 0
      if announced > Self.checkedHereByteCount {
        acceptOrWait(request, announced, engine)
      } else {
        collect(request, into: engine.makeSubmission(for: announced), engine)
      }
    } catch {
      answer(error)
    }
  }

  /// Asks for room before a large body is received. Where there is none, the client is not read from for a while.
  private func acceptOrWait(_ request: EventRequest, _ byteCount: Int, _ engine: Engine) {
    let submission = engine.makeSubmission()
    submission.owner = self
    submission.client = desk
    switch engine.acceptOrWait(submission, announcing: byteCount) {
    case .given: collect(request, into: engine.makeSubmission(for: byteCount, inPlaceOf: submission), engine)
    case .awaited: wait(for: submission, request, byteCount, engine)
    case .refused: answered(submission, by: engine)
    }
  }

  private func wait(for submission: Submission, _ request: EventRequest, _ byteCount: Int, _ engine: Engine) {
    let longest = TimeAmount.seconds(daemon.configuration.queueWaitSeconds)
    let deadline = desk.schedule(in: longest) { [self] in refuseRoom(submission) }
    state = .waitingForRoom(
      RoomWait(request: request, byteCount: byteCount, submission: submission, engine: engine, deadline: deadline))
    connection?.pauseReading()
  }

  private func collect(_ request: EventRequest, into submission: Submission, _ engine: Engine) {
    if request.isStructured { submission.reserve(request.announcedByteCount ?? 0) }
    state = .collecting(request, submission, engine)
    if request.awaitsInvitation { connection?.invite() }
  }

  /// A request that waited for room has it.
  func accepted(_ submission: Submission, by engine: Engine) {
    guard case .waitingForRoom(let wait) = state, wait.submission === submission else {
      return engine.recycle(submission)  // its connection is gone
    }
    wait.deadline.cancel()
    collect(wait.request, into: engine.makeSubmission(for: wait.byteCount, inPlaceOf: submission), engine)
    for bytes in wait.early { take(bytes) }
    if wait.isComplete { end() }
    connection?.resumeReading()
  }

  /// The daemon stops: who has no room yet is told at once.
  func stopWaitingForRoom() {
    if case .waitingForRoom(let wait) = state { refuseRoom(wait.submission) }
  }

  /// There was no room for too long.
  private func refuseRoom(_ submission: Submission) {
    guard case .waitingForRoom(let wait) = state, wait.submission === submission,
      wait.engine.stopWaiting(submission)
    else { return }
    wait.deadline.cancel()
    wait.engine.turnAway(submission)
    answered(submission, by: wait.engine)
    connection?.resumeReading()
  }

  private func accept(_ head: HTTPRequestHead) throws -> EventRequest {
    try allow()
    if head.uri.utf8.count > Self.path.utf8.count {
      try Query(head.uri.dropFirst(Self.path.count + 1)).check(against: [])
    }
    let request = try EventRequest(head)
    if let announced = request.announcedByteCount, announced > daemon.configuration.requestByteLimit {
      throw Problem.requestTooLarge(limit: daemon.configuration.requestByteLimit)
    }
    return request
  }

  private func allow() throws(Problem) {
    let now = NIODeadline.now()
    if allowedUntil >= now { return }
    try daemon.allow(.append, to: peer, for: "POST \(Self.path)")
    allowedUntil = now + .seconds(5)
  }

  /// Takes a request that is here as a whole.
  func take(_ request: UsualAppend, of bytes: ByteBuffer) {
    do {
      try allow()
      let engine = try daemon.engine()
      let submission = engine.makeSubmission(for: request.body.count)
      unsafe bytes.withUnsafeReadableBytes {
        unsafe submission.append(UnsafeRawBufferPointer(rebasing: $0[request.body]))
      }
      handIn(submission, to: engine) { request.format }
    } catch {
      answer(error)
    }
  }

  func take(_ bytes: ByteBuffer) {
    if case .waitingForRoom(var wait) = state {
      wait.early.append(bytes)
      return state = .waitingForRoom(wait)
    }
    guard case .collecting(let request, let submission, _) = state else { return }
    let limit = daemon.configuration.requestByteLimit
    guard submission.byteCount + data.count + bytes.readableBytes <= limit else {
      return fail(.requestTooLarge(limit: limit))
    }
    if request.isStructured {
      unsafe bytes.withUnsafeReadableBytes { unsafe submission.append($0) }
    } else {
      data += bytes.readableBytesView
    }
  }

  func end() {
    if case .waitingForRoom(var wait) = state {
      wait.isComplete = true
      return state = .waitingForRoom(wait)
    }
    guard case .collecting(let request, let submission, let engine) = state else { return }
    submission.expectedLast = request.expectedLast
    handIn(submission, to: engine) { () throws(Refusal) in
      switch request.media {
      case .structured(let format): return format
      case .binary(let attributes):
        defer { data = [] }
        try submission.append(attributes: attributes, data: data)
        return .single
      }
    }
  }

  /// Checks a request that is complete and hands it to the engine, or sees to it that it is checked elsewhere.
  /// - Parameter complete: does what is left to do to its bytes, and says their form.
  private func handIn(
    _ submission: Submission, to engine: Engine, _ complete: () throws(Refusal) -> EventBatchParser.Format
  ) {
    submission.owner = self
    submission.client = desk
    state = .waiting
    do throws(Refusal) {
      let format = try complete()
      if submission.byteCount > Self.checkedHereByteCount {
        if !engine.submit(submission, checking: format) { answered(submission, by: engine) }
      } else {
        try submission.check(format)
        desk.submit(submission, to: engine)
      }
    } catch {
      engine.recycle(submission)
      answer(error)
    }
  }

  /// The engine is done with the request at hand.
  func answered(_ submission: Submission, by engine: Engine) {
    let outcome = submission.outcome
    engine.recycle(submission)
    switch outcome {
    case .success(let appended):
      daemon.counters.countAppended()
      state = .idle
      connection?.answer(Answer(json: appended.json, date: daemon.dates.now()))
    case .failure(let failure): answer(failure)
    }
  }

  /// Ends the request at hand, which is not wholly here.
  func fail(_ problem: Problem) {
    forget()
    answer(problem)
  }

  /// The connection is gone.
  func abandon() {
    forget()
    connection = nil
  }

  private func forget() {
    switch state {
    case .collecting(_, let submission, let engine):
      engine.recycle(submission)
      state = .idle
    case .waitingForRoom(let wait):
      wait.deadline.cancel()
      // If it does not wait any more, it comes back accepted, and is recycled then.
      if wait.engine.stopWaiting(wait.submission) { wait.engine.recycle(wait.submission) }
      state = .idle
      connection?.resumeReading()
    case .idle, .waiting: break
    }
    data = []
  }

  private func answer(_ error: any Error) {
    state = .idle
    let problem = daemon.problem(for: error, request: "POST \(Self.path)")
    daemon.counters.countAppend(status: problem.status)
    connection?.answer(Answer(problem, date: daemon.dates.now()))
  }
}
