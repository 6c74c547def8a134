internal import Dispatch

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
