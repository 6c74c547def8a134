import HTTPTypes
import HummingbirdCore

/// A route: what it matches, who may use it, what it is for, and the function that answers. The table of these is also
/// what `GET /openapi.json` is made from, so the description cannot say anything else than the server does.
struct Route: Sendable {
  struct Parameter: Sendable {
    var name: String
    var summary: String
  }

  /// What a successful answer is.
  enum Content: String, Sendable {
    case json = "application/json"
    case lines = "application/x-ndjson"
    case text = "text/plain; charset=utf-8"
    case metrics = "text/plain; version=0.0.4; charset=utf-8"
    case openAPI = "application/vnd.oai.openapi+json; version=3.1"
    case eventStream = "text/event-stream"
  }

  var method: HTTPRequest.Method
  /// `/v1/accounts/{account}/charges/{message...}`: a part in braces is a parameter, one with dots takes the rest.
  var path: String
  var summary: String
  /// Nil: anybody who reaches the socket.
  var role: Role?
  var query: [Parameter] = []
  /// Header fields that mean something here.
  var headers: [Parameter] = []
  /// Media types of the request's body.
  var accepts: [String] = []
  var answers: [Content] = [.json]
  /// Problem statuses beside 400, 403 and 500.
  var refusals: [Int] = []
  /// Whether it is answered before the log has been replayed.
  var worksWhileReplaying = false
  /// Nil: it is answered before it comes here, by an ``EventIntake``.
  var respond: (@Sendable (Call) async throws -> Response)?

  var pattern: RoutePattern { RoutePattern(path) }
}

/// A request on its way through a route.
struct Call: Sendable {
  var route: Int
  var request: HTTPRequest
  var body: RequestBody
  var parameters: [String: String]
  var query: Query
  var peer: Peer?

  /// The path behind `/v1`, each part decoded; of a route without parameters, nothing.
  var segments: [String]

  func header(_ name: HTTPField.Name) -> String? { request.headerFields[name] }

  /// The media type of the body or of `accept`, without parameters, in lower case.
  static func mediaType(_ field: String?) -> String? {
    guard let field else { return nil }
    if exact.contains(field) { return field }
    return field.split(separator: ";").first.map { $0.lowercased().filter { $0 != " " && $0 != "\t" } }
  }

  /// What nearly every client sends, byte for byte.
  private static let exact: Set<String> = [
    "application/cloudevents+json", "application/cloudevents-batch+json", "application/x-ndjson", "application/json",
  ]

  /// A header field of ours.
  static func fieldName(_ name: String) -> HTTPField.Name {
    guard let field = HTTPField.Name(name) else { preconditionFailure("\(name) is no name of a header field") }
    return field
  }

  func accepts(_ type: String) -> Bool {
    guard let accept = request.headerFields[.accept] else { return false }
    return accept.split(separator: ",").contains { Self.mediaType(String($0)) == type }
  }
}
