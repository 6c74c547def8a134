import ArgumentParser
import LedgerClient
import LedgerEngine
import WaybillTables

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Parses, runs, and turns whatever went wrong into a sentence on standard error and an exit status.
@main
enum Program {
  static func main() async {
    HeapPages.prepare()
    exit(await run(Array(CommandLine.arguments.dropFirst()), terminal: .standard))
  }

  /// - Returns: 0 done, 1 refused or found wanting, 2 wrong usage, 3 no daemon.
  static func run(_ arguments: [String], terminal: Terminal) async -> Int32 {
    do {
      var command = try Waybill.parseAsRoot(Arguments.prepared(arguments))
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      return 0
    } catch {
      return report(error, to: terminal)
    }
  }

  /// Writes what the error says where it belongs.
  static func report(_ error: any Error, to terminal: Terminal) -> Int32 {
    switch error {
    case let code as ExitCode: return code.rawValue
    case let error as any Explained: return report(error.failure, to: terminal)
    default: break
    }
    let message = Waybill.fullMessage(for: error)
    switch Waybill.exitCode(for: error) {
    case .success:
      // Help, the version or a completion script: that is what was asked for.
      terminal.write(message + "\n")
      return 0
    case .validationFailure:
      terminal.complain(message)
      return 2
    default:
      return report(Failure("\(error)", "Look at the arguments: waybill --help."), to: terminal)
    }
  }

  private static func report(_ failure: Failure, to terminal: Terminal) -> Int32 {
    terminal.complain(terminal.errors.painted("waybill: ", .bad) + failure.sentence)
    if !failure.nextStep.isEmpty { terminal.complain("  " + failure.nextStep) }
    return failure.status
  }
}

/// The root: what is common to all commands stands here for the help; `Arguments` hands it to the command that runs.
struct Waybill: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "waybill",
    abstract: "Asks and feeds waybilld, the ledger of WhatsApp Business messaging.",
    discussion: """
      First steps:
        waybill account open acme --currency USD --time-zone America/Sao_Paulo
        waybill number add acme 106540352242922
        waybill import rates usd-2026-10-01.csv --effective-from 2026-10-01
        waybill pay acme 100
        waybill balance acme

      Every question takes --json (the daemon's answer as it is) or --csv, and --as-of or --at for a moment in the past.
      Exit status: 0 done, 1 refused or found wanting, 2 wrong usage, 3 no daemon.
      Completion for your shell: waybill --generate-completion-script bash   (or zsh, fish)
      """,
    version: "waybill 0.1.0",
    groupedSubcommands: [
      CommandGroup(name: "Put in", subcommands: [Append.self, Import.self]),
      CommandGroup(
        name: "Accounts and money",
        subcommands: [
          AccountCommand.self, NumberCommand.self, Pay.self, Grant.self, VoidGrant.self, Refund.self,
          Adjust.self, Correct.self,
        ]),
      CommandGroup(
        name: "Work",
        subcommands: [
          Assign.self, Unassign.self, LabelCommand.self, Unlabel.self, Resolve.self, Reopen.self,
          Snooze.self, Prioritise.self, TemplateCommand.self, TeamCommand.self, AgentCommand.self,
        ]),
      CommandGroup(
        name: "Ask about money",
        subcommands: [
          Accounts.self, Balance.self, Charges.self, Explain.self, Payments.self, Credits.self,
          Usage.self, Allowances.self, Unrated.self, Differences.self,
        ]),
      CommandGroup(
        name: "Ask about work", subcommands: [Workload.self, Conversations.self, ResponseTimes.self]),
      CommandGroup(
        name: "Look after it",
        subcommands: [Log.self, Verify.self, Backup.self, Restore.self, Doctor.self]),
    ])

  @OptionGroup var global: GlobalOptions
}
