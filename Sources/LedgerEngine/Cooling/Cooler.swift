import Ledger
import Synchronization

/// When what has not changed leaves the heap.
public struct CoolingPolicy: Sendable {
  /// Events between two looks. What did not change from one to the next is moved.
  public var eventCount: UInt64 = 1_000_000
  /// Of the file system, left to the log.
  public var leastFreeBytes: UInt64 = 256 << 20
  /// Smaller chunks stay where they are.
  public var leastChunkBytes = 1_024

  public init() {}
}

/// Moves chunks of the state's lists out of the heap when they have not changed from one look to the next. The first change
/// of one afterwards takes it back, until it has rested again. So the heap is for what changes, and for what finds the rest.
///
/// The looks are at copies; the state itself is only told, some chunks at a time, where to read.
final class Cooler: Sendable {
  typealias Moves = [(chunk: ListChunk, target: ColdBytes)]
  /// Lets somebody do a little with the live state who is never kept waiting, and returns when he has.
  typealias Performing = @Sendable (@escaping @Sendable (inout State) -> Void) -> Void

  private let file: ColdFile
  let policy: CoolingPolicy
  private let dueAt: Atomic<UInt64>
  private let signs = Monitor((isDue: false, isClosed: false))
  private let thread = Mutex<PlatformThread?>(nil)

  /// - Returns: nil where the folder can have no file for it: then all stays in the heap.
  init?(for folder: DataFolder, policy: CoolingPolicy) {
    guard let file = ColdFile(in: folder.path, leastFreeBytes: policy.leastFreeBytes) else { return nil }
    self.file = file
    self.policy = policy
    dueAt = Atomic(folder.lastSequence + policy.eventCount)
  }

  /// Bytes of the state that are not in the heap.
  var byteCount: Int { file.usedByteCount }

  // MARK: What nobody else has

  /// Moves all full chunks of an account that is about to be added to the live state.
  func cool(_ account: inout StateParts.Account) {
    let moves = moves(of: account) { _ in true }
    account.move(moves[...])
  }

  /// Looks at the state of a replay, which nobody else has.
  func look(at state: inout State, _ resting: inout RestingChunks) {
    file.collect()
    for index in 0..<state.accountCount where !state.isAbsent(account: index) {
      let moves = moves(of: state.account(index)) { resting.isResting($0) }
      if !moves.isEmpty { state.move(moves[...], ofAccount: index) }
    }
    resting.endLook()
  }

  private func moves(of account: StateParts.Account, where isWanted: (ListChunk) -> Bool) -> Moves {
    var moves: Moves = []
    account.forEachFullChunk { chunk in
      guard unsafe chunk.bytes.count >= policy.leastChunkBytes, unsafe !file.contains(chunk.bytes), isWanted(chunk),
        let target = unsafe file.keep(chunk.bytes)
      else { return }
      moves.append((chunk, target))
    }
    return moves
  }

  // MARK: The live state

  /// Starts the thread that looks at the live state.
  func start(performing perform: @escaping Performing) {
    let started = PlatformThread(name: "cooler", urgency: .background) { [self] in
      var resting = RestingChunks()
      while waitUntilDue() { look(&resting, performing: perform) }
    }
    thread.withLock { $0 = started }
  }

  /// Ends the thread, if it was started, and takes the file's name away.
  func stop() {
    signs.signal { $0.isClosed = true }
    thread.join()
    file.remove()
  }

  /// Tells that the state has reached `sequence`. Costs a few instructions unless a look falls due.
  func reached(_ sequence: UInt64) {
    guard sequence >= dueAt.load(ordering: .relaxed) else { return }
    dueAt.store(sequence + policy.eventCount, ordering: .relaxed)
    signs.signal { $0.isDue = true }
  }

  /// - Returns: false when the thread is to end.
  private func waitUntilDue() -> Bool {
    signs.wait { signs in
      if signs.isClosed { return false }
      guard signs.isDue else { return nil }
      signs.isDue = false
      return true
    }
  }

  /// Accounts that are copied at a time; chunks that are moved at a time.
  private static let accountsAtOnce = 64
  private static let movesAtOnce = 256

  private func look(_ resting: inout RestingChunks, performing perform: Performing) {
    file.collect()
    var next = 0
    while !signs.withLock({ $0.isClosed }), var copies = copies(from: next, performing: perform) {
      while let index = copies.last?.index {
        // With the copy gone, moving chunks copies nothing.
        let moves = moves(of: copies.removeLast().account) { resting.isResting($0) }
        for start in stride(from: 0, to: moves.count, by: Self.movesAtOnce) {
          let some = moves[start..<min(start + Self.movesAtOnce, moves.count)]
          perform { $0.move(some, ofAccount: index) }
        }
      }
      next += Self.accountsAtOnce
    }
    resting.endLook()
  }

  /// Copies of the next accounts; nil behind the last.
  private func copies(from first: Int, performing perform: Performing) -> [(index: Int, account: StateParts.Account)]? {
    let copies = Mutex<[(index: Int, account: StateParts.Account)]?>(nil)
    perform { state in
      guard first < state.accountCount else { return }
      let range = first..<min(first + Self.accountsAtOnce, state.accountCount)
      copies.withLock { copies in
        copies = range.filter { !state.isAbsent(account: $0) }.map { ($0, state.account($0)) }
      }
    }
    return copies.withLock { $0 }
  }
}
