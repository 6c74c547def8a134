@testable import EventLog

/// Threads that all of the process shares; a test sees them begin and may put something around what they run.
struct TestThreads: LogThreads {
  let whenStarted: @Sendable (String, @escaping @Sendable () -> Void) -> @Sendable () -> Void

  func start(_ name: String, for work: LogWork, _ body: @escaping @Sendable () -> Void) {
    SharedThreads().start(name, for: work, whenStarted(name, body))
  }
}
