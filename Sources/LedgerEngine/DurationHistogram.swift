/// How often something took how long.
public struct DurationHistogram: Sendable {
  /// Upper bounds in seconds, ascending.
  public let bounds: [Double]
  /// How many were at most each bound and above the one before; behind them how many were above all.
  public private(set) var counts: [UInt64]
  public private(set) var totalSeconds: Double = 0

  public init(bounds: [Double]) {
    self.bounds = bounds
    counts = [UInt64](repeating: 0, count: bounds.count + 1)
  }

  public mutating func add(_ duration: Duration) {
    let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    counts[bounds.firstIndex { seconds <= $0 } ?? bounds.count] += 1
    totalSeconds += seconds
  }
}
