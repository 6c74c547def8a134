/// Cuts a stream of bytes into lines, however the chunks fall.
public struct LineCutter {
  private var buffer: [UInt8] = []
  private var start = 0
  /// Up to here there is no line end.
  private var searched = 0

  public init() {}

  public mutating func add(_ bytes: some Sequence<UInt8>) {
    if start > 0 {
      buffer.removeSubrange(..<start)
      searched -= start
      start = 0
    }
    buffer.append(contentsOf: bytes)
  }

  /// The next whole line, without its `\n` or `\r\n`.
  public mutating func next() -> ArraySlice<UInt8>? {
    guard let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
      searched = buffer.count
      return nil
    }
    defer {
      start = end + 1
      searched = start
    }
    return withoutReturn(buffer[start..<end])
  }

  /// What stands behind the last line end, if anything.
  public var rest: ArraySlice<UInt8>? { start < buffer.count ? withoutReturn(buffer[start...]) : nil }

  private func withoutReturn(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    line.last == UInt8(ascii: "\r") ? line.dropLast() : line
  }
}
