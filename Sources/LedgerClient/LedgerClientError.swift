/// Why the daemon's answer did not come.
public enum LedgerClientError: Error, Hashable, Sendable {
  /// Nobody listens on the socket. `reason` is what the system says.
  case noDaemon(socket: String, reason: String)
  /// The socket is there and this user may not open it.
  case notPermitted(socket: String)
  /// The daemon answered, and the answer is no.
  case refused(Problem)
  /// The connection ended in the middle; what was sent may or may not have arrived.
  case interrupted(socket: String, reason: String)

  public var sentence: String {
    switch self {
    case .noDaemon(let socket, let reason): "No daemon answers on \(socket): \(reason)."
    case .notPermitted(let socket): "You may not use the socket \(socket)."
    case .refused(let problem): problem.sentence
    case .interrupted(let socket, let reason): "The connection to \(socket) ended before the answer: \(reason)."
    }
  }

  public var nextStep: String {
    switch self {
    case .noDaemon(let socket, _):
      "Start one: waybilld --data DIR --socket \(socket)   or name its socket with --socket or WAYBILL_SOCKET."
    case .notPermitted: "Join the socket's group, or ask its owner; `ls -l` shows who may use it."
    case .refused(let problem): problem.nextStep
    case .interrupted: "Run the command again: an event that has arrived is not appended a second time."
    }
  }
}
