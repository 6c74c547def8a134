import Glibc
import LedgerEngine
import LedgerServer
import Logging
import ServiceLifecycle
import Synchronization

/// Folds the log once the socket is there, hands the engine to the server, and closes it after the server has stopped.
final class EngineService: Service {
  private let folder: DataFolder
  private let daemon: Daemon
  private let options: Engine.Options
  private let manager: ServiceManager
  private let socket: String
  private let logger: Logger
  private let start = AsyncStream<Result<Void, any Error>>.makeStream()
  private let isStopping = Atomic(false)

  init(
    folder: DataFolder, daemon: Daemon, options: Engine.Options, manager: ServiceManager, socket: String,
    logger: Logger
  ) {
    self.folder = folder
    self.daemon = daemon
    self.options = options
    self.manager = manager
    self.socket = socket
    self.logger = logger
  }

  func open() { start.continuation.yield(.success(())) }
  func fail(_ error: any Error) { start.continuation.yield(.failure(error)) }

  func run() async throws {
    try await withGracefulShutdownHandler {
      for await signal in start.stream {
        try signal.get()
        break
      }
      guard !isStopping.load(ordering: .relaxed) else { return }
      guard let engine = try await folded() else { return }
      daemon.serve(engine)
      _ = unsafe write(STDOUT_FILENO, "ready\n", 6)
      manager.ready()
      let start = engine.startedFrom == 0 ? "" : ", folded from \(engine.startedFrom) on"
      logger.info("ready: \(engine.lastSequence) events\(start), socket \(socket)")
      if !engine.hasColdFile {
        logger.warning("the file \(engine.folder.path)/cold cannot be made: all of the state stays in memory")
      }
      async let read: Void = logAccountsRead(engine)
      try? await gracefulShutdown()
      await engine.close()
      await read
    } onGracefulShutdown: {
      self.isStopping.store(true, ordering: .relaxed)
      self.start.continuation.finish()
    }
  }

  private func logAccountsRead(_ engine: Engine) async {
    let count = engine.absentAccountCount
    guard count > 0 else { return }
    logger.info("\(count) accounts of the checkpoint are read beside; who asks for one waits for it")
    switch await engine.waitForAccounts() {
    case .all: logger.info("all accounts are read")
    case .allOfLog:
      logger.warning("the checkpoint in checkpoints/ is damaged: the log was folded instead, and a new one is written")
    case .some: break
    }
  }

  /// - Returns: nil when the daemon is to stop before the log is folded.
  private func folded() async throws -> Engine? {
    try await Engine.open(folder, options: options) { [self] folded, of in
      let text = "folded \(folded) of \(of) events"
      daemon.report(progress: text)
      manager.replaying(text)
      logger.info("\(text)")
      return !isStopping.load(ordering: .relaxed)
    }
  }
}
