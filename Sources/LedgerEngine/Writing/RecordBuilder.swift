import JSONTape
import Ledger

/// Turns a received event into a record: its bytes with `sequence` and `recordedtime` as the last two members.
struct RecordBuilder {
  private(set) var bytes: [UInt8] = []
  private var suffix: [UInt8] = []

  /// The moment that all records of a group carry.
  mutating func begin(recordedAt moment: Timestamp) {
    suffix.removeAll(keepingCapacity: true)
    suffix += #"","recordedtime":""#.utf8
    moment.append(to: &suffix)
    suffix += #""}"#.utf8
  }

  /// Leaves the record in ``bytes``. `event` is one JSON object with at least one member and no space around it.
  mutating func build(_ event: Text, sequence: UInt64) {
    bytes.removeAll(keepingCapacity: true)
    bytes.reserveCapacity(event.count + 96)
    unsafe bytes.append(contentsOf: UnsafeBufferPointer(rebasing: event.bytes.dropLast()))
    bytes += Self.sequenceMember
    appendDecimal(sequence)
    bytes += suffix
  }

  private static let sequenceMember = Array(#","sequence":""#.utf8)

  private mutating func appendDecimal(_ number: UInt64) {
    let start = bytes.count
    var rest = number
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    bytes[start...].reverse()
  }

  /// Whether `record` is `event` with the daemon's members behind it, byte for byte.
  static func isRecord(_ record: [UInt8], of event: Text) -> Bool {
    let body = event.count - 1
    guard record.count > body + sequenceMember.count,
      record[body..<body + sequenceMember.count].elementsEqual(sequenceMember)
    else { return false }
    return unsafe record[..<body].elementsEqual(event.bytes.dropLast())
  }
}
