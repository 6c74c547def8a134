import HTTPTypes
import HummingbirdCore
import NIOCore

extension Call {
  /// The whole body.
  /// - Throws: 413 when it is longer than `limit`, 503 when `room` has none for it, 400 when the client stopped before its
  ///   end.
  func collectBody(upTo limit: Int, in room: BodyRoom) async throws -> HeldBody {
    let announced = try announcedByteCount(upTo: limit)
    let collected = HeldBody(in: room)
    do {
      for try await chunk in body {
        guard collected.bytes.count + chunk.readableBytes <= limit else { throw Problem.requestTooLarge(limit: limit) }
        guard collected.append(chunk.readableBytesView) else { throw Problem.noRoomForBody }
      }
    } catch let problem as Problem {
      throw problem
    } catch {
      throw Problem.incompleteRequest
    }
    if let announced, collected.bytes.count != announced { throw Problem.incompleteRequest }
    return collected
  }

  private func announcedByteCount(upTo limit: Int) throws(Problem) -> Int? {
    guard let text = request.headerFields[.contentLength] else { return nil }
    guard let count = Int(text), count >= 0 else {
      throw Problem(400, "bad_header", "Content-Length \(text) is not a number of bytes", remedy: "send a correct one")
    }
    guard count <= limit else { throw Problem.requestTooLarge(limit: limit) }
    return count
  }
}
