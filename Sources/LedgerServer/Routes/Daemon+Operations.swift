import HummingbirdCore

extension Daemon {
  func operationRoutes() -> [Route] {
    [
      Route(
        method: .get, path: "/healthz", summary: "Whether the process answers.", answers: [.text],
        worksWhileReplaying: true, respond: { _ in .text("ok\n", .text) }),
      Route(
        method: .get, path: "/readyz",
        summary: "Whether events and questions are answered; 503 while the log is replayed.",
        answers: [.text], refusals: [503], worksWhileReplaying: true, respond: readiness),
      Route(
        method: .get, path: "/metrics", summary: "Prometheus metrics.", role: .read, answers: [.metrics],
        worksWhileReplaying: true, respond: metrics),
    ]
  }

  @Sendable private func readiness(_ call: Call) async throws -> Response {
    _ = try engine()
    return .text("ready\n", .text)
  }
}
