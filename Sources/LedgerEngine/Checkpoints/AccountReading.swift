import EventLog
import Ledger

/// Reads and decodes the accounts of a checkpoint on all cores: they share nothing that changes.
final class AccountReading: Sendable {
  private struct Progress {
    var nextIndex = 0
    /// Stretches of accounts, by the index of the first.
    var decoded: [Int: [StateParts.Account]] = [:]
    var failure: (any Error)?
  }

  /// Accounts that a thread takes at a time.
  private static let stretch = 64

  private let list: [CheckpointStore.Part]
  private let parts: StateParts
  private let store: CheckpointStore
  private let progress = Monitor(Progress())

  /// The accounts that the list names, in its order.
  /// - Throws: what is wrong with one of those that cannot be read.
  static func all(
    _ list: some Collection<CheckpointStore.Part>, of parts: StateParts, from store: CheckpointStore
  ) throws -> [StateParts.Account] {
    try AccountReading(Array(list), parts, store).run()
  }

  private init(_ list: [CheckpointStore.Part], _ parts: StateParts, _ store: CheckpointStore) {
    self.list = list
    self.parts = parts
    self.store = store
  }

  private func run() throws -> [StateParts.Account] {
    let stretchCount = (list.count + Self.stretch - 1) / Self.stretch
    let helperCount = min(Processors.count, stretchCount) - 1
    let helpers = (0..<max(0, helperCount)).map { index in
      PlatformThread(name: "accounts-\(index)") { [self] in work() }
    }
    work()
    for helper in helpers { helper.join() }
    return try progress.withLock { progress in
      if let failure = progress.failure { throw failure }
      return stride(from: 0, to: list.count, by: Self.stretch).flatMap { progress.decoded[$0] ?? [] }
    }
  }

  /// Decodes stretches until all are taken, or one cannot be read.
  private func work() {
    let reader = store.makeReader()
    while let start = take() {
      do {
        let accounts = try list[start..<min(start + Self.stretch, list.count)].map { part in
          try Checkpoint.decodeAccount(try reader.read(part), of: parts)
        }
        progress.withLock { $0.decoded[start] = accounts }
        HeapPages.askForGrowth()
      } catch {
        progress.withLock { $0.failure = error }
      }
    }
  }

  private func take() -> Int? {
    progress.withLock { progress in
      guard progress.failure == nil, progress.nextIndex < list.count else { return nil }
      defer { progress.nextIndex += Self.stretch }
      return progress.nextIndex
    }
  }
}
