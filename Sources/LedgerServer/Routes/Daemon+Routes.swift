import HummingbirdCore
import NIOCore

extension Daemon {
  /// Which of ``routes()`` takes events.
  static let appendRoute = 0

  /// Everything the server answers.
  func routes() -> [Route] {
    var routes = eventRoutes() + webhookRoutes() + accountRoutes() + ledgerRoutes() + operationRoutes() + checkRoutes()
    let document = OpenAPI.document(of: routes + [describing("")], version: Self.version)
    routes.append(describing(document))
    return routes
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

  static func json(_ bytes: [UInt8]) -> Response { .bytes(ByteBuffer(bytes: bytes), .json) }

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
