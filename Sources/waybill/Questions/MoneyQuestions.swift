import ArgumentParser
import LedgerClient
import WaybillTables

struct Accounts: Question {
  static let configuration = CommandConfiguration.of(
    "accounts", "List the accounts.", examples: "waybill accounts", "waybill accounts --csv")
  @OptionGroup var moment: MomentOptions
  @OptionGroup var global: GlobalOptions

  var route: Route { moment.added(to: Route("v1", "accounts")) }
  static func sheet(_ answer: JSONValue) -> Sheet { .accounts(answer) }
}

struct Balance: Question {
  static let configuration = CommandConfiguration.of(
    "balance", "Show what is left on an account.",
    examples: "waybill balance acme", "waybill balance acme --as-of 2026-10-31T23:59:59-03:00",
    "waybill balance acme --at 1200")
  @OptionGroup var asked: AccountQuestionOptions
  @OptionGroup var global: GlobalOptions

  var route: Route { asked.route("balance") }
  static func sheet(_ answer: JSONValue) -> Sheet { .balance(answer) }
}

struct Charges: Question {
  static let configuration = CommandConfiguration.of(
    "charges", "Show what was charged, by template or by what you name.",
    examples: "waybill charges acme --month 2026-10",
    "waybill charges acme --from 2026-10-01 --to 2026-10-08 --by day,category",
    "waybill charges acme --by market --csv > october.csv")
  @OptionGroup var asked: AccountQuestionOptions
  @OptionGroup var period: PeriodOptions
  @Option(
    help: ArgumentHelp(
      "template, category, market, day, month, number, agent, team or label; several with commas.", valueName: "keys"))
  var by = "template,category"
  @OptionGroup var global: GlobalOptions

  var route: Route { period.added(to: asked.route("charges")).with("by", by.isEmpty ? nil : by) }
  static func sheet(_ answer: JSONValue) -> Sheet { .charges(answer) }
}

struct Explain: Question {
  static let configuration = CommandConfiguration.of(
    "explain", "Say why a message cost what it cost, with every event.",
    examples: "waybill explain acme wamid.HBgNNTUxMTk4NzY1NDMyMRUCABEYEjM")
  @Argument(help: "The account.") var account: String
  @Argument(help: "The message's id.") var message: String
  @OptionGroup var moment: MomentOptions
  @OptionGroup var global: GlobalOptions

  var route: Route { moment.added(to: Route("v1", "accounts", account, "charges", message)) }
  static func sheet(_ answer: JSONValue) -> Sheet { .explain(answer) }
}

struct Payments: Question {
  static let configuration = CommandConfiguration.of(
    "payments", "List what was paid, and what was given back of it.", examples: "waybill payments acme")
  @OptionGroup var asked: AccountQuestionOptions
  @OptionGroup var global: GlobalOptions

  var route: Route { asked.route("payments") }
  static func sheet(_ answer: JSONValue) -> Sheet { .payments(answer) }
}

struct Credits: Question {
  static let configuration = CommandConfiguration.of(
    "credits", "List the credits in the order in which charges burn them.", examples: "waybill credits acme")
  @OptionGroup var asked: AccountQuestionOptions
  @OptionGroup var global: GlobalOptions

  var route: Route { asked.route("credits") }
  static func sheet(_ answer: JSONValue) -> Sheet { .credits(answer) }
}

struct Usage: Question {
  static let configuration = CommandConfiguration.of(
    "usage", "Show traffic and its cost, day by day.",
    examples: "waybill usage acme --month 2026-10", "waybill usage acme --from 2026-10-01 --to 2026-10-08 --csv")
  @OptionGroup var asked: AccountQuestionOptions
  @OptionGroup var period: PeriodOptions
  @Option(help: ArgumentHelp("What makes a line.", valueName: "key")) var by = "day"
  @OptionGroup var global: GlobalOptions

  var route: Route { period.added(to: asked.route("usage")).with("by", by.isEmpty ? nil : by) }
  static func sheet(_ answer: JSONValue) -> Sheet { .usage(answer) }
}

struct Allowances: Question {
  static let configuration = CommandConfiguration.of(
    "allowances", "Show the free messages used and left, and the volume tiers reached.",
    examples: "waybill allowances acme")
  @OptionGroup var asked: AccountQuestionOptions
  @OptionGroup var global: GlobalOptions

  var route: Route { asked.route("allowances") }
  static func sheet(_ answer: JSONValue) -> Sheet { .allowances(answer) }
}

struct Unrated: Question {
  static let configuration = CommandConfiguration.of(
    "unrated", "List the messages that have no price yet, and what each lacks.", examples: "waybill unrated acme")
  @OptionGroup var asked: AccountQuestionOptions
  @OptionGroup var list: ListOptions
  @OptionGroup var global: GlobalOptions

  var route: Route { list.added(to: asked.route("unrated")) }
  static func sheet(_ answer: JSONValue) -> Sheet { .unrated(answer) }
}

struct Differences: Question {
  static let configuration = CommandConfiguration.of(
    "differences", "List where Meta's word and the ledger's own rules part.", examples: "waybill differences acme")
  @OptionGroup var asked: AccountQuestionOptions
  @OptionGroup var list: ListOptions
  @OptionGroup var global: GlobalOptions

  var route: Route { list.added(to: asked.route("differences")) }
  static func sheet(_ answer: JSONValue) -> Sheet { .differences(answer) }
}
