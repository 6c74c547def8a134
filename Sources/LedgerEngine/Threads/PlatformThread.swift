import Glibc
import Synchronization

/// One operating-system thread of our own. LMDB ties a write transaction to its thread, and a thread of Swift's pool
/// must not sleep in `fdatasync`.
struct PlatformThread: Sendable {
  private let handle: pthread_t

  /// Starts `body` at once. `name` is cut to the 15 bytes Linux shows.
  /// - Parameter urgency: nil leaves the thread what the one that starts it is.
  init(
    name: String, urgency: ThreadUrgency? = nil, isJoined: Bool = true, _ body: @escaping @Sendable () -> Void
  ) {
    handle = Self.start(
      ThreadBody(name: String(name.prefix(15))) {
        urgency?.applyToThisThread()
        body()
      })
    if !isJoined { pthread_detach(handle) }
  }

  /// Runs `body` on a thread of its own, while the task waits. What only `body` held is gone when it returns.
  static func run<Result: Sendable>(
    name: String, urgency: ThreadUrgency? = nil, _ body: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    let held = Monitor<(@Sendable () throws -> Result)?>(body)
    return try await withCheckedThrowingContinuation { continuation in
      _ = PlatformThread(name: name, urgency: urgency, isJoined: false) {
        let result = Swift.Result { () throws -> Result in
          let body = held.withLock { held in
            defer { held = nil }
            return held
          }
          return try body!()
        }
        continuation.resume(with: result)
      }
    }
  }

  private static func start(_ body: ThreadBody) -> pthread_t {
    var handle = pthread_t()
    let argument = unsafe Unmanaged.passRetained(body).toOpaque()
    let result = unsafe pthread_create(&handle, nil, runThreadBody, argument)
    precondition(result == 0, "no thread for \(body.name): error \(result)")
    return handle
  }

  /// Waits until the body has returned. Call it once.
  func join() { pthread_join(handle, nil) }
}

extension Mutex<PlatformThread?> {
  /// Waits until the thread has ended, and forgets it; does nothing where there is none.
  func join() {
    let running = withLock { thread in
      defer { thread = nil }
      return thread
    }
    running?.join()
  }
}

private final class ThreadBody: Sendable {
  let name: String
  let run: @Sendable () -> Void

  init(name: String, run: @escaping @Sendable () -> Void) {
    self.name = name
    self.run = run
  }

  func nameThread() {
    let file = unsafe open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    _ = unsafe write(file, name, name.utf8.count)
    close(file)
  }
}

private func runThreadBody(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let argument = unsafe argument else { return nil }
  let body = unsafe Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue()
  body.nameThread()
  body.run()
  return nil
}
