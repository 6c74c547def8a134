import Synchronization

/// Tasks that wait for the log to grow.
final class Followers: Sendable {
  private struct Waiting {
    var last: UInt64
    var isClosed = false
    var nextTicket = 0
    var continuations: [Int: CheckedContinuation<Void, Never>] = [:]
  }

  private let waiting: Mutex<Waiting>

  init(last: UInt64) { waiting = Mutex(Waiting(last: last)) }

  /// Everything up to here can be read and is in the state.
  var last: UInt64 { waiting.withLock { $0.last } }

  func publish(_ last: UInt64) { wake { $0.last = max($0.last, last) } }
  func close() { wake { $0.isClosed = true } }

  private func wake(_ change: (inout Waiting) -> Void) {
    let continuations = waiting.withLock { waiting in
      change(&waiting)
      defer { waiting.continuations.removeAll(keepingCapacity: true) }
      return Array(waiting.continuations.values)
    }
    for continuation in continuations { continuation.resume() }
  }

  /// Waits until the log ends behind `sequence`, the task is cancelled or the daemon stops.
  /// - Returns: the log's end, or nil when there will be no more.
  func wait(after sequence: UInt64) async -> UInt64? {
    let ticket = waiting.withLock { waiting in
      waiting.nextTicket += 1
      return waiting.nextTicket
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        let isDone = waiting.withLock { waiting in
          if waiting.last > sequence || waiting.isClosed || Task.isCancelled { return true }
          waiting.continuations[ticket] = continuation
          return false
        }
        if isDone { continuation.resume() }
      }
    } onCancel: {
      waiting.withLock { $0.continuations.removeValue(forKey: ticket) }?.resume()
    }
    return waiting.withLock { $0.isClosed ? nil : $0.last }
  }
}
