import Ledger

/// Which accounts of a checkpoint are read, which are to be read next, and who sleeps until they are.
struct LoadingOrder {
  /// Accounts that a thread takes at a time, of those that nobody waits for.
  private static let stretch = 8
  /// The same of those that somebody waits for: few, so that all threads take of them.
  private static let wantedStretch = 4

  private var isTaken: [Bool]
  private var isHere: [Bool]
  private var hereCount = 0
  /// Not taken, as far as was known when they were asked for; the next one last.
  private var wanted: [Int] = []
  /// All before were taken.
  private var next = 0
  private var sleepers: [(account: Int?, continuation: CheckedContinuation<Void, Never>)] = []
  /// Nothing is taken any more.
  private(set) var isStopped = false

  init(count: Int) {
    isTaken = Array(repeating: false, count: count)
    isHere = isTaken
  }

  var absentCount: Int { isHere.count - hereCount }

  /// - Parameter account: nil for all.
  func has(_ account: Int?) -> Bool { account.map { isHere[$0] } ?? (absentCount == 0) }

  /// Puts accounts before the others.
  mutating func want(_ accounts: some Sequence<Int>) { wanted += accounts.filter { !isTaken[$0] } }

  /// The accounts to read next.
  /// - Parameter onlyWanted: leaves those that nobody waits for.
  /// - Returns: nil when all are taken.
  mutating func take(onlyWanted: Bool) -> [Int]? {
    guard !isStopped else { return nil }
    var taken: [Int] = []
    while taken.count < Self.wantedStretch, let account = wanted.popLast() { take(account, &taken) }
    if taken.isEmpty, !onlyWanted {
      while taken.count < Self.stretch, next < isTaken.count {
        take(next, &taken)
        next += 1
      }
    }
    return taken.isEmpty ? nil : taken
  }

  private mutating func take(_ account: Int, _ taken: inout [Int]) {
    guard !isTaken[account] else { return }
    isTaken[account] = true
    taken.append(account)
  }

  /// Takes note that accounts were added to the state.
  /// - Returns: who waited for them.
  mutating func added(_ accounts: some Sequence<Int>) -> [CheckedContinuation<Void, Never>] {
    for account in accounts {
      isHere[account] = true
      hereCount += 1
    }
    let (all, awake) = (sleepers, sleepers.filter { has($0.account) })
    if !awake.isEmpty { sleepers = all.filter { !has($0.account) } }
    return awake.map(\.continuation)
  }

  /// - Returns: who waited, in vain.
  mutating func stop() -> [CheckedContinuation<Void, Never>] {
    isStopped = true
    defer { sleepers = [] }
    return sleepers.map(\.continuation)
  }

  /// - Returns: whether it has to be waited for; if not, the continuation is not kept.
  mutating func sleep(until account: Int?, _ continuation: CheckedContinuation<Void, Never>) -> Bool {
    guard !has(account), !isStopped else { return false }
    if let account { want(CollectionOfOne(account)) }
    sleepers.append((account, continuation))
    return true
  }
}
