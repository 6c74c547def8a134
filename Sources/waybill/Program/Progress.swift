import WaybillTables

/// A bar on standard error for work that takes a while; nothing when nobody watches.
struct Progress {
  private let terminal: Terminal
  private let label: String
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var lastShown: ContinuousClock.Instant?

  init(_ label: String, terminal: Terminal = .standard) {
    self.terminal = terminal
    self.label = label
    start = clock.now
  }

  /// Redraws at most ten times a second. Without a total only `remark` is shown.
  mutating func show(_ done: Int, of total: Int?, _ remark: String) {
    let now = clock.now
    guard terminal.showsProgress, lastShown.map({ $0.duration(to: now) > .milliseconds(100) }) ?? true else { return }
    lastShown = now
    terminal.writeError("\r" + Progress.line(label, done, of: total, remark) + "\u{1B}[K")
  }

  /// Takes the bar away, so that what follows starts on a clean line.
  func end() {
    if lastShown != nil { terminal.writeError("\r\u{1B}[K") }
  }

  static func line(_ label: String, _ done: Int, of total: Int?, _ remark: String) -> String {
    guard let total, total > 0 else { return "\(label)  \(remark)" }
    let share = min(done, total)
    let filled = share * 30 / total
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 30 - filled)
    return "\(label)  \(bar) \(share * 100 / total) %  \(remark)"
  }
}
