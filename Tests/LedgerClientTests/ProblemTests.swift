import Testing

@testable import LedgerClient

@Suite struct ProblemTests {
  @Test func `a problem's members are read`() {
    let body =
      #"{"type":"urn:waybill:problem:no_rate","title":"No rate","status":422,"detail":"no rate for marketing","remedy":"publish one","index":3,"pointer":"/data/category"}"#
    let problem = Problem(status: 422, body: Array(body.utf8))
    #expect(problem.sentence == "no rate for marketing")
    #expect(problem.nextStep == "publish one")
    #expect(problem.index == 3)
    #expect(problem.pointer == "/data/category")
  }

  @Test(arguments: [
    ("", "The daemon answered with status 502 and no reason."), ("bad gateway\nmore", "bad gateway"),
    ("[1]", "The daemon answered with status 502 and no reason."), (#"{"title":"Broken"}"#, "Broken"),
  ])
  func `an answer that is no problem JSON still makes a sentence`(body: String, sentence: String) {
    #expect(Problem(status: 502, body: Array(body.utf8)).sentence == sentence)
  }

  @Test(arguments: [400, 401, 403, 404, 405, 409, 413, 415, 422, 500, 501, 502, 503, 507])
  func `every status says what to do next`(status: Int) {
    let problem = Problem(status: status)
    #expect(!problem.sentence.isEmpty)
    #expect(problem.nextStep.count > 20)
  }

  @Test func `a segment or a value with any character stays one`() {
    let route = Route("v1", "accounts", "a/b c", "charges", "wamid.HB==").with("from", "2026-10-01T00:00:00+02:00")
      .with("to", nil)
      .with("by", "day,é")
    #expect(
      route.pathAndQuery
        == "/v1/accounts/a%2Fb%20c/charges/wamid.HB%3D%3D?from=2026-10-01T00%3A00%3A00%2B02%3A00&by=day%2C%C3%A9")
    #expect(route.url(socket: "./x/w.sock").hasPrefix("http+unix://.%2Fx%2Fw.sock/v1/"))
  }

  @Test func `no socket is no daemon, and says which socket and how to start one`() async throws {
    let client = LedgerClient(socket: "/nowhere/waybill.sock")
    let error = await #expect(throws: LedgerClientError.self) { try await client.get(Route("healthz")) }
    await client.close()
    guard case .noDaemon = try #require(error) else {
      Issue.record("\(error!) is not noDaemon")
      return
    }
    #expect(error!.sentence.contains("/nowhere/waybill.sock"))
    #expect(error!.nextStep.contains("waybilld --data"))
  }

  @Test func `a path that no socket can have is refused before it is tried`() async {
    let path = "/" + String(repeating: "x", count: 107)
    let client = LedgerClient(socket: path)
    await #expect(
      throws: LedgerClientError.noDaemon(socket: path, reason: "a socket's path has at most 107 bytes, this one 108")
    ) { try await client.get(Route("healthz")) }
    await client.close()
  }
}
