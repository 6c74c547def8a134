import ArgumentParser
import Ledger
import LedgerClient
import WaybillTables
import WhatsApp

struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Import Meta's own files: webhooks, rate cards, markets.",
    subcommands: [ImportWebhooks.self, ImportRates.self, ImportMarkets.self])
}

enum RateUnit: String, ExpressibleByArgument, CaseIterable {
  case message, conversation

  var chargeUnit: ChargeUnit {
    switch self {
    case .message: .message
    case .conversation: .conversation
    }
  }
}

struct ImportRates: AsyncParsableCommand {
  static let configuration = CommandConfiguration.of(
    "rates", "Publish a rate card: CSV with market, currency and one column a category.",
    examples: "waybill import rates usd-2026-10-01.csv",
    "waybill import rates card.csv --card usd-q4 --effective-from 2026-10-01 --unit message",
    "waybill import rates usd-2026-07-01.csv --tiers volume-tiers.csv")
  @Argument(help: "The CSV file.") var file: String
  @Option(help: "The card's name (default: the file's).") var card: String?
  @Option(help: ArgumentHelp("Its first day (default: the file's column or the day in its name).", valueName: "day"))
  var effectiveFrom: String?
  @Option(help: "What a price is for: message or conversation (default: by the day).") var unit: RateUnit?
  @Option(help: "ISO 4217, for files without a currency column.") var currency: String?
  @Option(help: ArgumentHelp("A second CSV file, of volume tiers for this card's prices.", valueName: "file"))
  var tiers: String?
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let options = RateCardFile.Options(
      card: card, currency: currency, effectiveFrom: effectiveFrom, unit: unit?.chargeUnit)
    let events: [ImportedEvent]
    do {
      events = try RateCardFile.parse(
        csv: try InputFile(file).readAll(), fileName: Path.lastComponent(file), options: options,
        tiers: try tiers.map { try InputFile($0).readAll() })
    } catch let refusal as Refusal {
      throw refusal.failure(in: file)
    }
    try await append(events, global)
  }
}

struct ImportMarkets: AsyncParsableCommand {
  static let configuration = CommandConfiguration.of(
    "markets", "Publish which calling code belongs to which market: CSV with prefix, country, market.",
    examples: "waybill import markets markets.csv")
  @Argument(help: "The CSV file.") var file: String
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let events: [ImportedEvent]
    do {
      events = [try MarketsFile.parse(csv: try InputFile(file).readAll())]
    } catch let refusal as Refusal {
      throw refusal.failure(in: file)
    }
    try await append(events, global)
  }
}

/// Appends what a file became, all of it or nothing, and says what it is.
private func append(_ events: [ImportedEvent], _ global: GlobalOptions) async throws {
  for event in events {
    for warning in event.warnings { global.terminal.complain("Note: \(warning)") }
  }
  let body = Array("[".utf8) + Array(events.map(\.bytes).joined(separator: [UInt8(ascii: ",")])) + Array("]".utf8)
  let answer = try await global.withClient { client in
    try await client.post(Route("v1", "events"), body, type: "application/cloudevents-batch+json")
  }
  try global.print(answer) { answer in
    let appended = Sheet.appended(answer)
    return Sheet(events.map { .line($0.summary) } + appended.sections, csv: appended.csv)
  }
}

extension Refusal {
  func failure(in file: String) -> Failure { Failure("\(file): \(message)", remedy) }
}

extension Path {
  static func lastComponent(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}
