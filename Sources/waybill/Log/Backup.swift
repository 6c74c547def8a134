import ArgumentParser
import LedgerClient
import WaybillTables

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

struct Backup: AsyncParsableCommand {
  static let configuration = CommandConfiguration.of(
    "backup", "Have the daemon write a verified copy of its log into a new file, while it works.",
    examples: "waybill backup /var/backups/waybill-2026-11-22.log")
  @Argument(help: "A file that does not exist yet; the daemon must be able to write there.") var file: String
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let request = JSONValue.object([.init("path", .string(try Path.absolute(file)))])
    let body = try await global.withClient { client in
      try await client.post(
        Route("v1", "backups"), Array(request.json.utf8), type: "application/json", isRepeatable: false)
    }
    try global.print(body, as: Sheet.backup)
  }
}

enum Path {
  /// The daemon's working folder is another one, so a relative path is completed with ours.
  static func absolute(_ path: String) throws(Failure) -> String {
    if path.hasPrefix("/") { return path }
    guard let folder = unsafe getcwd(nil, 0) else {
      throw Failure("The working folder is gone.", "Give the whole path, from /.")
    }
    defer { unsafe free(folder) }
    return unsafe String(cString: folder) + "/" + path
  }
}
