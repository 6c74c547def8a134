import EventLog
import Glibc
import JSONTape
import Ledger

/// Turns a received event into a record: its bytes with `sequence` and `recordedtime` as the last two members.
struct RecordBuilder {
  private var suffix: [UInt8] = []

  /// The moment that all records of a group carry.
  mutating func begin(recordedAt moment: Timestamp) {
    suffix.removeAll(keepingCapacity: true)
    unsafe suffix += Self.bytes(RecordEnding.recordedTime)
    moment.append(to: &suffix)
    unsafe suffix += Self.bytes(RecordEnding.end)
  }

  /// The most bytes that the event's record has.
  func mostBytes(of event: Text) -> Int {
    event.count + RecordEnding.sequence.utf8CodeUnitCount + Decimal.mostDigits + suffix.count
  }

  /// Writes the record to `target`, where there is room for ``mostBytes(of:)``, and returns how many bytes it has.
  /// `event` is one JSON object with at least one member and no space around it.
  func write(_ event: Text, sequence: UInt64, to target: UnsafeMutableRawPointer) -> Int {
    var end = unsafe Self.append(UnsafeRawPointer(event.bytes.baseAddress!), event.count - 1, at: target)
    unsafe end = Self.append(
      UnsafeRawPointer(RecordEnding.sequence.utf8Start), RecordEnding.sequence.utf8CodeUnitCount, at: end)
    unsafe end += Decimal.write(sequence, to: end)
    unsafe suffix.withUnsafeBytes { suffix in
      unsafe end = Self.append(suffix.baseAddress!, suffix.count, at: end)
    }
    return unsafe end - target
  }

  @inline(__always)
  private static func append(
    _ bytes: UnsafeRawPointer, _ count: Int, at target: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    unsafe target.copyMemory(from: bytes, byteCount: count)
    return unsafe target + count
  }

  private static func bytes(_ text: StaticString) -> UnsafeBufferPointer<UInt8> {
    unsafe UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
  }

  /// Whether `record` is `event` with the daemon's members behind it, byte for byte.
  static func isRecord(_ record: UnsafeRawBufferPointer, of event: Text) -> Bool {
    let body = event.count - 1
    let memberCount = RecordEnding.sequence.utf8CodeUnitCount
    guard record.count > body + memberCount else { return false }
    let start = record.baseAddress!
    guard unsafe memcmp(start, event.bytes.baseAddress!, body) == 0 else { return false }
    return unsafe memcmp(start + body, RecordEnding.sequence.utf8Start, memberCount) == 0
  }
}
