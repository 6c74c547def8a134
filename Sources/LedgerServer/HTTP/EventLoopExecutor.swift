import NIOCore

/// Runs a connection's task on the thread of its event loop, so that a request waits for no other thread between the
/// socket and the writer's queue, nor on the way back.
final class EventLoopExecutor: TaskExecutor {
  private let loop: any EventLoop

  init(_ loop: any EventLoop) { self.loop = loop }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    loop.execute { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}

/// The executors of a group's event loops. They live as long as the server, and so longer than the tasks that run on them.
struct EventLoopExecutors: Sendable {
  private let executors: [ObjectIdentifier: EventLoopExecutor]

  init(_ group: any EventLoopGroup) {
    var executors: [ObjectIdentifier: EventLoopExecutor] = [:]
    for loop in group.makeIterator() { executors[ObjectIdentifier(loop)] = EventLoopExecutor(loop) }
    self.executors = executors
  }

  subscript(loop: any EventLoop) -> EventLoopExecutor? { executors[ObjectIdentifier(loop)] }
}
