import HummingbirdCore
import JSONTape
import Ledger
import LedgerEngine
import NIOCore
import WhatsApp

/// What is agreed with Meta: the signature of deliveries, and the token of the handshake.
struct WebhookReceiver: Sendable {
  /// Nil without an app secret: then no delivery is taken.
  var signature: WebhookSignature?
  var verifyToken: String?

  /// Whether a handshake shows the token we gave to Meta; never without a token. Takes the same time whatever is wrong.
  func isSubscription(mode: String?, token: String?) -> Bool {
    guard mode == "subscribe", let token, let verifyToken, !verifyToken.isEmpty else { return false }
    let (given, own) = (Array(token.utf8), Array(verifyToken.utf8))
    guard given.count == own.count else { return false }
    return zip(given, own).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }
}

extension Daemon {
  func webhookRoutes() -> [Route] {
    [
      Route(
        method: .get, path: "/v1/webhooks/whatsapp", summary: "Meta's handshake: answers hub.challenge.", role: .append,
        query: ["hub.mode", "hub.challenge", "hub.verify_token"].map {
          Route.Parameter(name: $0, summary: "As Meta sends it.")
        },
        answers: [.text], respond: subscribe),
      Route(
        method: .post, path: "/v1/webhooks/whatsapp",
        summary:
          "Meta's deliveries, signed with the app secret. What has no effect is kept, and listed by GET /v1/kept.",
        role: .append,
        headers: [Route.Parameter(name: WebhookSignature.headerName, summary: "sha256= and HMAC-SHA256 of the body.")],
        accepts: ["application/json"], refusals: [413, 507], respond: receive),
    ]
  }

  @Sendable private func subscribe(_ call: Call) async throws -> Response {
    guard webhooks.isSubscription(mode: call.query["hub.mode"], token: call.query["hub.verify_token"]) else {
      throw Problem(
        403, "wrong_token", "the verify token is wrong, or none is set",
        remedy: "set whatsapp.verify_token to what is entered at Meta")
    }
    return .text(call.query["hub.challenge"] ?? "", .text)
  }

  @Sendable private func receive(_ call: Call) async throws -> Response {
    let engine = try engine()
    // Kept until the answer, like the events and what else is made of it.
    let held = try await call.collectBody(upTo: configuration.requestByteLimit, in: bodies)
    defer { withExtendedLifetime(held) {} }
    let body = held.bytes
    let header = call.header(Self.signatureField)
    var events = try await work(on: body.count, of: engine) { [webhooks] in
      guard let signature = webhooks.signature, signature.verify(header: header, rawBody: body) else {
        throw Problem(
          403, "wrong_signature", "the signature is missing or wrong, or no app secret is set",
          remedy: "set whatsapp.app_secret to the secret of the app at Meta that posts here")
      }
      return try WebhookTranslator.translate(body: body) { engine.account(number: $0, waba: $1) }
    }
    // Each round replaces events that the ledger does not take by their kept form, which it always takes.
    for _ in 0..<4 {
      do throws(AppendFailure) {
        return .json(try await append(events, to: engine).json)
      } catch {
        guard let refused = error.refusedIndexes else { throw error }
        events = await work(on: body.count, of: engine) { [events] in
          events.enumerated().flatMap { index, event in
            refused.indexes.contains(index) ? event.kept(refused.reason) : [event]
          }
        }
      }
    }
    throw Problem(
      500, "webhook_not_kept", "the webhook could neither be taken nor kept", remedy: "the daemon's log says more")
  }

  private static let signatureField = Call.fieldName(WebhookSignature.headerName)

  private func append(_ events: [TranslatedEvent], to engine: Engine) async throws(AppendFailure) -> Appended {
    guard !events.isEmpty else { return Appended(first: nil, last: nil, appended: 0, duplicates: 0) }
    let byteCount = events.reduce(0) { $0 + $1.bytes.count + 1 }
    let submission = engine.makeSubmission(for: byteCount)
    defer { engine.recycle(submission) }
    try await work(on: byteCount, of: engine) { () throws(AppendFailure) in
      for event in events { submission.append(contentsOf: event.bytes + [10]) }
      do throws(Refusal) {
        try submission.check(.lines)
      } catch {
        throw .refused(error)
      }
    }
    return try await engine.append(submission, listingConflicts: true)
  }

  /// Works on so many bytes: on the event loop, which other connections wait for, only where they are few.
  private func work<Result: Sendable, Failure: Error>(
    on byteCount: Int, of engine: Engine, _ body: @escaping @Sendable () throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    guard byteCount > EventIntake.checkedHereByteCount else { return try body() }
    return try await engine.workAside(body)
  }
}

extension AppendFailure {
  /// Which events the ledger does not take, and what they are kept as; nil when the events are not to blame.
  fileprivate var refusedIndexes: (indexes: Set<Int>, reason: KeptReason)? {
    switch self {
    case .conflict(_, _, let indexes): (Set(indexes), .conflict)
    case .refused(let refusal): refusal.index.map { ([$0], .notUnderstood) }
    default: nil
    }
  }
}
