import HummingbirdCore
import JSONTape
import Ledger
import LedgerEngine

extension Daemon {
  private static let moment = [
    Route.Parameter(name: "as_of", summary: "An instant: only events whose time is not after it, and it is now."),
    Route.Parameter(name: "at", summary: "A sequence number: only events up to it."),
  ]

  /// What the parameters of questions mean. Which of them a question has, the ledger says.
  private static func summary(ofParameter name: String, keys: String) -> String {
    switch name {
    case "from": "The first day or instant."
    case "to": "The day or instant behind the last."
    case "month": "A month such as 2026-10."
    case "by": "Lines by \(keys), with commas between."
    case "state": "open, unassigned, unanswered, attention, resolved or snoozed."
    case "agent", "team": "Only of this \(name)."
    case "label": "Only with this label."
    case "limit": "At most so many lines, up to 100000; 1000 if not given."
    default: preconditionFailure("nothing is said of the parameter \(name)")
    }
  }

  func accountRoutes() -> [Route] {
    func about(_ part: String, _ summary: String, by keys: String = "") -> Route {
      question("/v1/accounts/{account}" + part, summary, by: keys)
    }
    return [
      question("/v1/accounts", "All accounts."),
      about("", "One account: its settings and numbers."),
      about("/balance", "Balance, holds, what is available, credits."),
      about(
        "/charges", "Messages and what they cost, in lines.",
        by: "template, category, market, day, month, number, agent, team, label"),
      about("/charges/{message...}", "Why one message cost what it cost."),
      about("/payments", "Payments."),
      about("/credits", "Payments, grants and adjustments, and what is left of each."),
      about("/usage", "Conversations and messages, in and out.", by: "day"),
      about("/allowances", "Free messages used and left; the position in volume tiers."),
      about("/workload", "Who is waiting, and who works on what."),
      about("/conversations", "Conversations with one contact on one number."),
      about("/response-times", "How long people waited, by who answered.", by: "agent, team, day, label"),
      about("/unrated", "Messages that could not be priced, and why."),
      about("/differences", "Where Meta and the ledger disagree."),
    ]
  }

  func ledgerRoutes() -> [Route] {
    [
      Route(
        method: .get, path: "/v1/kept", summary: "Webhooks kept without effect, in order.", role: .read,
        query: [
          Route.Parameter(name: "reason", summary: "Only those: unclaimed, not_understood, no_effect or conflict."),
          Route.Parameter(name: "from", summary: "First sequence number."),
          Route.Parameter(name: "limit", summary: "At most so many; 1000 if not given."),
        ], respond: kept)
    ]
  }

  /// A route that asks the state. What the question is, and which values its parameters may have, the ledger says.
  private func question(_ path: String, _ summary: String, by keys: String = "") -> Route {
    let parts = RoutePattern(path).parts.dropFirst().map { part in
      if case .literal(let text) = part { text } else { "any" }
    }
    guard let question = try? Question(path: parts, query: []) else {
      preconditionFailure("the route \(path) is no question of the ledger")
    }
    let parameters = question.subject.parameterNames.map { name in
      Route.Parameter(name: name, summary: Self.summary(ofParameter: name, keys: keys))
    }
    return Route(
      method: .get, path: path, summary: summary, role: .read, query: parameters + Self.moment, refusals: [404],
      respond: answer)
  }

  @Sendable private func answer(_ call: Call) async throws -> Response {
    let engine = try engine()
    let query = call.query.values.map { Question.Parameter(name: $0.name, value: $0.value) }
    guard let question = try Question(path: call.segments, query: query) else {
      preconditionFailure("the route \(call.segments) is no question of the ledger")
    }
    return .json(try await engine.answer(question))
  }
}
