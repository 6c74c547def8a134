import HummingbirdCore
import NIOCore

extension Daemon {
  /// Everything the server answers.
  func routes() -> [Route] {
    let routes = eventRoutes() + webhookRoutes() + accountRoutes() + ledgerRoutes() + operationRoutes() + checkRoutes()
    let document = OpenAPI.document(of: routes + [describing("")], version: Self.version)
    return routes + [describing(document)]
  }

  private func describing(_ document: String) -> Route {
    Route(
      method: .get, path: "/openapi.json", summary: "This description.", answers: [.openAPI], worksWhileReplaying: true,
      respond: { _ in .text(document, .openAPI) })
  }
}

extension Response {
  static func text(_ text: String, _ content: Route.Content, status: Int = 200) -> Response {
    .bytes(ByteBuffer(string: text), content, status: status)
  }

  private static let pieceByteCount = 256 << 10

  static func json(_ bytes: [UInt8]) -> Response {
    guard bytes.count > pieceByteCount else { return .bytes(ByteBuffer(bytes: bytes), .json) }
    // In pieces, between which the event loop gets to its other connections.
    let pieces = ResponseBody(contentLength: bytes.count) { writer in
      for start in stride(from: 0, to: bytes.count, by: pieceByteCount) {
        let end = min(start + pieceByteCount, bytes.count)
        try await writer.write(ByteBuffer(bytes: bytes[start..<end]))
      }
      try await writer.finish(nil)
    }
    return Response(
      status: .ok, headers: [.contentType: Route.Content.json.rawValue, .cacheControl: "no-store"], body: pieces)
  }

  static func bytes(_ buffer: ByteBuffer, _ content: Route.Content, status: Int = 200) -> Response {
    Response(
      status: .init(code: status), headers: [.contentType: content.rawValue, .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: buffer))
  }

  /// A body of unknown length, written piece by piece.
  static func stream(
    _ content: Route.Content, _ write: @escaping @Sendable (inout any ResponseBodyWriter) async throws -> Void
  ) -> Response {
    Response(
      status: .ok, headers: [.contentType: content.rawValue, .cacheControl: "no-store"],
      body: ResponseBody { writer in
        try await write(&writer)
        try await writer.finish(nil)
      })
  }
}
