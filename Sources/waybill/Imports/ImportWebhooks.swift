import ArgumentParser
import FoundationEssentials
import LedgerClient
import WaybillTables
import WhatsApp

struct ImportWebhooks: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "webhooks", abstract: "Import webhooks that Meta posted and somebody kept as files.",
    discussion: """
      A file holds one body, an array of them, or one a line; a folder's .json, .jsonl and .ndjson files are taken.
      With the app secret in WAYBILL_WHATSAPP_APP_SECRET (or the name of its file in WAYBILL_WHATSAPP_APP_SECRET_FILE)
      each body is signed and posted to the daemon's webhook route. Without it, it is translated here and appended.
      Either way nothing is counted twice.

      Examples:
        waybill import webhooks fixtures/webhooks
        waybill import webhooks delivery-1.json delivery-2.json
        waybill import webhooks --kept
      """)
  @Argument(help: "Files or folders.") var paths: [String] = []
  @Flag(help: "Try again those that the daemon keeps without effect, as after adding a number.") var kept = false
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if paths.isEmpty != kept { throw ValidationError("Name files or folders, or --kept, not both.") }
  }

  func run() async throws {
    let files = try paths.flatMap { try WebhookFiles.files(at: $0) }
    var result = DeliveryResult()
    let signature = WebhookSignature(secret: try AppSecret.read())
    result = try await global.withClient { client in
      var delivery = try await WebhookDelivery(client: client, signature: kept ? nil : signature)
      var progress = Progress("import", terminal: global.terminal)
      if kept {
        for body in try await WebhookFiles.kept(client) { try await delivery.deliver(body, from: "what is kept") }
      }
      for (index, file) in files.enumerated() {
        try await delivery.deliver(file: file)
        progress.show(index + 1, of: files.count, "\(delivery.result.bodies) webhooks")
      }
      progress.end()
      return delivery.result
    }
    try global.print(Array(result.answer.json.utf8), as: Sheet.delivered)
    for failure in result.failures.prefix(10) {
      global.terminal.complain("\(failure.sentence)\n  \(failure.nextStep)")
    }
    if result.failures.count > 10 { global.terminal.complain("… and \(result.failures.count - 10) more.") }
    if !result.failures.isEmpty { throw ExitCode(1) }
  }
}

/// Where bodies come from.
enum WebhookFiles {
  /// The file itself, or a folder's webhook files in the order of their names.
  static func files(at path: String) throws(Failure) -> [String] {
    var isFolder = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw Failure("\(path) is not there.", "Check the name.")
    }
    guard isFolder else { return [path] }
    do {
      let found = try FileManager.default.subpathsOfDirectory(atPath: path).filter { name in
        [".json", ".jsonl", ".ndjson"].contains { name.hasSuffix($0) }
      }
      guard !found.isEmpty else {
        throw Failure("\(path) has no .json, .jsonl or .ndjson file.", "Name the files themselves.")
      }
      return found.sorted().map { path + "/" + $0 }
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure("\(path) cannot be read: \(error).", "Check who may read it.")
    }
  }

  /// The bodies that the daemon could not use: of numbers that no account had, and of forms it did not know.
  static func kept(_ client: LedgerClient) async throws -> [[UInt8]] {
    var bodies: [[UInt8]] = []
    var parts: [String: [String]] = [:]
    let route = Route("v1", "events").with("type", "waybill.whatsapp.kept")
    try await client.forEachLine(route) { line in
      let data = try JSONValue.read(Array(line))["data"] ?? .null
      guard ["unclaimed", "not_understood"].contains(data["reason"]?.string), let body = data["body"] else {
        return true
      }
      guard let update = data["update"]?.string, let count = data["parts"]?.integer else {
        bodies.append(Array(body.json.utf8))
        return true
      }
      // A body too large for one event is kept as several strings, in order.
      parts[update, default: []].append(body.string ?? "")
      if let whole = parts[update], whole.count == Int(count) { bodies.append(Array(whole.joined().utf8)) }
      return true
    }
    return bodies
  }
}

/// `WAYBILL_WHATSAPP_APP_SECRET`, itself or in a file.
enum AppSecret {
  static func read() throws(Failure) -> String? {
    if let secret = Terminal.environment("WAYBILL_WHATSAPP_APP_SECRET"), !secret.isEmpty { return secret }
    guard let file = Terminal.environment("WAYBILL_WHATSAPP_APP_SECRET_FILE"), !file.isEmpty else { return nil }
    let text = String(decoding: try InputFile(file).readAll(), as: UTF8.self)
    guard let secret = text.split(separator: "\n").first else {
      throw Failure("\(file), which WAYBILL_WHATSAPP_APP_SECRET_FILE names, is empty.", "Write the app secret into it.")
    }
    return String(secret)
  }
}
