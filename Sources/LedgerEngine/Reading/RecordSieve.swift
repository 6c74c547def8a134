import EventLog
import Glibc

/// Lets through the records of a frame in which a JSON string may stand, and nearly no others, without parsing them.
///
/// A string stands in a record as its bytes between quotes, or with escapes; so a record passes that has the one, or any
/// backslash. Parsing tells the rest.
struct RecordSieve {
  /// The string between quotes; empty: every record passes.
  private let needle: [UInt8]

  init() { needle = [] }
  init(containing string: String) { needle = string.isEmpty ? [] : Array("\"\(string)\"".utf8) }

  /// Calls `body` with each record that passes, in order, behind which 64 more bytes may be read.
  @safe
  func forEachRecord(of frame: borrowing Frame, _ body: (UInt64, UnsafeRawBufferPointer) throws -> Void) throws {
    let start = unsafe UnsafeRawPointer(frame.bundle.baseAddress!)
    let end = unsafe start + frame.bundle.count
    var string = unsafe find(from: start, end)
    var escape = unsafe Self.findEscape(from: start, end)
    try frame.forEachRecord { (sequence, record) throws in
      let start = record.baseAddress!
      let recordEnd = unsafe start + record.count
      if unsafe string < start { unsafe string = find(from: start, end) }
      if unsafe escape < start { unsafe escape = Self.findEscape(from: start, end) }
      if unsafe string < recordEnd || escape < recordEnd { try unsafe body(sequence, record) }
    }
  }

  /// Where the string stands next, or `end`. 64 bytes behind `end` may be read.
  private func find(from start: UnsafeRawPointer, _ end: UnsafeRawPointer) -> UnsafeRawPointer {
    guard needle.count > 2 else { return unsafe start }
    return unsafe needle.withUnsafeBytes { needle in
      // The needle's last three bytes are rarer than its quote, and are looked for at sixteen places at a time.
      let anchor = needle.count - 3
      let (first, second, third) = unsafe (
        SIMD16(repeating: needle[anchor]), SIMD16(repeating: needle[anchor + 1]), SIMD16(repeating: needle[anchor + 2])
      )
      var place = unsafe start
      while unsafe place + needle.count <= end {
        let at = unsafe place + anchor
        let matches =
          unsafe at.loadUnaligned(as: SIMD16<UInt8>.self) .== first
          .& at.loadUnaligned(fromByteOffset: 1, as: SIMD16<UInt8>.self) .== second
          .& at.loadUnaligned(fromByteOffset: 2, as: SIMD16<UInt8>.self) .== third
        if any(matches) {
          for index in 0..<16 where unsafe matches[index] && place + index + needle.count <= end {
            if unsafe memcmp(place + index, needle.baseAddress!, needle.count) == 0 { return unsafe place + index }
          }
        }
        unsafe place += 16
      }
      return unsafe end
    }
  }

  private static func findEscape(from start: UnsafeRawPointer, _ end: UnsafeRawPointer) -> UnsafeRawPointer {
    unsafe UnsafeRawPointer(memchr(start, 92, end - start) ?? UnsafeMutableRawPointer(mutating: end))
  }
}
