import NIOCore
import NIOHTTP1

/// A short answer that is written to the socket as it is, head and body in one.
struct Answer {
  private let status: Int
  private let contentType: StaticString
  private let retryAfterSeconds: Int?
  private let body: [UInt8]
  private let date: String
  let closesConnection: Bool

  init(json: [UInt8], date: String) {
    (status, contentType, body, self.date) = (200, "application/json", json, date)
    (retryAfterSeconds, closesConnection) = (nil, false)
  }

  init(_ problem: Problem, date: String = HTTPDate.current) {
    (status, contentType, body, self.date) = (problem.status, "application/problem+json", problem.json, date)
    (retryAfterSeconds, closesConnection) = (problem.retryAfterSeconds, problem.closesConnection)
  }

  func bytes(allocator: ByteBufferAllocator, isLast: Bool) -> ByteBuffer {
    var buffer = allocator.buffer(capacity: 224 + body.count)
    if status == 200 {
      buffer.writeStaticString("HTTP/1.1 200 OK")
    } else {
      buffer.writeString("HTTP/1.1 \(status) \(HTTPResponseStatus(statusCode: status).reasonPhrase)")
    }
    buffer.writeStaticString("\r\nContent-Type: ")
    buffer.writeStaticString(contentType)
    buffer.writeStaticString("\r\nCache-Control: no-store\r\nDate: ")
    buffer.writeString(date)
    if let retryAfterSeconds { buffer.writeString("\r\nRetry-After: \(retryAfterSeconds)") }
    if isLast { buffer.writeStaticString("\r\nConnection: close") }
    buffer.writeStaticString("\r\nContent-Length: ")
    buffer.writeString(String(body.count))
    buffer.writeStaticString("\r\n\r\n")
    buffer.writeBytes(body)
    return buffer
  }
}
