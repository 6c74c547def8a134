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

  /// Puts all of it behind `bytes`.
  func write(to bytes: inout [UInt8], isLast: Bool) {
    bytes.reserveCapacity(bytes.count + 224 + body.count)
    if status == 200 {
      bytes.append("HTTP/1.1 200 OK")
    } else {
      bytes += "HTTP/1.1 \(status) \(HTTPResponseStatus(statusCode: status).reasonPhrase)".utf8
    }
    bytes.append("\r\nContent-Type: ")
    bytes.append(contentType)
    bytes.append("\r\nCache-Control: no-store\r\nDate: ")
    bytes += date.utf8
    if let retryAfterSeconds { bytes += "\r\nRetry-After: \(retryAfterSeconds)".utf8 }
    if isLast { bytes.append("\r\nConnection: close") }
    bytes.append("\r\nContent-Length: ")
    bytes.append(decimal: UInt64(body.count))
    bytes.append("\r\n\r\n")
    bytes += body
  }
}
