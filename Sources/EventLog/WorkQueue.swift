internal import Dispatch
internal import Synchronization

/// Runs one job of the index after the other, on a thread that is there as long as there are jobs.
final class WorkQueue: Sendable {
  private struct Work {
    var jobs: [@Sendable () -> Void] = []
    var isRunning = false
  }

  private let name: String
  private let threads: any LogThreads
  private let work = Mutex(Work())
  private let running = DispatchGroup()

  init(_ name: String, _ threads: any LogThreads) {
    self.name = name
    self.threads = threads
  }

  func add(_ job: @escaping @Sendable () -> Void) {
    let isThreadNeeded = work.withLock { work in
      work.jobs.append(job)
      defer { work.isRunning = true }
      if !work.isRunning { running.enter() }
      return !work.isRunning
    }
    if isThreadNeeded {
      threads.start(name, for: .indexing) { [self] in
        while let job = next() { job() }
        running.leave()
      }
    }
  }

  private func next() -> (@Sendable () -> Void)? {
    work.withLock { work in
      if !work.jobs.isEmpty { return work.jobs.removeFirst() }
      work.isRunning = false
      return nil
    }
  }

  /// Waits until nothing is left to do.
  func finish() { running.wait() }
}
