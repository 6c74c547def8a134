import ArgumentParser
import LedgerClient
import WaybillTables

struct Doctor: AsyncParsableCommand {
  static let configuration = CommandConfiguration.of(
    "doctor", "Look whether everything is well: the daemon, its disk, and what waits for an answer from you.",
    examples: "waybill doctor", "waybill doctor --data /var/lib/waybill")
  @Option(help: ArgumentHelp("Look at a data folder instead, without a daemon.", valueName: "folder")) var data: String?
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let checks =
      if let data {
        try Offline.checks(data)
      } else {
        try await global.withClient { client in try await LiveChecks(client: client).run() }
      }
    let rows = checks.map { ($0.name, $0.state.rawValue, $0.detail) }
    let list = JSONValue.array(
      checks.map {
        .object([
          .init("check", .string($0.name)), .init("state", .string($0.state.rawValue)),
          .init("detail", .string($0.detail)),
        ])
      })
    try global.print(Array(JSONValue.object([.init("checks", list)]).json.utf8)) { _ in Sheet.checks(rows) }
    if checks.contains(where: { $0.state == .bad }) { throw ExitCode(1) }
  }
}

/// One thing the doctor looked at.
struct Check: Equatable, Sendable {
  enum State: String, Sendable { case ok, warning, bad }

  var name: String
  var state: State
  var detail: String

  init(_ name: String, _ state: State, _ detail: String) {
    self.name = name
    self.state = state
    self.detail = detail
  }
}

/// What a running daemon says about itself.
struct LiveChecks {
  let client: LedgerClient

  /// - Throws: only when no daemon answers at all.
  func run() async throws -> [Check] {
    _ = try await asked("health", Route("healthz"))
    var checks = [Check("socket", .ok, client.socket)]
    do {
      _ = try await client.get(Route("readyz"), accept: "*/*")
      checks.append(Check("ready", .ok, "every record is folded"))
    } catch LedgerClientError.refused(let problem) {
      checks.append(Check("ready", .bad, problem.sentence))
    }
    checks.append(try await version())
    switch try await asked("metrics", Route("metrics")) {
    case .success(let body): checks += Doctor.measured(String(decoding: body, as: UTF8.self))
    case .failure(let problem): checks.append(Check("role", .warning, problem.sentence))
    }
    checks += try await accounts()
    checks.append(try await kept())
    return checks
  }

  /// The body, or the reason why there is none as the check's detail.
  private func asked(_ name: String, _ route: Route) async throws(LedgerClientError) -> Result<[UInt8], Problem> {
    do {
      return .success(try await client.get(route, accept: "*/*"))
    } catch .refused(let problem) {
      return .failure(problem)
    }
  }

  private func version() async throws -> Check {
    switch try await asked("version", Route("openapi.json")) {
    case .success(let body):
      let version = try JSONValue.read(body)[path: "info.version"]?.plain ?? "unknown"
      return Check("version", .ok, "waybilld \(version), \(Waybill.configuration.version)")
    case .failure(let problem): return Check("version", .warning, problem.sentence)
    }
  }

  private func accounts() async throws -> [Check] {
    switch try await asked("accounts", Route("v1", "accounts")) {
    case .failure(let problem): return [Check("role", .warning, problem.sentence)]
    case .success(let body):
      let names = try JSONValue.read(body)["accounts"]?.elements.compactMap { $0["account"]?.string } ?? []
      var checks = [Check("accounts", .ok, "\(names.count)")]
      for name in names {
        guard case .success(let body) = try await asked("unrated", Route("v1", "accounts", name, "unrated")) else {
          continue
        }
        let count = try JSONValue.read(body)["count"]?.integer ?? 0
        if count > 0 {
          checks.append(Check("unrated", .warning, "\(name): \(count) messages; waybill unrated \(name)"))
        }
      }
      return checks
    }
  }

  /// Webhooks that somebody could still make something of; those without effect are as they should be.
  private func kept() async throws -> Check {
    var count = 0
    var isMore = false
    for reason in ["unclaimed", "not_understood"] {
      switch try await asked("kept", Route("v1", "kept").with("reason", reason)) {
      case .failure(let problem): return Check("kept webhooks", .warning, problem.sentence)
      case .success(let body):
        let answer = try JSONValue.read(body)
        count += answer["kept"]?.elements.count ?? 0
        isMore = isMore || !(answer["next"] ?? .null).isNull
      }
    }
    guard count > 0 else { return Check("kept webhooks", .ok, "none that waits for an account or was not understood") }
    let amount = isMore ? "at least \(count)" : "\(count)"
    let remedy = "add their numbers, then: waybill import webhooks --kept"
    return Check("kept webhooks", .warning, "\(amount) of no account or not understood when they came; \(remedy)")
  }
}
