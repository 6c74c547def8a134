import HTTPTypes
import HummingbirdCore
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
    var writer = JSONObject()
    writer.add("type", "urn:waybill:problem:\(code)")
    writer.add("title", title)
    writer.add("status", status)
    writer.add("detail", detail)
    if let remedy { writer.add("remedy", remedy) }
    if let index { writer.add("index", index) }
    if let pointer { writer.add("pointer", pointer) }
    if let first { writer.add("first", String(first)) }
    return writer.finish()
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

/// A flat JSON object, written member by member.
struct JSONObject {
  private var bytes: [UInt8] = [UInt8(ascii: "{")]

  mutating func add(_ name: StaticString, _ value: String) {
    key(name)
    Self.append(value, to: &bytes)
  }

  mutating func add(_ name: StaticString, _ value: some BinaryInteger) {
    key(name)
    bytes += Array(String(value).utf8)
  }

  mutating func add(_ name: StaticString, _ value: Bool) {
    key(name)
    bytes += value ? Array("true".utf8) : Array("false".utf8)
  }

  consuming func finish() -> [UInt8] { bytes + [UInt8(ascii: "}")] }

  private mutating func key(_ name: StaticString) {
    if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
    Self.append(name.description, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
  }

  /// A JSON string: quotes, backslashes and control characters escaped.
  static func append(_ string: some StringProtocol, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case UInt8(ascii: "\n"): bytes += Array("\\n".utf8)
      case 0..<0x20:
        let digits = Array("0123456789abcdef".utf8)
        bytes += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
