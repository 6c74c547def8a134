import ArgumentParser
import LedgerClient
import WaybillTables

/// Which conversation: with whom, and on which of the account's numbers.
struct ConversationOptions: ParsableArguments {
  @Argument(help: "The account.") var account: String
  @Argument(help: "The contact's phone, as 5511987654321, or their user id.") var contact: String
  @Option(help: ArgumentHelp("The business number (default: the account's, if it has one).", valueName: "id"))
  var number: String?

  /// `number` and `contact` of the event.
  func data(_ client: LedgerClient) async throws -> [JSONValue.Member?] {
    let isPhone = contact.allSatisfy { $0.isASCII && $0.isNumber || "+ -()".contains($0) }
    let phone = contact.filter { $0 != "(" && $0 != ")" }
    return [
      .init("number", .string(try await numberOrTheOnlyOne(client))),
      .init("contact", .object([isPhone ? .init("phone", .string(phone)) : .init("user", .string(contact))])),
    ]
  }

  private func numberOrTheOnlyOne(_ client: LedgerClient) async throws -> String {
    if let number { return number }
    let answer = try JSONValue.read(try await client.get(Route("v1", "accounts", account)))
    let numbers = (answer["numbers"]?.elements ?? []).compactMap { $0.string ?? $0["number"]?.string }
    if numbers.count == 1 { return numbers[0] }
    throw Failure(
      numbers.isEmpty ? "\(account) has no number yet." : "\(account) has \(numbers.count) numbers.",
      numbers.isEmpty
        ? "Add one: waybill number add \(account) NUMBER" : "Say which: --number \(numbers.joined(separator: " or "))")
  }
}

struct Assign: Fact {
  static let configuration = CommandConfiguration.of(
    "assign", "Give a conversation to an agent or a team.",
    examples: "waybill assign acme 5511987654321 --agent priya", "waybill assign acme 5511987654321 --team sales")
  @OptionGroup var conversation: ConversationOptions
  @Option(help: "To this agent.") var agent: String?
  @Option(help: "To this team (default: the agent's).") var team: String?
  @OptionGroup var event: EventOptions

  var type: String { "conversation.assigned" }
  var account: String { conversation.account }

  func validate() throws {
    if agent == nil && team == nil { throw ValidationError("To whom? --agent or --team.") }
  }

  func data(_ id: String, _ client: LedgerClient) async throws -> [JSONValue.Member?] {
    try await conversation.data(client) + [.ifGiven("agent", agent), .ifGiven("team", team)]
  }
}

struct Unassign: Fact {
  static let configuration = CommandConfiguration.of(
    "unassign", "Take a conversation from its agent and team.", examples: "waybill unassign acme 5511987654321")
  @OptionGroup var conversation: ConversationOptions
  @OptionGroup var event: EventOptions

  var type: String { "conversation.unassigned" }
  var account: String { conversation.account }
  func data(_ id: String, _ client: LedgerClient) async throws -> [JSONValue.Member?] {
    try await conversation.data(client)
  }
}

struct LabelCommand: Fact {
  static let configuration = CommandConfiguration.of(
    "label", "Put labels on a conversation.", examples: "waybill label acme 5511987654321 complaint vip")
  @OptionGroup var conversation: ConversationOptions
  @Argument(help: "The labels.") var labels: [String]
  @OptionGroup var event: EventOptions

  var type: String { "conversation.labelled" }
  var account: String { conversation.account }

  func data(_ id: String, _ client: LedgerClient) async throws -> [JSONValue.Member?] {
    try await conversation.data(client) + [.list("labels", labels)]
  }
}

struct Unlabel: Fact {
  static let configuration = CommandConfiguration.of(
    "unlabel", "Take labels off a conversation.", examples: "waybill unlabel acme 5511987654321 complaint")
  @OptionGroup var conversation: ConversationOptions
  @Argument(help: "The labels.") var labels: [String]
  @OptionGroup var event: EventOptions

  var type: String { "conversation.unlabelled" }
  var account: String { conversation.account }

  func data(_ id: String, _ client: LedgerClient) async throws -> [JSONValue.Member?] {
    try await conversation.data(client) + [.list("labels", labels)]
  }
}

struct Resolve: Fact {
  static let configuration = CommandConfiguration.of(
    "resolve", "End a conversation's cycle: nothing is left to do.", examples: "waybill resolve acme 5511987654321")
  @OptionGroup var conversation: ConversationOptions
  @OptionGroup var event: EventOptions

  var type: String { "conversation.resolved" }
  var account: String { conversation.account }
  func data(_ id: String, _ client: LedgerClient) async throws -> [JSONValue.Member?] {
    try await conversation.data(client)
  }
}

struct Reopen: Fact {
  static let configuration = CommandConfiguration.of(
    "reopen", "Begin a conversation's next cycle.", examples: "waybill reopen acme 5511987654321")
  @OptionGroup var conversation: ConversationOptions
  @OptionGroup var event: EventOptions

  var type: String { "conversation.reopened" }
  var account: String { conversation.account }
  func data(_ id: String, _ client: LedgerClient) async throws -> [JSONValue.Member?] {
    try await conversation.data(client)
  }
}

struct Snooze: Fact {
  static let configuration = CommandConfiguration.of(
    "snooze", "Put a conversation aside until a moment.",
    examples: "waybill snooze acme 5511987654321 --until 2026-10-05T09:00:00-03:00")
  @OptionGroup var conversation: ConversationOptions
  @Option(help: ArgumentHelp("When it comes back.", valueName: "instant")) var until: String
  @OptionGroup var event: EventOptions

  var type: String { "conversation.snoozed" }
  var account: String { conversation.account }

  func data(_ id: String, _ client: LedgerClient) async throws -> [JSONValue.Member?] {
    try await conversation.data(client) + [.init("until", .string(until))]
  }
}

enum Priority: String, ExpressibleByArgument, CaseIterable {
  case low, normal, high, urgent
}

struct Prioritise: Fact {
  static let configuration = CommandConfiguration.of(
    "prioritise", "Say how urgent a conversation is.", examples: "waybill prioritise acme 5511987654321 urgent")
  @OptionGroup var conversation: ConversationOptions
  @Argument(help: "low, normal, high or urgent.") var priority: Priority
  @OptionGroup var event: EventOptions

  var type: String { "conversation.prioritised" }
  var account: String { conversation.account }

  func data(_ id: String, _ client: LedgerClient) async throws -> [JSONValue.Member?] {
    try await conversation.data(client) + [.init("priority", .string(priority.rawValue))]
  }
}
