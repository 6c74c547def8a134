import Ledger
import LedgerClient
import WaybillTables
import WhatsApp

/// What came of the webhooks.
struct DeliveryResult: Sendable {
  var bodies = 0
  /// Among the events those without effect; nil when the daemon translated, which does not tell.
  var kept: Int?
  var appended = Appended(first: nil, last: nil, appended: 0, duplicates: 0)
  var failures: [Failure] = []

  var answer: JSONValue {
    .object([
      .init("webhooks", .number(String(bodies))), .init("kept", kept.map { .number(String($0)) } ?? .null),
      .init("appended", .number(String(appended.appended))),
      .init("duplicates", .number(String(appended.duplicates))), .init("failed", .number(String(failures.count))),
    ])
  }
}

/// Brings bodies to the daemon: signed to its webhook route when there is a signature, else as the events they mean.
struct WebhookDelivery {
  private let client: LedgerClient
  private let signature: WebhookSignature?
  private var accounts = AccountDirectory()
  private(set) var result = DeliveryResult()

  init(client: LedgerClient, signature: WebhookSignature?) async throws {
    self.client = client
    self.signature = signature
    if signature == nil { accounts = try await AccountDirectory(client) }
  }

  mutating func deliver(file: String) async throws {
    let input = try InputFile(file)
    var cutter = EventCutter(name: file)
    do {
      cutter.add(try input.readAll())
      while let body = try cutter.next() { try await deliver(Array(body.bytes), from: file) }
      try cutter.finish()
    } catch let error as EventFileError {
      result.failures.append(Failure(error.sentence, "Give bodies as Meta posted them: JSON objects."))
    }
  }

  /// One body; what is wrong with it alone is noted and does not stop the others.
  mutating func deliver(_ body: [UInt8], from file: String) async throws {
    do {
      if let signature {
        try await post(body, signed: signature.header(for: body))
      } else {
        try await append(body)
      }
      result.bodies += 1
    } catch LedgerClientError.refused(let problem) where problem.status == 400 || problem.status == 422 {
      result.failures.append(Failure("\(file): \(problem.sentence)", problem.nextStep))
    } catch let refusal as Refusal {
      result.failures.append(refusal.failure(in: file))
    }
  }

  private mutating func post(_ body: [UInt8], signed signature: String) async throws {
    let answer = try await client.post(
      Route("v1", "webhooks", "whatsapp"), body, type: "application/json",
      headers: [(name: WebhookSignature.headerName, value: signature)])
    result.appended.add(try Appended(answer, socket: client.socket))
  }

  private mutating func append(_ body: [UInt8]) async throws {
    let accounts = accounts
    var waiting = try WebhookTranslator.translate(body: body) { number, waba in
      accounts.account(number: number, waba: waba)
    }
    // An event that the ledger does not want is kept in its place; each round replaces one, so this ends.
    while !waiting.isEmpty, let problem = try await send(waiting) {
      guard let index = problem.index, waiting.indices.contains(index) else { throw LedgerClientError.refused(problem) }
      let refused = waiting.remove(at: index)
      if refused.isKept { continue }
      waiting.insert(contentsOf: refused.kept(problem.status == 409 ? .conflict : .notUnderstood), at: index)
    }
  }

  /// Appends the events of one body; nil when they are in, or which of them the ledger does not want.
  private mutating func send(_ events: [TranslatedEvent]) async throws(LedgerClientError) -> Problem? {
    let array = Array(events.map(\.bytes).joined(separator: [UInt8(ascii: ",")]))
    do throws(LedgerClientError) {
      result.appended.add(try await client.append(batch: [UInt8(ascii: "[")] + array + [UInt8(ascii: "]")]))
    } catch {
      if case .refused(let problem) = error, problem.status == 409 || problem.status == 422 { return problem }
      throw error
    }
    result.kept = (result.kept ?? 0) + events.count { $0.isKept }
    return nil
  }
}

/// Which account a business number or a WABA belongs to, as the daemon knows it now.
struct AccountDirectory: Sendable {
  private var byNumber: [String: String] = [:]
  private var byWABA: [String: String] = [:]

  init() {}

  init(_ client: LedgerClient) async throws {
    let list = try JSONValue.read(try await client.get(Route("v1", "accounts")))
    for account in (list["accounts"]?.elements ?? []).compactMap({ $0["account"]?.string }) {
      let answer = try JSONValue.read(try await client.get(Route("v1", "accounts", account)))
      for number in answer["numbers"]?.elements ?? [] {
        if let id = number.string ?? number["number"]?.string { byNumber[id] = account }
        if let waba = number["waba"]?.string { byWABA[waba] = account }
      }
    }
  }

  func account(number: String?, waba: String?) -> String? {
    number.flatMap { byNumber[$0] } ?? waba.flatMap { byWABA[$0] }
  }
}
