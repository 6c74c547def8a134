/// An instant that none of a list's is after: in minutes since 1970, rounded up.
struct UpperBound: BitwiseCopyable, Sendable {
  private(set) var minutes: UInt32 = 0
  private static let minute: Int64 = 60_000_000

  init() {}
  init(minutes: UInt32) { self.minutes = minutes }

  /// Whether one of them may be at `moment` or later.
  @inline(__always)
  func mayReach(_ moment: Timestamp) -> Bool { moment.rawValue <= Int64(minutes) * Self.minute }

  @inline(__always)
  mutating func include(_ moment: Timestamp) {
    guard !mayReach(moment) else { return }
    minutes = UInt32(clamping: moment.rawValue / Self.minute + 1)
  }
}
