/// A few threads for work that takes long or sleeps in the kernel, and so must hold neither an event loop nor one of the
/// threads that all Swift tasks share: replays, pages of records, verification, backups, large requests.
final class ThreadPool: Sendable {
  private struct Work {
    var jobs: [@Sendable () -> Void] = []
    var isClosed = false
  }

  let threadCount: Int
  private let work = Monitor(Work())
  private let threads: Monitor<[PlatformThread]>

  init(name: String, urgency: ThreadUrgency? = nil, threadCount: Int) {
    self.threadCount = threadCount
    threads = Monitor([])
    let started = (0..<threadCount).map { index in
      PlatformThread(name: "\(name)-\(index)", urgency: urgency) { [work] in Self.drain(work) }
    }
    threads.withLock { $0 = started }
  }

  private static func drain(_ work: Monitor<Work>) {
    while true {
      let job: (@Sendable () -> Void)? = work.wait { work in
        if !work.jobs.isEmpty { return .some(work.jobs.removeFirst()) }
        return work.isClosed ? .some(nil) : nil
      }
      guard let job else { return }
      job()
    }
  }

  func add(_ job: @escaping @Sendable () -> Void) { work.signal { $0.jobs.append(job) } }

  /// Runs `body` on one of the pool's threads.
  func run<Result: Sendable, Failure: Error>(
    _ body: @escaping @Sendable () throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    let outcome: Swift.Result<Result, Failure> = await withCheckedContinuation { continuation in
      add {
        do throws(Failure) {
          continuation.resume(returning: .success(try body()))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    return try outcome.get()
  }

  /// Finishes the jobs that were handed in and ends the threads.
  func close() {
    work.signal { $0.isClosed = true }
    let threads = threads.withLock { threads in
      defer { threads = [] }
      return threads
    }
    for thread in threads { thread.join() }
  }
}
