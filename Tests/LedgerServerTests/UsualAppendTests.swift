import JSONTape
import Testing

@testable import LedgerServer

@Suite struct UsualAppendTests {
  private static let type = "Content-Type: application/x-ndjson"

  /// The form and the body of a request, or nil when it is left to the HTTP decoder.
  private func read(_ text: String, longestBody: Int = 100) -> (EventBatchParser.Format, String)? {
    let bytes = Array(text.utf8)
    let request = unsafe bytes.withUnsafeBytes { unsafe UsualAppend($0, longestBody: longestBody) }
    return request.map { ($0.format, String(decoding: bytes[$0.body], as: UTF8.self)) }
  }

  private func request(_ fields: [String], line: String = "POST /v1/events HTTP/1.1", body: String = "{}") -> String {
    ([line] + fields).joined(separator: "\r\n") + "\r\n\r\n" + body
  }

  @Test func `what usual clients send is read, names in any case`() throws {
    let fields = [
      "HOST: waybill", "user-agent: curl/8", "Accept:*/*", "Accept-Encoding: gzip, br", "accept-language: pt",
      "Connection: Keep-Alive", "content-type:  application/x-ndjson", "CONTENT-LENGTH: 2",
    ]
    let found = try #require(read(request(fields)))
    #expect(found.0 == .lines && found.1 == "{}")
    #expect(try #require(read(request([Self.type, "Content-Length: 0"], body: ""))).1 == "")
  }

  @Test(
    arguments: [
      ("application/cloudevents+json", .single), ("application/cloudevents-batch+json", .array),
      ("Application/X-NDJSON", .lines), ("application/json", nil), ("application/x-ndjson; charset=utf-8", nil),
      ("text/plain", nil),
    ] as [(String, EventBatchParser.Format?)])
  func `media types of whole events are known`(type: String, format: EventBatchParser.Format?) {
    #expect(read(request(["Content-Type: \(type)", "Content-Length: 2"]))?.0 == format)
  }

  @Test(arguments: [
    "Waybill-Expected-Last: 1", "Expect: 100-continue", "Transfer-Encoding: chunked", "Connection: close",
    "Connection: upgrade", "Upgrade: h2c", "ce-id: 1", "Content-Length: 2", type, "X-Other: 1", "Host : w", " folded",
    "Host:", "Host: w ", "Host: \u{e9}", "Host: a\tb", "no colon", ": empty",
  ])
  func `any other field is the decoder's`(field: String) {
    #expect(read(request([Self.type, "Content-Length: 2", field])) == nil)
    #expect(read(request([field, Self.type, "Content-Length: 2"])) == nil)
  }

  @Test(arguments: ["", "-1", "+2", "2 2", "0x2", "1", "3", "12345678", "2,2"])
  func `a length that is not the body's is the decoder's`(length: String) {
    #expect(read(request([Self.type, "Content-Length: \(length)"])) == nil)
  }

  @Test(arguments: [
    "POST /v1/events HTTP/1.0", "POST /v1/events?a=b HTTP/1.1", "POST /v1/event HTTP/1.1", "GET /v1/events HTTP/1.1",
    "post /v1/events HTTP/1.1", " POST /v1/events HTTP/1.1",
  ])
  func `any other request is the decoder's`(line: String) {
    #expect(read(request([Self.type, "Content-Length: 2"], line: line)) == nil)
  }

  @Test func `a request that is cut anywhere, or has something behind it, is the decoder's`() {
    let whole = request(["Host: w", Self.type, "Content-Length: 2"])
    #expect(read(whole) != nil)
    for count in 0..<whole.utf8.count {
      #expect(read(String(decoding: whole.utf8.prefix(count), as: UTF8.self)) == nil)
    }
    #expect(read(whole + "P") == nil && read(whole + whole) == nil)
    #expect(read(whole.replacing("\r\n", with: "\n")) == nil)
    #expect(read(request([Self.type])) == nil && read(request(["Content-Length: 2"])) == nil)
  }

  @Test func `a long head and a long body are the decoder's`() {
    func agent(_ count: Int) -> String { "User-Agent: " + String(repeating: "a", count: count) }
    let fields = [Self.type, "Content-Length: 2"]
    #expect(read(request([agent(900)] + fields)) != nil && read(request([agent(1_000)] + fields)) == nil)
    func body(_ count: Int) -> String {
      request([Self.type, "Content-Length: \(count)"], body: String(repeating: " ", count: count))
    }
    #expect(read(body(100)) != nil && read(body(101)) == nil)
  }
}
