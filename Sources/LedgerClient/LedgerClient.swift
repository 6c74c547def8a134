internal import AsyncHTTPClient
#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import JSONTape
internal import NIOCore
import Synchronization

/// Speaks to one daemon over its Unix socket. Close it when done.
///
/// A busy daemon (503) is asked again after the time it names, for up to a minute. Requests that are broken off are
/// repeated: appending is idempotent by `source` and `id`, and everything else only asks.
public final class LedgerClient: Sendable {
  public let socket: String
  private let http: HTTPClient
  private let hasAnswered = Atomic<Bool>(false)

  public init(socket: String) {
    self.socket = socket
    var configuration = HTTPClient.Configuration()
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.timeout.connect = .seconds(5)
    // Sooner than the daemon would close an idle connection itself.
    configuration.connectionPool.idleTimeout = .seconds(15)
    http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  public func close() async {
    // Only an already closed client can fail here.
    try? await http.shutdown()
  }

  /// The body of a 200.
  public func get(_ route: Route, accept: String = "application/json") async throws(LedgerClientError) -> [UInt8] {
    var request = HTTPClientRequest(url: route.url(socket: socket))
    request.headers.add(name: "Accept", value: accept)
    return try await answer(to: request)
  }

  /// Posts a body and returns the answer's. One that is not repeatable is not sent again when its connection breaks.
  public func post(
    _ route: Route, _ body: [UInt8], type: String, headers: [(name: String, value: String)] = [],
    isRepeatable: Bool = true
  ) async throws(LedgerClientError) -> [UInt8] {
    var request = HTTPClientRequest(url: route.url(socket: socket))
    request.method = .POST
    request.headers.add(name: "Content-Type", value: type)
    for header in headers { request.headers.add(name: header.name, value: header.value) }
    request.body = .bytes(ByteBuffer(bytes: body))
    return try await answer(to: request, isRepeatable: isRepeatable)
  }

  /// Appends events, a JSON array of them; see ``Appended`` for what comes back.
  public func append(batch: [UInt8]) async throws(LedgerClientError) -> Appended {
    try Appended(await post(Route("v1", "events"), batch, type: "application/cloudevents-batch+json"), socket: socket)
  }

  /// Hands the answer over line by line as it arrives, without line ends; an empty line counts. `body` returns whether
  /// it wants more; `whenCaughtUp` is called when all that has arrived is handed over.
  /// - Throws: what `body` throws, and ``LedgerClientError``.
  public func forEachLine(
    _ route: Route, post bytes: [UInt8]? = nil, accept: String = "application/x-ndjson",
    headers: [(name: String, value: String)] = [], whenCaughtUp: () -> Void = {},
    _ body: (ArraySlice<UInt8>) throws -> Bool
  ) async throws {
    var request = HTTPClientRequest(url: route.url(socket: socket))
    request.headers.add(name: "Accept", value: accept)
    for header in headers { request.headers.add(name: header.name, value: header.value) }
    if let bytes {
      request.method = .POST
      request.headers.add(name: "Content-Type", value: "application/json")
      request.body = .bytes(ByteBuffer(bytes: bytes))
    }
    let response = try await begin(request)
    var lines = LineCutter()
    var iterator = response.body.makeAsyncIterator()
    while let chunk = try await next(&iterator) {
      lines.add(chunk.readableBytesView)
      while let line = lines.next() {
        guard try body(line) else { return }
      }
      whenCaughtUp()
    }
    if let rest = lines.rest { _ = try body(rest) }
    whenCaughtUp()
  }

  // MARK: One request

  private func answer(
    to request: HTTPClientRequest, isRepeatable: Bool = true
  ) async throws(LedgerClientError) -> [UInt8] {
    var triesLeft = isRepeatable ? 3 : 1
    while true {
      do {
        let response = try await begin(request)
        return Array(try await collect(response).readableBytesView)
      } catch .interrupted(let socket, let reason) {
        triesLeft -= 1
        if triesLeft == 0 { throw .interrupted(socket: socket, reason: reason) }
      }
    }
  }

  /// Sends the request until a daemon answers it with 2xx: patient with a busy one, and with one that answered before
  /// and is now being restarted.
  private func begin(_ request: HTTPClientRequest) async throws(LedgerClientError) -> HTTPClientResponse {
    guard socket.utf8.count <= 107 else {
      throw .noDaemon(socket: socket, reason: "a socket's path has at most 107 bytes, this one \(socket.utf8.count)")
    }
    let clock = ContinuousClock()
    let start = clock.now
    while true {
      do {
        let response = try await send(request)
        hasAnswered.store(true, ordering: .relaxed)
        return response
      } catch .refused(let problem) where problem.status == 503 && problem.retryAfter != nil {
        let pause = Duration.seconds(min(max(problem.retryAfter ?? 1, 0), 10)) + .milliseconds(50)
        if start.duration(to: clock.now) + pause > .seconds(60) { throw .refused(problem) }
        await sleep(pause)
      } catch .noDaemon(let socket, let reason) {
        let isComingBack = hasAnswered.load(ordering: .relaxed) && start.duration(to: clock.now) < .seconds(10)
        guard isComingBack else { throw .noDaemon(socket: socket, reason: reason) }
        await sleep(.milliseconds(250))
      }
    }
  }

  private func send(_ request: HTTPClientRequest) async throws(LedgerClientError) -> HTTPClientResponse {
    let response: HTTPClientResponse
    do {
      response = try await http.execute(request, timeout: .hours(12))
    } catch {
      throw described(error)
    }
    guard !(200..<300).contains(response.status.code) else { return response }
    let body = Array(try await collect(response).readableBytesView)
    let retryAfter = response.headers.first(name: "Retry-After").flatMap { Int($0) }
    throw .refused(Problem(status: Int(response.status.code), body: body, retryAfter: retryAfter))
  }

  private func collect(_ response: HTTPClientResponse) async throws(LedgerClientError) -> ByteBuffer {
    do {
      return try await response.body.collect(upTo: 1 << 30)
    } catch {
      throw described(error)
    }
  }

  private func next(
    _ iterator: inout HTTPClientResponse.Body.AsyncIterator
  ) async throws(LedgerClientError) -> ByteBuffer? {
    do {
      return try await iterator.next()
    } catch {
      throw described(error)
    }
  }

  /// A cancelled sleep only makes the next try come sooner.
  private func sleep(_ duration: Duration) async { try? await Task.sleep(for: duration) }

  private func described(_ error: any Error) -> LedgerClientError {
    if let error = error as? LedgerClientError { return error }
    guard let error = error as? IOError else { return .interrupted(socket: socket, reason: "\(error)") }
    switch error.errnoCode {
    case ENOENT: return .noDaemon(socket: socket, reason: "there is no such file")
    case ECONNREFUSED: return .noDaemon(socket: socket, reason: "the file is there, but nobody listens")
    case ENOTSOCK, ENOTDIR: return .noDaemon(socket: socket, reason: "that is not a socket")
    case EACCES, EPERM: return .notPermitted(socket: socket)
    default: return .interrupted(socket: socket, reason: "\(error)")
    }
  }
}
