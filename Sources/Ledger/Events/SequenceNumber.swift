/// A place in the log: counted from 1 without gaps. 0 stands before the first event.
public struct SequenceNumber: Hashable, Comparable, Sendable, BitwiseCopyable {
  public var rawValue: UInt64

  public init(rawValue: UInt64) { self.rawValue = rawValue }
  public static let zero = SequenceNumber(rawValue: 0)
  public var next: SequenceNumber { SequenceNumber(rawValue: rawValue + 1) }
  public static func < (left: SequenceNumber, right: SequenceNumber) -> Bool { left.rawValue < right.rawValue }
}
