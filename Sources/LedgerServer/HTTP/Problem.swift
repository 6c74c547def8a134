import HTTPTypes
import HummingbirdCore
import Ledger
import NIOCore

/// An answer that says what is wrong and what to do: RFC 9457's `application/problem+json`.
struct Problem: Error, Hashable {
  var status: Int
  /// For programs: part of the interface, never renamed.
  var code: String
  var detail: String
  var remedy: String?
  /// Which event of a request, from 0.
  var index: Int?
  /// Which member of it, as a JSON pointer.
  var pointer: String?
  /// The sequence number of the event that was there first.
  var first: UInt64?
  var retryAfterSeconds: Int?
  var allow: String?
  var closesConnection = false

  init(_ status: Int, _ code: String, _ detail: String, remedy: String? = nil) {
    self.status = status
    self.code = code
    self.detail = detail
    self.remedy = remedy
  }

  /// The code in words: `not_found` → `Not found`.
  var title: String {
    let words = code.split(separator: "_").joined(separator: " ")
    return words.prefix(1).uppercased() + words.dropFirst()
  }

  var json: [UInt8] {
    JSONWriter.object { json in
      json.member("type", "urn:waybill:problem:\(code)")
      json.member("title", title)
      json.member("status", status)
      json.member("detail", detail)
      json.member("remedy", remedy)
      json.member("index", index)
      json.member("pointer", pointer)
      json.member("first", first.map { String($0) })
    }
  }

  var response: Response {
    var headers = HTTPFields()
    headers[.contentType] = "application/problem+json"
    if let retryAfterSeconds { headers[.retryAfter] = String(retryAfterSeconds) }
    if let allow { headers[.allow] = allow }
    if closesConnection { headers[.connection] = "close" }
    return Response(
      status: HTTPResponse.Status(code: status), headers: headers,
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: json)))
  }
}

extension JSONWriter {
  /// One object, whose members `body` writes.
  static func object(_ body: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    body(&writer)
    writer.endObject()
    return writer.bytes
  }

  mutating func member(_ name: StaticString, _ value: String?) {
    guard let value else { return }
    key(name)
    string(value)
  }

  mutating func member(_ name: StaticString, _ value: Int?) {
    guard let value else { return }
    key(name)
    number(value)
  }

  mutating func member(_ name: StaticString, _ value: Bool) {
    key(name)
    bool(value)
  }
}
