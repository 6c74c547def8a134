internal import CSimdJSON

/// Turns lines of JSON into the inside of one array, and back.
///
/// A newline between two lines that are not blank becomes a comma; all others are white space to JSON as they are.
struct LineSeparators {
  /// Where commas were written, ascending.
  private(set) var positions: [Int] = []
  /// Lines that are not blank.
  private(set) var lineCount = 0

  /// `count` bytes from `start` are lines; ``restore(in:)`` takes the same place.
  mutating func write(to start: UnsafeMutablePointer<UInt8>, count: Int) {
    positions.removeAll(keepingCapacity: true)
    lineCount = 0
    var pending = -1  // the newline behind the last line that was not blank
    var lineStart = 0
    while lineStart < count {
      let lineEnd = unsafe Self.newline(from: lineStart, in: start, count: count)
      if unsafe !Self.isBlank(start + lineStart, count: lineEnd - lineStart) {
        if pending >= 0 {
          unsafe start[pending] = UInt8(ascii: ",")
          positions.append(pending)
        }
        pending = lineEnd
        lineCount += 1
      }
      lineStart = lineEnd + 1
    }
  }

  func restore(in start: UnsafeMutablePointer<UInt8>) {
    for position in positions { unsafe start[position] = UInt8(ascii: "\n") }
  }

  /// The next newline at or after `position`, or `count`.
  static func newline(from position: Int, in start: UnsafePointer<UInt8>, count: Int) -> Int {
    let found = unsafe tape_find_byte(start + position, UInt8(ascii: "\n"), count - position)
    return unsafe found.map { unsafe $0 - start } ?? count
  }

  static func isBlank(_ line: UnsafePointer<UInt8>, count: Int) -> Bool {
    for index in 0..<count {
      switch unsafe line[index] {
      case 0x20, 0x09, 0x0D: continue
      default: return false
      }
    }
    return true
  }
}
