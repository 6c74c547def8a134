import Glibc
import LedgerEngine
import LedgerServer
import Logging
import ServiceLifecycle

/// The daemon's life: lock the folder, take the socket, fold the log, serve, and on SIGTERM finish what was accepted.
struct Supervisor {
  let settings: Settings
  private let manager = ServiceManager()

  init(settings: Settings) { self.settings = settings }

  func run() async throws {
    LoggingSystem.bootstrap(StreamLogHandler.standardError)
    let logger = Logger(label: "waybilld")
    signal(SIGPIPE, SIG_IGN)
    let socket = SocketFile(path: settings.daemon.socket)
    let folder = try DataFolder(settings.data)
    try socket.prepare()
    let daemon = Daemon(configuration: settings.daemon, logger: logger)
    let opening = EngineService(
      folder: folder, daemon: daemon, options: options(logger), manager: manager, socket: socket.path,
      logger: logger)
    let server = daemon.service {
      do {
        try socket.open()
        opening.open()
      } catch {
        opening.fail(error)
      }
    }
    defer { socket.remove() }
    var quiet = logger
    quiet.logLevel = .error
    let group = ServiceGroup(
      configuration: .init(
        services: [.init(service: opening), .init(service: server)], gracefulShutdownSignals: [.sigterm, .sigint],
        logger: quiet))
    try await group.run()
    logger.info("stopped: every accepted request is on disk")
  }

  private func options(_ logger: Logger) -> Engine.Options {
    var options = Engine.Options()
    options.queueByteLimit = settings.daemon.queueByteLimit
    options.whenQuiet = HeapPages.giveBack
    options.whenFailed = { sentence in
      logger.critical("\(sentence); the daemon stops, since what the disk says can no longer be trusted")
      _exit(1)
    }
    return options
  }
}
