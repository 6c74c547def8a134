import HTTPTypes
import HummingbirdCore
public import LedgerEngine
public import Logging
import NIOCore
import NIOPosix
public import ServiceLifecycle
import Synchronization
import WhatsApp

/// The ledger's HTTP server on its Unix socket. It answers health at once, and everything else from the moment it is
/// given an engine.
public final class Daemon: Sendable {
  public static let version = "0.1.0"

  public struct Configuration: Sendable {
    public var socket: String
    public var access = AccessPolicy()
    /// What Meta signs webhooks with. Without one, every webhook is refused.
    public var appSecret: String?
    public var verifyToken: String?
    public var requestByteLimit = 16 << 20
    /// Bytes of requests that may be accepted and not answered; as many again of webhooks.
    public var queueByteLimit = 64 << 20
    /// How long a large request waits for room among them before it is told to come again.
    public var queueWaitSeconds: Int64 = 1
    /// How long a client may pause in the middle of a request, or not read its answer.
    public var stallTimeoutSeconds: Int64 = 30

    public init(socket: String) { self.socket = socket }
  }

  private enum Stage {
    case replaying(String)
    case ready(Engine)
  }

  let configuration: Configuration
  let logger: Logger
  let counters: RequestCounters
  let access: AccessCache
  let webhooks: WebhookReceiver
  let bodies: BodyRoom
  private let stage = Mutex(Stage.replaying("opening the log"))
  let dates = HTTPDate()

  public init(configuration: Configuration, logger: Logger) {
    self.configuration = configuration
    self.logger = logger
    counters = RequestCounters()
    access = AccessCache(configuration.access)
    bodies = BodyRoom(byteLimit: configuration.queueByteLimit)
    webhooks = WebhookReceiver(
      signature: WebhookSignature(secret: configuration.appSecret), verifyToken: configuration.verifyToken)
  }

  /// From now on questions and events reach `engine`.
  public func serve(_ engine: Engine) { stage.withLock { $0 = .ready(engine) } }

  /// What `/readyz` says until then.
  public func report(progress: String) { stage.withLock { $0 = .replaying(progress) } }

  func engine() throws(Problem) -> Engine {
    let progress: String
    switch stage.withLock({ $0 }) {
    case .ready(let engine): return engine
    case .replaying(let text): progress = text
    }
    var problem = Problem(503, "replaying", "the daemon is starting: \(progress)", remedy: "ask again in a second")
    problem.retryAfterSeconds = 1
    throw problem
  }

  /// The server as a service that stops taking connections on graceful shutdown and finishes the requests it has.
  public func service(whenListening: @escaping @Sendable () async -> Void) -> any Service {
    let table = RouteTable(routes())
    let loops = MultiThreadedEventLoopGroup(numberOfThreads: max(2, System.coreCount))
    for loop in loops.makeIterator() { loop.execute { ThreadUrgency.prompt.applyToThisThread() } }
    let channel = SocketChannel(
      http: HTTP1Channel(
        responder: { [self] request, writer, _ in try await respond(to: request, by: table, with: writer) },
        configuration: .init(
          httpDecoderConfiguration: .init(
            maxHeaderFieldSize: 16_384, maxHeaderListSize: 65_536, maxHeaderFieldCount: 128))),
      daemon: self, executors: EventLoopExecutors(loops), desks: AppendDesks(loops, daemon: self))
    var quiet = logger
    quiet.logLevel = .error
    return channel.server(
      configuration: ServerConfiguration(address: .unixDomainSocket(path: configuration.socket), backlog: 1024),
      onServerRunning: { _ in await whenListening() }, eventLoopGroup: loops,
      logger: quiet)
  }

  private func respond(to request: Request, by table: RouteTable, with writer: consuming ResponseWriter) async throws {
    if request.headers[.expect]?.lowercased() == "100-continue",
      announcedByteCount(request) <= configuration.requestByteLimit
    {
      try await writer.writeInformationalHead(HTTPResponse(status: .continue))
    }
    var route: String?
    var response: Response
    do {
      let match = try table.match(request.head)
      route = table.routes[match.route].path
      response = try await answer(match, by: table.routes[match.route], to: request)
    } catch {
      response = problem(for: error, request: "\(request.method.rawValue) \(request.head.path ?? "")").response
    }
    counters.count(route: route, method: request.method.rawValue, status: response.status.code)
    response.headers[.date] = dates.now()
    if request.method == .head {
      return try await writer.writeResponse(response.head)
    }
    try await writer.write(response: response.head, body: response.body)
  }

  private func announcedByteCount(_ request: Request) -> Int {
    request.headers[.contentLength].flatMap { Int($0) } ?? 0
  }

  private func answer(_ match: RouteTable.Match, by route: Route, to request: Request) async throws -> Response {
    guard let respond = route.respond else { preconditionFailure("\(route.path) is answered elsewhere") }
    if let role = route.role { try allow(role, to: Peer.current, for: "\(route.method.rawValue) \(route.path)") }
    try match.query.check(against: route.query.map(\.name))
    if !route.worksWhileReplaying { _ = try engine() }
    return try await respond(
      Call(
        route: match.route, request: request.head, body: request.body, parameters: match.parameters, query: match.query,
        peer: Peer.current, segments: match.segments))
  }

  /// - Throws: 403 unless the peer has the role.
  func allow(_ role: Role, to peer: Peer?, for route: @autoclosure () -> String) throws(Problem) {
    if let peer, access.roles(of: peer).allow(role) { return }
    throw Problem(
      403, "role_missing",
      "user \(peer.map { String($0.user) } ?? "unknown") has not the role \(role.rawValue), which \(route()) needs",
      remedy: "add the user or its group to roles.\(role.rawValue) in the daemon's configuration")
  }

  /// What is answered to an error; what the daemon did not foresee is logged.
  func problem(for error: any Error, request: String) -> Problem {
    if let problem = Problem(error) { return problem }
    logger.error("\(request): \(error)")
    return Problem(500, "internal_error", "the daemon failed: \(error)", remedy: "the daemon's log says more")
  }
}
