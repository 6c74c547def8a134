import NIOHTTP1

/// What is wrong with a request before anybody looks at what it is about.
extension Problem {
  static var incompleteRequest: Problem {
    var problem = Problem(
      400, "incomplete_request", "the request ended before its body did; nothing of it was appended",
      remedy: "send it again")
    problem.closesConnection = true
    return problem
  }

  static func requestTooLarge(limit: Int) -> Problem {
    var problem = Problem(
      413, "request_too_large", "the body is longer than \(limit) bytes",
      remedy: "send the events in several requests, or raise limits.request_bytes")
    problem.closesConnection = true
    return problem
  }

  static var busy: Problem {
    var problem = Problem(
      503, "busy", "more is waiting than the daemon takes", remedy: "send it again in a second")
    problem.retryAfterSeconds = 1
    return problem
  }

  static var noRoomForBody: Problem {
    var problem = busy
    problem.closesConnection = true
    return problem
  }

  static func notHTTP(_ error: HTTPParserError) -> Problem {
    var problem: Problem
    if case .headerOverflow = error {
      problem = Problem(
        431, "headers_too_large", "the header fields are longer than this server reads",
        remedy: "send fewer or shorter ones")
    } else {
      problem = Problem(
        400, "malformed_http", "this is no HTTP/1.1 request: \(error)", remedy: "speak HTTP/1.1 to this socket")
    }
    problem.closesConnection = true
    return problem
  }
}
