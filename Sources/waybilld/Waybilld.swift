import ArgumentParser
import Glibc
import LedgerEngine
import LedgerServer

@main
enum Main {
  /// Ends with 0 when done, 1 when the daemon cannot work, 2 for wrong usage or configuration.
  static func main() async {
    HeapPages.prepare()
    do {
      try await Waybilld.parse().run()
    } catch {
      let isWrong = Waybilld.exitCode(for: error) != .success
      var text = Waybilld.fullMessage(for: error) + "\n"
      text.withUTF8 { bytes in _ = unsafe write(isWrong ? STDERR_FILENO : STDOUT_FILENO, bytes.baseAddress, bytes.count)
      }
      exit(isWrong ? 2 : 0)
    }
  }
}

struct Waybilld: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "waybilld",
    abstract: "Keeps the ledger: takes events, answers questions, on a Unix socket.",
    discussion: """
      Every option can also stand in the configuration file or in the environment: data, socket, \
      whatsapp.app_secret / WAYBILL_WHATSAPP_APP_SECRET, whatsapp.verify_token / WAYBILL_WHATSAPP_VERIFY_TOKEN \
      (or the name of a file that holds it, …_FILE), roles.append|read|audit|admin, limits.request_bytes, queue.bytes, \
      queue.wait_seconds. \
      An argument beats the environment, the environment beats the file.
      """,
    version: Daemon.version)

  @Option(help: ArgumentHelp("Configuration, YAML.", valueName: "file"))
  var config: String?

  @Option(help: ArgumentHelp("The data folder; made if it is not there.", valueName: "dir"))
  var data: String?

  @Option(help: ArgumentHelp("The Unix socket to listen on.", valueName: "path"))
  var socket: String?

  func run() async throws {
    let settings: Settings
    do {
      settings = try await Settings.load(
        file: config, arguments: ["data": data, "socket": socket].compactMapValues { $0 })
    } catch {
      Self.exit(2, error)
    }
    do {
      umask(0o027)
      raiseFileLimit()
      try await Supervisor(settings: settings).run()
    } catch {
      Self.exit(1, error)
    }
  }

  private static func exit(_ status: Int32, _ error: any Error) -> Never {
    var sentence = "waybilld: \(error)\n"
    sentence.withUTF8 { bytes in _ = unsafe write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
    Glibc.exit(status)
  }

  /// A connection is a file; the usual limit of 1,024 is less than one busy site has.
  private func raiseFileLimit() {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = min(limit.rlim_max, 65_536)
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
