import ArgumentParser
import LedgerClient
import WaybillTables

/// Money needs a currency: the one named, else the account's own.
func accountCurrency(_ named: String?, of account: String, _ client: LedgerClient) async throws -> String {
  if let named { return named }
  let answer = try JSONValue.read(try await client.get(Route("v1", "accounts", account)))
  guard let currency = answer["currency"]?.string else {
    throw Failure("The daemon did not say the currency of \(account).", "Name it: --currency USD")
  }
  return currency
}

struct Pay: Fact {
  static let configuration = CommandConfiguration.of(
    "pay", "Record a payment, or one that failed.",
    examples: "waybill pay acme 100", "waybill pay acme 250.50 --payment pay_17 --method card --reference inv-2026-10",
    "waybill pay acme 100 --payment pay_18 --failed 'card declined'")
  @Argument(help: "The account.") var account: String
  @Argument(help: "How much, as 12.50.") var amount: Amount
  @Option(help: ArgumentHelp("The payment's id (default: the event's).", valueName: "id")) var payment: String?
  @Option(help: "ISO 4217 (default: the account's).") var currency: String?
  @Option(help: "As card, pix, transfer.") var method: String?
  @Option(help: "An invoice, a transaction.") var reference: String?
  @Option(help: ArgumentHelp("What is left of it then expires.", valueName: "instant")) var expiresAt: String?
  @Option(help: "0 to 100; lower is used first (default: 50).") var priority: Int?
  @Option(help: ArgumentHelp("It failed, and this is why.", valueName: "reason")) var failed: String?
  @OptionGroup var event: EventOptions

  var type: String { failed == nil ? "payment.received" : "payment.failed" }

  func validate() throws {
    if failed != nil && (method != nil || reference != nil || expiresAt != nil || priority != nil) {
      throw ValidationError("A failed payment has an amount and a reason, no method, reference, expiry or priority.")
    }
  }

  func data(_ id: String, _ client: LedgerClient) async throws -> [JSONValue.Member?] {
    [
      .init("payment", .string(payment ?? id)), .init("amount", .string(amount.text)),
      .init("currency", .string(try await accountCurrency(currency, of: account, client))),
      .ifGiven("reason", failed), .ifGiven("method", method), .ifGiven("reference", reference),
      .ifGiven("expires_at", expiresAt), .ifGiven("priority", priority),
    ]
  }
}

struct Grant: Fact {
  static let configuration = CommandConfiguration.of(
    "grant", "Give an account credit that nobody paid for.",
    examples: "waybill grant acme 10 --expires-at 2026-12-31T23:59:59Z --reason 'welcome'")
  @Argument(help: "The account.") var account: String
  @Argument(help: "How much.") var amount: Amount
  @Option(help: ArgumentHelp("The grant's id (default: the event's).", valueName: "id")) var grant: String?
  @Option(help: "ISO 4217 (default: the account's).") var currency: String?
  @Option(help: ArgumentHelp("What is left of it then expires.", valueName: "instant")) var expiresAt: String?
  @Option(help: "0 to 100; lower is used first (default: 50).") var priority: Int?
  @Option(help: "Why.") var reason: String?
  @Flag(help: "It counts as paid credit, not as promotional.") var paid = false
  @OptionGroup var event: EventOptions

  var type: String { "credit.granted" }

  func data(_ id: String, _ client: LedgerClient) async throws -> [JSONValue.Member?] {
    [
      .init("grant", .string(grant ?? id)), .init("amount", .string(amount.text)),
      .init("currency", .string(try await accountCurrency(currency, of: account, client))),
      .ifGiven("expires_at", expiresAt), .ifGiven("priority", priority), .init("promotional", .bool(!paid)),
      .ifGiven("reason", reason),
    ]
  }
}

struct VoidGrant: Fact {
  static let configuration = CommandConfiguration.of(
    "void", "Take back what is left of a grant.", examples: "waybill void acme welcome-1 --reason 'given twice'")
  @Argument(help: "The account.") var account: String
  @Argument(help: "The grant's id; `waybill credits` lists them.") var grant: String
  @Option(help: "Why.") var reason: String
  @OptionGroup var event: EventOptions

  var type: String { "credit.voided" }

  func data(_ id: String, _ client: LedgerClient) -> [JSONValue.Member?] {
    [.init("grant", .string(grant)), .init("reason", .string(reason))]
  }
}

struct Refund: Fact {
  static let configuration = CommandConfiguration.of(
    "refund", "Record that a payment, or part of it, was given back.", examples: "waybill refund acme pay_17 20")
  @Argument(help: "The account.") var account: String
  @Argument(help: "The payment's id; `waybill payments` lists them.") var payment: String
  @Argument(help: "How much.") var amount: Amount
  @Option(help: "Why.") var reason: String?
  @OptionGroup var event: EventOptions

  var type: String { "payment.refunded" }

  func data(_ id: String, _ client: LedgerClient) -> [JSONValue.Member?] {
    [.init("payment", .string(payment)), .init("amount", .string(amount.text)), .ifGiven("reason", reason)]
  }
}

struct Adjust: Fact {
  static let configuration = CommandConfiguration.of(
    "adjust", "Move a balance by hand, up or down.",
    examples: "waybill adjust acme -5 --reason 'charged outside'", "waybill adjust acme 2.50 --reason goodwill")
  @Argument(help: "The account.") var account: String
  @Argument(help: "How much; below zero takes away.") var amount: Amount
  @Option(help: "Why.") var reason: String
  @Option(help: ArgumentHelp("The adjustment's id (default: the event's).", valueName: "id")) var adjustment: String?
  @OptionGroup var event: EventOptions

  var type: String { "balance.adjusted" }

  func data(_ id: String, _ client: LedgerClient) -> [JSONValue.Member?] {
    [
      .init("adjustment", .string(adjustment ?? id)), .init("amount", .string(amount.text)),
      .init("reason", .string(reason)),
    ]
  }
}

struct Correct: Fact {
  static let configuration = CommandConfiguration.of(
    "correct", "Correct a message's or a window's charge by a difference.",
    examples: "waybill correct acme -0.0068 --message wamid.HBgN --reason 'Meta credited it'")
  @Argument(help: "The account.") var account: String
  @Argument(help: "The difference; below zero makes it cheaper.") var amount: Amount
  @Option(help: ArgumentHelp("The message's id.", valueName: "id")) var message: String?
  @Option(help: ArgumentHelp("The window's id, in place of a message.", valueName: "id")) var window: String?
  @Option(help: "Why.") var reason: String
  @OptionGroup var event: EventOptions

  var type: String { "charge.corrected" }

  func validate() throws {
    if (message == nil) == (window == nil) { throw ValidationError("Name one: --message or --window.") }
  }

  func data(_ id: String, _ client: LedgerClient) -> [JSONValue.Member?] {
    [
      .ifGiven("message", message), .ifGiven("window", window), .init("amount", .string(amount.text)),
      .init("reason", .string(reason)),
    ]
  }
}
