import Foundation

/// A file of lines, cut into the bodies of requests.
struct Bodies: Sequence {
  private let bytes: [UInt8]
  private var ends: [Int] = []
  let lineCount: Int

  init(of path: String, linesEach: Int) throws {
    bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    var lines = 0
    for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
      lines += 1
      if lines.isMultiple(of: linesEach) || index == bytes.count - 1 { ends.append(index + 1) }
    }
    if ends.last ?? 0 < bytes.count { ends.append(bytes.count) }
    lineCount = lines
  }

  func first(_ count: Int) -> [ArraySlice<UInt8>] { Array(self.prefix(count)) }

  func makeIterator() -> AnyIterator<ArraySlice<UInt8>> {
    var next = 0
    return AnyIterator {
      guard next < ends.count else { return nil }
      defer { next += 1 }
      return bytes[(next == 0 ? 0 : ends[next - 1])..<ends[next]]
    }
  }
}
