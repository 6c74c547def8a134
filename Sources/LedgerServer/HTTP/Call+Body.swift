import HTTPTypes
import HummingbirdCore
import LedgerEngine
import NIOCore

extension Call {
  /// What the client says that it sends; 0 if it does not say.
  var announcedByteCount: Int { request.headerFields[.contentLength].flatMap { Int($0) } ?? 0 }

  /// The whole body.
  /// - Throws: 413 when it is longer than `limit`, 400 when the client stopped before its end.
  func collectBody(upTo limit: Int) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    try await forEachChunk(upTo: limit) { announced in
      bytes.reserveCapacity(announced)
    } take: { chunk in
      bytes += chunk.readableBytesView
    }
    return bytes
  }

  /// The whole body, straight into a request's buffer.
  func collectBody(into submission: Submission, upTo limit: Int) async throws {
    try await forEachChunk(upTo: limit) { announced in
      submission.reserve(announced)
    } take: { chunk in
      unsafe chunk.withUnsafeReadableBytes { unsafe submission.append($0) }
    }
  }

  private func forEachChunk(upTo limit: Int, reserve: (Int) -> Void, take: (ByteBuffer) -> Void) async throws {
    let announced = try announcedByteCount(upTo: limit)
    if let announced { reserve(announced) }
    var byteCount = 0
    do {
      for try await chunk in body {
        byteCount += chunk.readableBytes
        guard byteCount <= limit else { throw Self.tooLarge(limit) }
        take(chunk)
      }
    } catch let problem as Problem {
      throw problem
    } catch {
      throw Self.incomplete
    }
    if let announced, byteCount != announced { throw Self.incomplete }
  }

  private func announcedByteCount(upTo limit: Int) throws(Problem) -> Int? {
    guard let text = request.headerFields[.contentLength] else { return nil }
    guard let count = Int(text), count >= 0 else {
      throw Problem(400, "bad_header", "Content-Length \(text) is not a number of bytes", remedy: "send a correct one")
    }
    guard count <= limit else { throw Self.tooLarge(limit) }
    return count
  }

  private static func tooLarge(_ limit: Int) -> Problem {
    var problem = Problem(
      413, "request_too_large", "the body is longer than \(limit) bytes",
      remedy: "send the events in several requests, or raise limits.request_bytes")
    problem.closesConnection = true
    return problem
  }

  private static var incomplete: Problem {
    var problem = Problem(
      400, "incomplete_request", "the request ended before its body did; nothing of it was appended",
      remedy: "send it again")
    problem.closesConnection = true
    return problem
  }
}
