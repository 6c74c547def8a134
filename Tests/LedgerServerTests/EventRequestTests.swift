import JSONTape
import LedgerEngine
import NIOHTTP1
import Testing

@testable import LedgerServer

@Suite struct EventRequestTests {
  private func request(_ fields: [(String, String)]) throws(Problem) -> EventRequest {
    try EventRequest(
      HTTPRequestHead(version: .http1_1, method: .POST, uri: "/v1/events", headers: HTTPHeaders(fields)))
  }

  private func problem(_ fields: [(String, String)]) -> Problem? {
    #expect(throws: Problem.self) { try request(fields) }
  }

  @Test func `names of fields may be in any case`() throws {
    let request = try request([
      ("CONTENT-TYPE", "application/x-ndjson"), ("waybill-EXPECTED-last", "7"), ("content-Length", "12"),
      ("Expect", "100-Continue"), ("Host", "w"),
    ])
    #expect(request.expectedLast == 7 && request.announcedByteCount == 12 && request.awaitsInvitation)
    #expect(request.isStructured)
  }

  @Test func `a field given twice is one list, and so no number and no media type`() {
    let type = ("Content-Type", "application/x-ndjson")
    #expect(problem([type, type])?.status == 415)
    #expect(problem([type, ("Waybill-Expected-Last", "1"), ("Waybill-Expected-Last", "1")])?.code == "bad_header")
  }

  @Test(arguments: ["-1", "+", "", "1e3", "99999999999999999999"])
  func `a length or place that is no number is named`(text: String) {
    let type = ("Content-Type", "application/x-ndjson")
    #expect(problem([type, ("Content-Length", text)])?.code == "bad_header")
    #expect(problem([type, ("Waybill-Expected-Last", text)])?.code == "bad_header")
  }

  @Test func `binary mode takes its attributes from the fields, decoded and without quotes`() throws {
    let request = try request([
      ("Content-Type", "application/json"), ("CE-ID", "\"a%20b\""), ("ce-source", "/s"), ("cell", "no"),
    ])
    guard case .binary(let attributes) = request.media else { return #expect(Bool(false), "not binary") }
    #expect(attributes.map(\.name) == ["id", "source"] && attributes.map(\.value) == ["a b", "/s"])
    #expect(problem([("Content-Type", "application/json"), ("ce-id", "a"), ("CE-id", "b")])?.code == "bad_header")
    #expect(problem([("ce-data", "{}")])?.code == "bad_header")
    #expect(problem([("Content-Type", "application/json")])?.status == 415)
  }
}

@Suite struct AnswerTests {
  private func text(_ answer: Answer, isLast: Bool = false) -> String {
    var bytes: [UInt8] = []
    answer.write(to: &bytes, isLast: isLast)
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func `an answer is a head with the body's length and the body`() {
    let answer = Answer(json: Array(#"{"first":"1"}"#.utf8), date: "today")
    #expect(
      text(answer) == """
        HTTP/1.1 200 OK\r
        Content-Type: application/json\r
        Cache-Control: no-store\r
        Date: today\r
        Content-Length: 13\r
        \r
        {"first":"1"}
        """)
    #expect(text(answer, isLast: true).contains("\r\nConnection: close\r\n"))
  }

  @Test func `a problem says its status, and when to come again`() {
    var busy = Problem(503, "busy", "more is waiting than the daemon takes")
    busy.retryAfterSeconds = 1
    let answer = text(Answer(busy, date: "today"))
    #expect(answer.hasPrefix("HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"))
    #expect(answer.contains("\r\nRetry-After: 1\r\n") && answer.hasSuffix(String(decoding: busy.json, as: UTF8.self)))
  }

  @Test(arguments: [0, 9, 10, 18_446_744_073_709_551_615] as [UInt64])
  func `an appended request says its places as strings`(place: UInt64) {
    let appended = Appended(first: place, last: nil, appended: 12, duplicates: 0)
    #expect(
      String(decoding: appended.json, as: UTF8.self)
        == #"{"first":"\#(place)","last":null,"appended":12,"duplicates":0}"#)
  }
}
