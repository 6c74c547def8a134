import Foundation
import HTTPTypes
import Logging
import Testing

@testable import LedgerServer

@Suite struct RouteTests {
  private let daemon = Daemon(configuration: Daemon.Configuration(socket: "/nowhere"), logger: Logger(label: "test"))
  private var table: RouteTable { RouteTable(daemon.routes()) }

  private func match(_ method: HTTPRequest.Method, _ path: String) throws(Problem) -> (String, RouteTable.Match) {
    let match = try table.match(HTTPRequest(method: method, scheme: nil, authority: nil, path: path))
    return (table.routes[match.route].path, match)
  }

  @Test(arguments: [
    ("/v1/events", "/v1/events"), ("/v1/events?from=3", "/v1/events"), ("/v1/accounts", "/v1/accounts"),
    ("/v1/accounts/acme", "/v1/accounts/{account}"),
    ("/v1/accounts/acme/balance?at=4", "/v1/accounts/{account}/balance"),
    ("/v1/accounts/acme/charges", "/v1/accounts/{account}/charges"),
    ("/v1/accounts/acme/charges/wamid.A%3D", "/v1/accounts/{account}/charges/{message...}"), ("/healthz", "/healthz"),
  ])
  func `a path finds its route`(path: String, route: String) throws {
    #expect(try match(.get, path).0 == route)
  }

  @Test(arguments: [
    ("wamid.HBg%3D%3D", "wamid.HBg=="), ("wamid.a%2Fb", "wamid.a/b"), ("wamid.a/b=", "wamid.a/b="), ("%E2%82%AC", "€"),
  ])
  func `a message id in a path may hold slashes, encoded or not`(path: String, message: String) throws {
    let found = try match(.get, "/v1/accounts/acme/charges/\(path)").1
    #expect(found.parameters["message"] == message)
    #expect(found.segments == ["accounts", "acme", "charges", message])
  }

  @Test(arguments: ["/", "/v1", "/v1/event", "/v1/events/", "/v1/accounts/acme/nothing", "/v2/events", "//v1/events"])
  func `a path nobody has is not found`(path: String) {
    #expect(throws: Problem.self) { try match(.get, path) }
    do throws(Problem) { _ = try match(.get, path) } catch {
      #expect(error.status == 404 && error.code == "no_such_route")
    }
  }

  @Test func `a method the path does not have is named, with those it has`() {
    let problem = #expect(throws: Problem.self) { try match(.delete, "/v1/events") }
    #expect(problem?.status == 405 && problem?.allow == "POST, GET")
  }

  @Test func `HEAD goes where GET goes`() throws { #expect(try match(.head, "/healthz").0 == "/healthz") }

  @Test func `a path or query that is not UTF-8 in percent signs is malformed`() {
    for path in ["/v1/accounts/%FF", "/v1/accounts/%4", "/v1/events?from=%ZZ"] {
      let problem = #expect(throws: Problem.self) { try match(.get, path) }
      #expect(problem?.status == 400, "\(path)")
    }
  }

  @Test(arguments: [
    ("charges", ["from", "to", "month", "by"]), ("usage", ["from", "to", "month", "by"]), ("allowances", ["month"]),
    ("conversations", ["state", "agent", "team", "label", "limit"]), ("unrated", ["limit"]), ("differences", ["limit"]),
    ("response-times", ["from", "to", "month", "by"]), ("balance", []), ("workload", []),
  ])
  func `a question takes what the ledger knows, and a moment`(question: String, parameters: [String]) throws {
    let found = try match(.get, "/v1/accounts/acme/\(question)").1
    #expect(table.routes[found.route].query.map(\.name) == parameters + ["as_of", "at"])
  }

  @Test func `only the route that takes events is answered elsewhere`() {
    let elsewhere = daemon.routes().filter { $0.respond == nil }
    #expect(elsewhere.map { "\($0.method) \($0.path)" } == ["POST \(EventIntake.path)"])
  }

  @Test func `the description is JSON and has every route with its parameters`() throws {
    let json = OpenAPI.document(of: daemon.routes(), version: "1")
    let document = try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    #expect(document["openapi"] as? String == "3.1.0")
    let paths = try #require(document["paths"] as? [String: [String: [String: Any]]])
    for route in daemon.routes() {
      let path = route.path.replacing("...", with: "")
      let operation = try #require(paths[path]?[route.method.rawValue.lowercased()], "\(route.method) \(path)")
      let names = (operation["parameters"] as? [[String: Any]] ?? []).compactMap { $0["name"] as? String }
      #expect(Set(route.query.map(\.name)).isSubset(of: names))
      #expect(operation["responses"] != nil)
    }
    #expect(paths.values.reduce(0) { $0 + $1.count } == daemon.routes().count)
  }
}

@Suite struct QueryTests {
  @Test func `names and values are decoded, a plus sign stands for itself`() throws {
    let query = try Query("as_of=2026-10-03T09:15:02+02:00&by=a%2Cb&hub.mode=x&empty=&bare")
    #expect(query["as_of"] == "2026-10-03T09:15:02+02:00" && query["by"] == "a,b" && query["hub.mode"] == "x")
    #expect(query["empty"] == "" && query["bare"] == "" && query["none"] == nil)
  }

  @Test func `a parameter given twice, an unknown one and a bad number are refused by name`() throws {
    let twice = #expect(throws: Problem.self) { try Query("at=1&at=2") }
    #expect(twice?.code == "repeated_parameter" && twice?.detail.contains("at") == true)
    let unknown = #expect(throws: Problem.self) { try Query("form=1").check(against: ["from", "to"]) }
    #expect(unknown?.code == "unknown_parameter" && unknown?.remedy == "it has from, to")
    for text in ["", "-1", "+1", "1.5", "x", "99999999999999999999"] {
      let bad = #expect(throws: Problem.self) { try Query("n=\(text)").number("n") }
      #expect(bad?.code == "bad_parameter", "\(text)")
    }
    #expect(try Query("n=0").number("n") == 0)
    #expect(throws: Problem.self) { try Query("n=0").number("n", minimum: 1) }
  }
}
