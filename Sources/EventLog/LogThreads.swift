internal import Dispatch
internal import Synchronization

/// What a thread of the log's own does beside the one that appends.
public enum LogWork: Sendable {
  /// Hashing and compressing frames of the commit at hand, which waits for it.
  case sealing
  /// Writing and merging the index, which nobody waits for.
  case indexing
}

/// Starts a thread of this name for this work, which runs the body and ends with it. Whoever opens a log decides by it how soon
/// such threads get a processor.
public typealias ThreadStart =
  @Sendable (_ name: String, _ work: LogWork, _ body: @escaping @Sendable () -> Void) -> Void

/// Threads that all of the process shares, for whoever has no wishes.
let sharedThreads: ThreadStart = { name, _, body in DispatchQueue(label: name).async(execute: body) }

/// Runs one job of the index after the other, on a thread that is there as long as there are jobs.
final class WorkQueue: Sendable {
  private struct Work {
    var jobs: [@Sendable () -> Void] = []
    var isRunning = false
  }

  private let name: String
  private let startThread: ThreadStart
  private let work = Mutex(Work())
  private let running = DispatchGroup()

  init(_ name: String, _ startThread: @escaping ThreadStart) {
    self.name = name
    self.startThread = startThread
  }

  func add(_ job: @escaping @Sendable () -> Void) {
    let isThreadNeeded = work.withLock { work in
      work.jobs.append(job)
      defer { work.isRunning = true }
      if !work.isRunning { running.enter() }
      return !work.isRunning
    }
    if isThreadNeeded {
      startThread(name, .indexing) { [self] in
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
