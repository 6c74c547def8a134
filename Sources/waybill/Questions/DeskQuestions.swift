import ArgumentParser
import LedgerClient
import WaybillTables

struct Workload: Question {
  static let configuration = CommandConfiguration.of(
    "workload", "Show who has how much to do, and who waits.",
    examples: "waybill workload acme", "waybill workload acme --as-of 2026-10-03T18:00:00-03:00")
  @OptionGroup var asked: AccountQuestionOptions
  @OptionGroup var global: GlobalOptions

  var route: Route { asked.route("workload") }
  static func sheet(_ answer: JSONValue) -> Sheet { .workload(answer) }
}

enum ConversationState: String, ExpressibleByArgument, CaseIterable {
  case open, unassigned, unanswered, attention, resolved, snoozed
}

struct Conversations: Question {
  static let configuration = CommandConfiguration.of(
    "conversations", "List conversations, the longest waiting first.",
    examples: "waybill conversations acme --state unanswered",
    "waybill conversations acme --team sales --label complaint")
  @OptionGroup var asked: AccountQuestionOptions
  @Option(help: "Only those in this state.") var state: ConversationState?
  @Option(help: "Only this agent's.") var agent: String?
  @Option(help: "Only this team's.") var team: String?
  @Option(help: "Only those with this label.") var label: String?
  @OptionGroup var list: ListOptions
  @OptionGroup var global: GlobalOptions

  var route: Route {
    list.added(to: asked.route("conversations")).with("state", state?.rawValue).with("agent", agent).with("team", team)
      .with("label", label)
  }
  static func sheet(_ answer: JSONValue) -> Sheet { .conversations(answer) }
}

struct ResponseTimes: Question {
  static let configuration = CommandConfiguration.of(
    "response-times", "Show how fast contacts were answered: median and 90th percentile.",
    examples: "waybill response-times acme --month 2026-10", "waybill response-times acme --by day,team")
  @OptionGroup var asked: AccountQuestionOptions
  @OptionGroup var period: PeriodOptions
  @Option(help: ArgumentHelp("agent, team, day or label; several with commas.", valueName: "keys")) var by = "agent"
  @OptionGroup var global: GlobalOptions

  var route: Route { period.added(to: asked.route("response-times")).with("by", by.isEmpty ? nil : by) }
  static func sheet(_ answer: JSONValue) -> Sheet { .responseTimes(answer) }
}
