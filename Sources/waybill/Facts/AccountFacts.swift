import ArgumentParser
import LedgerClient
import WaybillTables

struct AccountCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "account", abstract: "Open an account, or change its settings.",
    subcommands: [AccountOpen.self, AccountSet.self])
}

struct AccountOpen: Fact {
  static let configuration = CommandConfiguration.of(
    "open", "Open an account.",
    examples: "waybill account open acme --currency USD --time-zone America/Sao_Paulo --name 'Acme Ltda.'")
  @Argument(help: "Its name for ever: a-z, 0-9, point, hyphen and underscore.") var account: String
  @Option(help: "ISO 4217, as USD.") var currency: String
  @Option(help: ArgumentHelp("IANA, as America/Sao_Paulo: its days and months are the account's.", valueName: "zone"))
  var timeZone: String
  @Option(help: "What people call it (default: the account's name).") var name: String?
  @Option(help: ArgumentHelp("How far the balance may go below zero.", valueName: "amount")) var creditLimit: Amount?
  @Option(help: "Meta's business portfolio, as a label.") var portfolio: String?
  @OptionGroup var event: EventOptions

  var type: String { "account.opened" }

  func data(_ id: String, _ client: LedgerClient) -> [JSONValue.Member?] {
    [
      .init("name", .string(name ?? account)), .init("currency", .string(currency)),
      .init("time_zone", .string(timeZone)), .ifGiven("credit_limit", creditLimit?.text),
      .ifGiven("portfolio", portfolio),
    ]
  }
}

struct AccountSet: Fact {
  static let configuration = CommandConfiguration.of(
    "set", "Change an account's settings; what is not named stays.",
    examples: "waybill account set acme --low-balance 50 --low-balance 10 --daily-spend-limit 200",
    "waybill account set acme --first-response PT15M --next-response PT1H",
    "waybill account set acme --hours-zone America/Sao_Paulo --hours mon-fri=09:00-12:00,13:00-18:00 --holiday 2026-12-25",
    "waybill account set acme --markup-percent 10 --markup-per-message 0.001 --markup-from 2026-11-01")
  @Argument(help: "The account.") var account: String
  @Option(help: "What people call it.") var name: String?
  @Option(help: ArgumentHelp("How far the balance may go below zero.", valueName: "amount")) var creditLimit: Amount?
  @Option(help: ArgumentHelp("Alert below this balance; may be given several times.", valueName: "amount"))
  var lowBalance: [Amount] = []
  @Option(help: ArgumentHelp("What a day may cost.", valueName: "amount")) var dailySpendLimit: Amount?
  @Option(help: ArgumentHelp("The first reply is due within this, as PT15M.", valueName: "duration"))
  var firstResponse: String?
  @Option(help: ArgumentHelp("Later replies are due within this.", valueName: "duration")) var nextResponse: String?
  @Option(help: ArgumentHelp("The zone of the business hours.", valueName: "zone")) var hoursZone: String?
  @Option(
    help: ArgumentHelp("Business hours, as mon-fri=09:00-18:00; several times for several days.", valueName: "days"))
  var hours: [BusinessDays] = []
  @Option(help: ArgumentHelp("A day without business hours; may be given several times.", valueName: "day"))
  var holiday: [String] = []
  @Option(help: ArgumentHelp("Percent on top of each price.", valueName: "percent")) var markupPercent: Amount?
  @Option(help: ArgumentHelp("An amount on top of each charged message.", valueName: "amount"))
  var markupPerMessage: Amount?
  @Option(help: ArgumentHelp("The first day with that markup.", valueName: "day")) var markupFrom: String?
  @Option(help: ArgumentHelp("A label that means urgent; may be given several times.", valueName: "label"))
  var urgentLabel: [String] = []
  @Option(help: ArgumentHelp("Days after which an undelivered message's hold is released.", valueName: "days"))
  var holdDays: Int?
  @Option(help: ArgumentHelp("How long a free entry point stays open.", valueName: "hours")) var freeEntryPointHours:
    Int?
  @Flag(inversion: .prefixedNo, help: "Whether a payment method is on file with Meta.") var paymentMethod: Bool?
  @OptionGroup var event: EventOptions

  var type: String { "account.configured" }

  func validate() throws {
    let hasMarkup = markupPercent != nil || markupPerMessage != nil
    if hasMarkup != (markupFrom != nil) {
      throw ValidationError("A markup has a first day: --markup-from, with --markup-percent or --markup-per-message.")
    }
    if !hours.isEmpty && hoursZone == nil {
      throw ValidationError("Business hours have a zone: --hours-zone, as America/Sao_Paulo.")
    }
    if data("").allSatisfy({ $0 == nil }) { throw ValidationError("Name at least one setting; see --help.") }
  }

  func data(_ id: String, _ client: LedgerClient) -> [JSONValue.Member?] { data(id) }

  private func data(_ id: String) -> [JSONValue.Member?] {
    [
      .ifGiven("name", name), .ifGiven("credit_limit", creditLimit?.text), .list("low_balance", lowBalance.map(\.text)),
      .ifGiven("daily_spend_limit", dailySpendLimit?.text),
      .group("sla", [.ifGiven("first_response", firstResponse), .ifGiven("next_response", nextResponse)]),
      .group("business_hours", businessHours),
      .group(
        "markup",
        [
          .ifGiven("percent", markupPercent?.text), .ifGiven("per_message", markupPerMessage?.text),
          .ifGiven("from", markupFrom),
        ]),
      .list("urgent_labels", urgentLabel), .ifGiven("hold_days", holdDays),
      .ifGiven("free_entry_point_hours", freeEntryPointHours), .ifGiven("payment_method", paymentMethod),
    ]
  }

  private var businessHours: [JSONValue.Member?] {
    var days: [JSONValue.Member?] = [.ifGiven("zone", hoursZone)]
    for day in BusinessDays.week {
      days.append(.list(day, hours.filter { $0.days.contains(day) }.flatMap(\.spans)))
    }
    return days + [.list("holidays", holiday)]
  }
}

extension JSONValue.Member {
  /// An object of what is given, if anything is.
  fileprivate static func group(_ name: String, _ members: [JSONValue.Member?]) -> JSONValue.Member? {
    let given = members.compactMap { $0 }
    return given.isEmpty ? nil : JSONValue.Member(name, .object(given))
  }
}

/// `mon-fri=09:00-12:00,13:00-18:00`
struct BusinessDays: ExpressibleByArgument, Equatable {
  static let week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
  var days: [String]
  var spans: [String]

  init?(argument: String) {
    let sides = argument.split(separator: "=", omittingEmptySubsequences: false)
    guard sides.count == 2, !sides[1].isEmpty else { return nil }
    days = []
    for part in sides[0].split(separator: ",", omittingEmptySubsequences: false) {
      let names = part.split(separator: "-", omittingEmptySubsequences: false)
      let ends = names.compactMap { Self.week.firstIndex(of: $0.lowercased()) }
      guard ends.count == names.count, ends.count <= 2, let first = ends.first, let last = ends.last, first <= last
      else { return nil }
      days += Self.week[first...last]
    }
    guard !days.isEmpty else { return nil }
    spans = sides[1].split(separator: ",").map(String.init)
  }
}

struct NumberCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "number", abstract: "Say which business numbers are an account's.", subcommands: [NumberAdd.self])
}

struct NumberAdd: Fact {
  static let configuration = CommandConfiguration.of(
    "add", "Give a business number to an account.",
    examples: "waybill number add acme 106540352242922 --display '+55 11 4002-8922' --waba 102290129340398")
  @Argument(help: "The account.") var account: String
  @Argument(help: "Meta's phone_number_id.") var number: String
  @Option(help: "The number as people see it.") var display: String?
  @Option(help: ArgumentHelp("The WhatsApp Business account it belongs to.", valueName: "id")) var waba: String?
  @OptionGroup var event: EventOptions

  var type: String { "number.added" }

  func data(_ id: String, _ client: LedgerClient) -> [JSONValue.Member?] {
    [.init("number", .string(number)), .ifGiven("display", display), .ifGiven("waba", waba)]
  }
}

struct TemplateCommand: Fact {
  static let configuration = CommandConfiguration.of(
    "template", "Say what a template is: its category, status, text.",
    examples: "waybill template acme order_shipped --language pt_BR --category utility --status APPROVED")
  @Argument(help: "The account.") var account: String
  @Argument(help: "The template's name.") var template: String
  @Option(help: "Its language, as pt_BR.") var language: String?
  @Option(help: "marketing, utility or authentication.") var category: String?
  @Option(help: "Meta's word, as APPROVED.") var status: String?
  @Option(help: "Its text.") var text: String?
  @OptionGroup var event: EventOptions

  var type: String { "template.updated" }

  func data(_ id: String, _ client: LedgerClient) -> [JSONValue.Member?] {
    [
      .init("template", .string(template)), .ifGiven("language", language), .ifGiven("category", category),
      .ifGiven("status", status), .ifGiven("text", text),
    ]
  }
}

struct TeamCommand: Fact {
  static let configuration = CommandConfiguration.of(
    "team", "Define a team, or rename it.", examples: "waybill team acme sales --name Sales")
  @Argument(help: "The account.") var account: String
  @Argument(help: "The team.") var team: String
  @Option(help: "What people call it (default: the team's id).") var name: String?
  @OptionGroup var event: EventOptions

  var type: String { "team.defined" }

  func data(_ id: String, _ client: LedgerClient) -> [JSONValue.Member?] {
    [.init("team", .string(team)), .init("name", .string(name ?? team))]
  }
}

struct AgentCommand: Fact {
  static let configuration = CommandConfiguration.of(
    "agent", "Define an agent, rename one, or put one in another team.",
    examples: "waybill agent acme priya --name 'Priya N.' --team sales")
  @Argument(help: "The account.") var account: String
  @Argument(help: "The agent.") var agent: String
  @Option(help: "What people call them (default: the agent's id).") var name: String?
  @Option(help: "Their team.") var team: String?
  @OptionGroup var event: EventOptions

  var type: String { "agent.defined" }

  func data(_ id: String, _ client: LedgerClient) -> [JSONValue.Member?] {
    [.init("agent", .string(agent)), .init("name", .string(name ?? agent)), .ifGiven("team", team)]
  }
}
