import ArgumentParser
import LedgerClient
import WaybillTables

/// A command that asks the daemon one thing and lays its answer out.
protocol Question: AsyncParsableCommand {
  var global: GlobalOptions { get }
  var route: Route { get }
  static func sheet(_ answer: JSONValue) -> Sheet
}

extension Question {
  func run() async throws {
    let body = try await global.withClient { client in try await client.get(route) }
    try global.print(body, as: Self.sheet)
  }
}

/// What a question about one account takes.
struct AccountQuestionOptions: ParsableArguments {
  @Argument(help: "The account.") var account: String
  @OptionGroup var moment: MomentOptions

  func route(_ what: String) -> Route { moment.added(to: Route("v1", "accounts", account, what)) }
}

/// How long a list may be.
struct ListOptions: ParsableArguments {
  @Option(help: "At most so many lines, up to 100000; 1000 if not given.") var limit: Int?

  func validate() throws {
    if let limit, !(1...100_000).contains(limit) {
      throw ValidationError("--limit \(limit) is not from 1 to 100000.")
    }
  }

  func added(to route: Route) -> Route { route.with("limit", limit.map(String.init)) }
}

extension CommandConfiguration {
  /// A command's help: what it does in a line, and examples to copy.
  static func of(_ name: String, _ abstract: String, examples: String...) -> CommandConfiguration {
    CommandConfiguration(
      commandName: name, abstract: abstract,
      discussion: (examples.count == 1 ? "Example:\n" : "Examples:\n")
        + examples.map { "  " + $0 }.joined(separator: "\n"))
  }
}
