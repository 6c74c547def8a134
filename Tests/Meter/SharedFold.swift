import Foundation
import Ledger
import Synchronization

/// Folds while another thread takes copies of the accounts and lets go of them at once, as questions and checkpoints do, and
/// compares the state with one that nobody else had. It runs as users get it, built for release: there the compiler moves the end
/// of a life to the last use that it sees, and a pointer is none.
struct SharedFold {
  let bodies: Bodies

  /// - Returns: how many copies there were.
  func run(rounds: Int) -> Int {
    let alone = StageLine(last: .fold)
    for body in bodies { alone.run(body) }
    let expected = alone.stateBytes()
    var copyCount = 0
    for _ in 0..<rounds {
      let line = StageLine(last: .fold)
      let copier = Copier(line)
      copier.start()
      for body in bodies { line.run(body) }
      copyCount += copier.stop()
      guard line.stateBytes() == expected else {
        print("a state whose accounts others had for a while is not the one of a fold alone")
        exit(1)
      }
    }
    return copyCount
  }
}

/// Takes copies and looks at their chunks until it is stopped.
private final class Copier: @unchecked Sendable {  // the line says which of its parts two threads may use
  private let line: StageLine
  private let isStopped = Atomic(false)
  private let ended = DispatchSemaphore(value: 0)
  private var copyCount = 0
  private var chunkByteCount = 0

  init(_ line: StageLine) { self.line = line }

  func start() {
    Thread { [self] in
      while !isStopped.load(ordering: .relaxed) {
        for account in line.copyAccounts() {
          account.forEachFullChunk { chunkByteCount &+= $0.bytes.count }
          copyCount += 1
        }
        copyCount += line.copyState().accountCount
      }
      ended.signal()
    }.start()
  }

  func stop() -> Int {
    isStopped.store(true, ordering: .relaxed)
    ended.wait()
    return copyCount
  }
}
