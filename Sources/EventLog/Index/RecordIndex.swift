internal import LMDB
internal import Synchronization

/// Finds records by identity, subject and group: the newest in a table in memory, all others in sorted runs on disk.
///
/// A full table is frozen, sorted and written by another thread, and runs are merged there, so the writer only inserts
/// into memory. Memory does not grow with the log. All of it can be made again from the log.
///
/// Sendable: `current` and `view` are the writer's own; what others read is behind `shared`, and the table that is
/// being inserted into behind `insertion`.
final class RecordIndex: @unchecked Sendable {
  private struct Parts {
    var runs: [IndexRun] = []
    /// Full, in order, waiting to be sealed; behind all runs.
    var frozen: [IndexTable] = []
    var current: IndexTable
    var failure: (any Error)?
  }

  private let folder: IndexFolder
  private let shared: Mutex<Parts>
  private let insertion = Mutex(())
  private var current: IndexTable
  private var view: (runs: [IndexRun], frozen: [IndexTable])
  private let threads: any LogThreads
  private let sealing: WorkQueue
  private let merging: WorkQueue
  private let isStopped = Atomic(false)
  private static let mostFrozen = 3

  init(_ folder: IndexFolder, logLast: UInt64, _ threads: any LogThreads) throws {
    self.folder = folder
    self.threads = threads
    sealing = WorkQueue("index-seal", threads)
    merging = WorkQueue("index-merge", threads)
    let runs = try folder.load(upTo: logLast)
    current = IndexTable(firstSequence: (runs.last?.last ?? 0) + 1, capacity: folder.recordsPerRun)
    view = (runs, [])
    shared = Mutex(Parts(runs: runs, current: current))
  }

  /// The first sequence that is not in the index yet.
  var nextSequence: UInt64 { current.nextSequence }

  // MARK: Whoever writes

  /// Throws when keys can neither be written nor kept any longer.
  func requireRoom() throws {
    let (count, failure) = shared.withLock { ($0.frozen.count, $0.failure) }
    guard count > Self.mostFrozen, let failure else { return }
    scheduleSeal()
    throw failure
  }

  func add(_ batch: borrowing [RecordFacts]) {
    var index = 0
    // In pieces, so that a reader waits for some tens of microseconds at most.
    while index < batch.count {
      if current.isFull { freeze() }
      let table = current
      let end = min(index + 1_024, batch.count, index + table.capacity - table.count)
      insertion.withLock { _ in table.insert(batch[index..<end]) }
      index = end
    }
    refreshView()
  }

  func refreshView() {
    view = shared.withLock { ($0.runs, $0.frozen) }
  }

  func candidates(identity: Fingerprint) -> [UInt64] {
    let key = IndexKind.identity.key(of: identity)
    var found: [UInt64] = []
    for run in view.runs { run.find(identity: key, into: &found) }
    for table in view.frozen { table.find(identity: key, into: &found) }
    current.find(identity: key, into: &found)
    return found
  }

  /// Appends the indexes, from `start`, of the facts whose identity may be in the log.
  ///
  /// One table or run after the other for all of them, each asked for all that will be read before it is read: so the processor waits
  /// for many lines of memory at a time.
  func appendCandidates(among facts: ArraySlice<RecordFacts>, to indexes: inout [Int]) {
    let count = facts.count
    unsafe withUnsafeTemporaryAllocation(of: UInt64.self, capacity: count) { keys in
      unsafe withUnsafeTemporaryAllocation(of: Bool.self, capacity: count) { isFound in
        for index in 0..<count {
          unsafe keys[index] = IndexKind.identity.key(of: facts[facts.startIndex + index].identity)
          unsafe current.fetch(identity: keys[index])
        }
        for index in 0..<count { unsafe isFound[index] = current.contains(identity: keys[index]) }
        for table in view.frozen {
          for index in 0..<count { unsafe table.fetch(identity: keys[index]) }
          for index in 0..<count where unsafe table.contains(identity: keys[index]) { unsafe isFound[index] = true }
        }
        unsafe withUnsafeTemporaryAllocation(of: KeyFilter.Bits.self, capacity: count) { bits in
          for index in 0..<count { unsafe bits.initializeElement(at: index, to: KeyFilter.bits(of: keys[index])) }
          for run in view.runs {
            for index in 0..<count { unsafe run.fetch(identity: keys[index]) }
            for index in 0..<count where unsafe run.mayContain(identity: keys[index], bits[index]) {
              if unsafe run.contains(identity: keys[index]) { unsafe isFound[index] = true }
            }
          }
        }
        for index in 0..<count where unsafe isFound[index] { indexes.append(facts.startIndex + index) }
      }
    }
  }

  private func freeze() {
    let full = current
    current = IndexTable(firstSequence: full.nextSequence, capacity: folder.recordsPerRun)
    let next = current
    let count = shared.withLock { parts in
      parts.frozen.append(full)
      parts.current = next
      return parts.frozen.count
    }
    scheduleSeal()
    if count > Self.mostFrozen { threads.wait { sealing.finish() } }
  }

  /// Writes what is in memory, so that the next opening need not read it from the log.
  func close() {
    if isStopped.load(ordering: .relaxed) { return }
    if current.count > 0 { freeze() }
    stop()
  }

  /// Waits for what runs in the background, and lets nothing more begin.
  func stop() {
    sealing.finish()
    isStopped.store(true, ordering: .relaxed)
    merging.finish()
  }

  // MARK: Any thread

  /// The frames up to `last` in which the fingerprint may stand as subject or group, ascending.
  func frames(_ kind: IndexKind, _ fingerprint: Fingerprint, upTo last: UInt64) -> [UInt64] {
    let key = kind.key(of: fingerprint)
    let (runs, frozen, newest) = shared.withLock { ($0.runs, $0.frozen, $0.current) }
    let newestCount = insertion.withLock { _ in newest.count }
    var found: [UInt64] = []
    for run in runs { run.findFrames(kind, of: key, upTo: last, into: &found) }
    for table in frozen { table.findFrames(kind, of: key, count: table.count, into: &found) }
    newest.findFrames(kind, of: key, count: newestCount, into: &found)
    while let frame = found.last, frame > last { found.removeLast() }
    return found
  }

  /// Files whose content is not as it was written.
  func damagedFiles() -> [String] {
    shared.withLock { $0.runs }.filter { !$0.isIntact }.map(\.file.path)
  }

  // MARK: In the background

  private func scheduleSeal() {
    sealing.add { [self] in
      while let table = shared.withLock({ $0.frozen.first }) {
        do {
          let run = try folder.seal(table)
          shared.withLock { parts in
            parts.frozen.removeFirst()
            parts.runs.append(run)
            parts.failure = nil
          }
        } catch {
          return shared.withLock { $0.failure = error }
        }
      }
      merging.add { [self] in mergeRuns() }
    }
  }

  private func mergeRuns() {
    while !isStopped.load(ordering: .relaxed),
      let old = folder.toMerge(shared.withLock { $0.runs }),
      let whole = try? folder.merge(old, while: { !isStopped.load(ordering: .relaxed) })
    {
      shared.withLock { parts in
        parts.runs.replaceSubrange(old.startIndex..<old.endIndex, with: [whole])
      }
      for run in old { folder.remove(run) }
    }
  }
}
