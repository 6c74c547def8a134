/// Events on their way in one request: a JSON array within the limits of a request.
public struct EventBatch {
  public static let largestCount = 8_000
  public static let largestByteCount = 8 << 20

  /// The array without its last bracket.
  private var bytes: [UInt8] = [UInt8(ascii: "[")]
  /// Where each event begins in its source.
  public private(set) var lines: [Int] = []

  public init() {}

  public var count: Int { lines.count }
  public var isEmpty: Bool { lines.isEmpty }
  public var body: [UInt8] { bytes + [UInt8(ascii: "]")] }

  /// False if the event belongs in the next batch; the first one always fits.
  public mutating func add(_ event: EventCutter.Event) -> Bool {
    if !isEmpty {
      guard count < EventBatch.largestCount, bytes.count + event.bytes.count + 2 <= EventBatch.largestByteCount else {
        return false
      }
      bytes.append(UInt8(ascii: ","))
    }
    bytes.append(contentsOf: event.bytes)
    lines.append(event.line)
    return true
  }
}
