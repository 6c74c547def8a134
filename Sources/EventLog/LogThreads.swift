internal import Dispatch
internal import Glibc

/// What a thread of the log's own does beside the one that appends.
public enum LogWork: Sendable {
  /// Hashing and compressing frames of the commit at hand, which waits for it.
  case sealing
  /// Writing and merging the index, which nobody waits for.
  case indexing
}

/// Where the log's own threads come from, and how they and the one that appends share the processors with all others. Whoever
/// opens a log decides it.
public protocol LogThreads: Sendable {
  /// Processors that the process may compute with, at least one.
  var processorCount: Int { get }

  /// Starts a thread of this name for this work, which runs the body and ends with it.
  func start(_ name: String, for work: LogWork, _ body: @escaping @Sendable () -> Void)

  /// Seals frames on the calling thread, when there is a processor for it.
  /// - Parameter body: calls what it is given between two frames, to let go first who is more urgent.
  func seal(_ body: (_ giveWay: () -> Void) -> Void)

  /// Runs what the appending thread mostly waits in, for the disk or for another of the log's threads; meanwhile somebody else may
  /// have its processor.
  func wait<Result>(in body: () throws -> Result) rethrows -> Result
}

extension LogThreads {
  public var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
  public func seal(_ body: (_ giveWay: () -> Void) -> Void) { body {} }
  public func wait<Result>(in body: () throws -> Result) rethrows -> Result { try body() }
}

/// Threads that all of the process shares, for whoever has no wishes.
struct SharedThreads: LogThreads {
  func start(_ name: String, for work: LogWork, _ body: @escaping @Sendable () -> Void) {
    DispatchQueue(label: name).async(execute: body)
  }
}
