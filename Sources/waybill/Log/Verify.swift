import ArgumentParser
import LedgerClient
import WaybillTables

struct Verify: AsyncParsableCommand {
  static let configuration = CommandConfiguration.of(
    "verify", "Check every block, the tree, and the figures by folding all records again.",
    examples: "waybill verify", "waybill verify --data /var/lib/waybill", "waybill verify --data backup-2026-11-22.log")
  @Option(help: ArgumentHelp("A data folder or a backup file, checked here without a daemon.", valueName: "path"))
  var data: String?
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    if let data {
      var progress = Progress("verify", terminal: global.terminal)
      try report(Offline.verify(data, &progress))
    } else {
      try await report(live())
    }
  }

  /// The daemon's last line; its progress becomes a bar.
  private func live() async throws -> JSONValue {
    try await global.withClient { client in
      var progress = Progress("verify", terminal: global.terminal)
      var verdict: JSONValue?
      try await client.forEachLine(Route("v1", "verify"), post: Array("{}".utf8)) { line in
        guard !line.isEmpty else { return true }
        let answer = try JSONValue.read(Array(line))
        if answer["ok"] == nil {
          progress.show(Int(answer["checked"]?.integer ?? 0), of: answer["of"]?.integer.map(Int.init), "records")
        } else {
          verdict = answer
        }
        return true
      }
      progress.end()
      guard let verdict else {
        throw Failure("The daemon ended the verification without a verdict.", "Look at its log and run it again.")
      }
      return verdict
    }
  }

  private func report(_ verdict: JSONValue) throws {
    try global.print(Array(verdict.json.utf8), as: Sheet.verification)
    guard verdict["ok"]?.bool != true else { return }
    global.terminal.complain("Keep everything as it is, and restore the newest backup: waybill restore FILE DIR")
    throw ExitCode(1)
  }
}
