import HummingbirdCore
import WhatsApp

extension Daemon {
  @Sendable func kept(_ call: Call) async throws -> Response {
    let engine = try engine()
    let reason = call.query["reason"]
    if let reason, KeptReason(rawValue: reason) == nil {
      throw Problem(
        400, "bad_parameter", "reason=\(reason) is not why a webhook is kept",
        remedy: "name one of \(KeptReason.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    let limit = try call.query.number("limit", minimum: 1) ?? 1000
    let from = try call.query.number("from") ?? 1
    return .json(try await engine.kept(reason: reason, from: max(1, from), limit: Int(min(limit, 100_000))))
  }
}
