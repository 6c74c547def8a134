import HummingbirdCore
import JSONTape
import Ledger
import LedgerEngine

extension Daemon {
  private static let moment = [
    Route.Parameter(name: "as_of", summary: "An instant: only events whose time is not after it, and it is now."),
    Route.Parameter(name: "at", summary: "A sequence number: only events up to it."),
  ]

  private static func period(by names: String) -> [Route.Parameter] {
    [
      Route.Parameter(name: "from", summary: "The first day or instant."),
      Route.Parameter(name: "to", summary: "The day or instant behind the last."),
      Route.Parameter(name: "by", summary: "Lines by \(names), with commas between."),
    ]
  }

  func accountRoutes() -> [Route] {
    func about(_ part: String, _ summary: String, _ query: [Route.Parameter] = []) -> Route {
      question("/v1/accounts/{account}" + part, summary, query)
    }
    return [
      question("/v1/accounts", "All accounts."),
      about("", "One account: its settings and numbers."),
      about("/balance", "Balance, holds, what is available, credits."),
      about(
        "/charges", "Messages and what they cost, in lines.",
        Self.period(by: "template, category, market, day, month, number, agent, team, label")),
      about("/charges/{message...}", "Why one message cost what it cost."),
      about("/payments", "Payments."),
      about("/credits", "Payments, grants and adjustments, and what is left of each."),
      about("/usage", "Conversations and messages, in and out.", Self.period(by: "day, month")),
      about("/allowances", "Free messages used and left; the position in volume tiers."),
      about("/workload", "Who is waiting, and who works on what."),
      about(
        "/conversations", "Conversations with one contact on one number.",
        [
          Route.Parameter(name: "state", summary: "open, unassigned, unanswered, attention, resolved or snoozed."),
          Route.Parameter(name: "agent", summary: "Only of this agent."),
          Route.Parameter(name: "team", summary: "Only of this team."),
          Route.Parameter(name: "label", summary: "Only with this label."),
        ]),
      about("/response-times", "How long people waited, by who answered.", Self.period(by: "agent, team, day, label")),
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
  private func question(_ path: String, _ summary: String, _ query: [Route.Parameter] = []) -> Route {
    Route(
      method: .get, path: path, summary: summary, role: .read, query: query + Self.moment, refusals: [404],
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
