import ArgumentParser
import EventLog
import LedgerEngine
import WaybillTables

struct Restore: AsyncParsableCommand {
  static let configuration = CommandConfiguration.of(
    "restore", "Make a new data folder out of a backup file, after checking all of it. No daemon is needed.",
    examples: "waybill restore /var/backups/waybill-2026-11-22.log /var/lib/waybill")
  @Argument(help: "A file written by waybill backup.") var file: String
  @Argument(help: "A folder that does not exist yet or is empty.") var folder: String
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    var progress = Progress("restore", terminal: global.terminal)
    let report = try OfflineLog.restore(from: file, to: folder) { done, total in
      progress.show(Int(done), of: Int(total), "records checked")
    }
    progress.end()
    let answer = JSONValue.object([
      .init("path", .string(folder)), .init("records", .string(String(report.recordCount))),
      .init("root", .string(report.root.description)),
    ])
    try global.print(Array(answer.json.utf8), as: Sheet.restored)
    global.terminal.complain("Start it: waybilld --data \(folder)")
  }
}
