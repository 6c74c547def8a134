import HTTPTypes

/// Finds the route of a request.
struct RouteTable: Sendable {
  let routes: [Route]
  private let parts: [[String]]

  init(_ routes: [Route]) {
    self.routes = routes
    parts = routes.map(\.parts)
  }

  struct Match {
    var route: Int
    var parameters: [String: String]
    var query: Query
    /// The decoded parts of the path behind `/v1`.
    var segments: [String] = []
  }

  /// - Throws: 404 for a path nobody has, 405 for one with other methods, 400 for a path or query that is no UTF-8.
  func match(_ request: HTTPRequest) throws(Problem) -> Match {
    let target = request.path ?? "/"
    let pieces = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let segments = pieces[0].split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    var otherMethods: [String] = []
    for (index, route) in routes.enumerated() {
      guard let captured = Route.match(segments, parts[index]) else { continue }
      guard route.method == request.method || (request.method == .head && route.method == .get) else {
        otherMethods.append(route.method.rawValue)
        continue
      }
      let parameters = try Self.decode(captured)
      return Match(
        route: index, parameters: parameters, query: try Query(pieces.count > 1 ? pieces[1] : ""),
        segments: parts[index].dropFirst().map { part in
          part.hasPrefix("{") ? parameters[Route.parameterName(part)] ?? "" : part
        })
    }
    if otherMethods.isEmpty {
      throw Problem(
        404, "no_such_route", "there is nothing at \(pieces[0])", remedy: "GET /openapi.json lists the routes")
    }
    var problem = Problem(
      405, "method_not_allowed", "\(pieces[0]) does not answer \(request.method.rawValue)",
      remedy: "use \(otherMethods.joined(separator: " or "))")
    problem.allow = otherMethods.joined(separator: ", ")
    throw problem
  }

  private static func decode(_ captured: [String: Substring]) throws(Problem) -> [String: String] {
    var decoded: [String: String] = [:]
    for (name, value) in captured {
      guard let text = Query.decode(value) else {
        throw Problem(
          400, "malformed_path", "\(value) is not percent-encoded UTF-8",
          remedy: "encode every byte outside letters, digits and -._~ as %XX")
      }
      decoded[name] = text
    }
    return decoded
  }
}
