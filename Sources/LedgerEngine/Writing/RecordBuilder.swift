import Glibc
import JSONTape
import Ledger

/// Turns a received event into a record: its bytes with `sequence` and `recordedtime` as the last two members.
struct RecordBuilder {
  private var suffix: [UInt8] = []
  private static let sequenceMember: StaticString = #","sequence":""#

  /// The moment that all records of a group carry.
  mutating func begin(recordedAt moment: Timestamp) {
    suffix.removeAll(keepingCapacity: true)
    suffix += #"","recordedtime":""#.utf8
    moment.append(to: &suffix)
    suffix += #""}"#.utf8
  }

  /// The most bytes that the event's record has.
  func mostBytes(of event: Text) -> Int { event.count + Self.sequenceMember.utf8CodeUnitCount + 20 + suffix.count }

  /// Writes the record to `target`, where there is room for ``mostBytes(of:)``, and returns how many bytes it has.
  /// `event` is one JSON object with at least one member and no space around it.
  func write(_ event: Text, sequence: UInt64, to target: UnsafeMutableRawPointer) -> Int {
    var end = unsafe Self.append(UnsafeRawPointer(event.bytes.baseAddress!), event.count - 1, at: target)
    unsafe end = Self.append(
      UnsafeRawPointer(Self.sequenceMember.utf8Start), Self.sequenceMember.utf8CodeUnitCount, at: end)
    unsafe end = Self.append(decimal: sequence, at: end)
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

  private static func append(decimal number: UInt64, at target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    var digitCount = 1
    var bound: UInt64 = 10
    while digitCount < 20, number >= bound {
      digitCount += 1
      bound = digitCount < 20 ? bound * 10 : .max
    }
    var rest = number
    for place in stride(from: digitCount - 1, through: 0, by: -1) {
      unsafe target.storeBytes(of: UInt8(ascii: "0") + UInt8(rest % 10), toByteOffset: place, as: UInt8.self)
      rest /= 10
    }
    return unsafe target + digitCount
  }

  /// Whether `record` is `event` with the daemon's members behind it, byte for byte.
  static func isRecord(_ record: UnsafeRawBufferPointer, of event: Text) -> Bool {
    let body = event.count - 1
    let memberCount = sequenceMember.utf8CodeUnitCount
    guard record.count > body + memberCount else { return false }
    let start = record.baseAddress!
    guard unsafe memcmp(start, event.bytes.baseAddress!, body) == 0 else { return false }
    return unsafe memcmp(start + body, sequenceMember.utf8Start, memberCount) == 0
  }
}
