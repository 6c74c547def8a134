import Foundation
import Ledger
import LedgerEngine
import Testing

@testable import LedgerServer

@Suite struct ProblemTests {
  private func members(_ problem: Problem) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(problem.json)) as? [String: Any])
  }

  @Test func `a refused event becomes a problem with index and pointer`() throws {
    let refusal = Refusal(.badValue, status: 422, "/data/amount is \"x\"", remedy: "a\nb", pointer: "/data/amount").at(
      index: 7)
    let json = try members(#require(Problem(AppendFailure.refused(refusal))))
    #expect(json["type"] as? String == "urn:waybill:problem:bad_value" && json["title"] as? String == "Bad value")
    #expect(json["status"] as? Int == 422 && json["index"] as? Int == 7 && json["pointer"] as? String == "/data/amount")
    #expect(json["detail"] as? String == "/data/amount is \"x\"" && json["remedy"] as? String == "a\nb")
  }

  @Test(arguments: [
    (AppendFailure.busy, 503, "busy"), (.closing, 503, "stopping"), (.diskFull("no room"), 507, "disk_full"),
  ])
  func `what is nobody's fault has a status that says whether to try again`(
    failure: AppendFailure, status: Int, code: String
  ) throws {
    let problem = try #require(Problem(failure))
    #expect(problem.status == status && problem.code == code)
    #expect((problem.response.headers[.retryAfter] != nil) == (status == 503))
  }

  @Test func `a conflict names the place of the first`() throws {
    let refusal = Refusal(.identityConflict, status: 409, "other content", remedy: "new id")
    let json = try members(#require(Problem(AppendFailure.conflict(refusal, first: 41, indexes: [0]))))
    #expect(json["status"] as? Int == 409 && json["first"] as? String == "41")
  }

  @Test func `control characters in a detail stay JSON`() throws {
    let text = "a\u{1}\t\"\\é"
    #expect(try members(Problem(400, "x", text))["detail"] as? String == text)
  }

  @Test func `a date field has the fixed form`() {
    #expect(HTTPDate.text(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
  }

  @Test func `metrics escape their labels and name their families once`() {
    var text = PrometheusText()
    text.family("a_total", .counter, "Help.")
    text.sample("a_total", 3, labels: [("path", "a\"b\\c\nd")])
    text.single("b", .gauge, "Other.", 0.5)
    #expect(
      text.text == """
        # HELP a_total Help.
        # TYPE a_total counter
        a_total{path="a\\"b\\\\c\\nd"} 3
        # HELP b Other.
        # TYPE b gauge
        b 0.5

        """)
  }
}
