import HTTPTypes

/// Finds the route of a request.
struct RouteTable: Sendable {
  let routes: [Route]
  private let patterns: [RoutePattern]

  init(_ routes: [Route]) {
    self.routes = routes
    patterns = routes.map(\.pattern)
  }

  struct Match {
    var route: Int
    var parameters: [String: String] = [:]
    var query = Query()
    /// The decoded parts of the path behind `/v1`.
    var segments: [String] = []
  }

  /// - Throws: 404 for a path nobody has, 405 for one with other methods, 400 for a path or query that is no UTF-8.
  func match(_ request: HTTPRequest) throws(Problem) -> Match {
    let target = request.path ?? "/"
    // Cut between bytes: to look for characters costs more than all the rest.
    let pieces = target.utf8.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
      .map { Substring($0) }
    let segments = pieces[0].utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst()
      .map { Substring($0) }[...]
    var otherMethods: [String] = []
    for (index, pattern) in patterns.enumerated() where pattern.matches(segments) {
      let method = routes[index].method
      guard method == request.method || (request.method == .head && method == .get) else {
        otherMethods.append(method.rawValue)
        continue
      }
      var match = Match(route: index)
      try Self.decode(pattern.texts(of: segments), of: pattern, into: &match)
      match.query = try Query(pieces.count > 1 ? pieces[1] : "")
      return match
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

  private static func decode(
    _ texts: [Substring], of pattern: RoutePattern, into match: inout Match
  ) throws(Problem) {
    for (part, text) in zip(pattern.parts, texts).dropFirst() {
      switch part {
      case .literal(let literal): match.segments.append(literal)
      case .parameter(let name), .rest(let name):
        guard let decoded = Query.decode(text) else {
          throw Problem(
            400, "malformed_path", "\(text) is not percent-encoded UTF-8",
            remedy: "encode every byte outside letters, digits and -._~ as %XX")
        }
        match.parameters[name] = decoded
        match.segments.append(decoded)
      }
    }
  }
}
