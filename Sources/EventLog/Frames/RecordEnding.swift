internal import Glibc

/// How a record ends that the daemon made of an event: with two members of its own, in place of the event's last brace.
///
///     ,"sequence":"17","recordedtime":"2026-11-24T09:00:00.25Z"}
public enum RecordEnding {
  /// What stands before the sequence.
  @inlinable public static var sequence: StaticString { #","sequence":""# }
  /// What stands between the sequence and the moment.
  @inlinable public static var recordedTime: StaticString { #"","recordedtime":""# }
  /// What stands behind the moment.
  @inlinable public static var end: StaticString { #""}"# }

  /// An ending that was found. Valid as long as the record.
  @safe
  struct Found {
    /// What stands before it.
    let bodyByteCount: Int
    /// Between the quotation marks.
    let moment: UnsafeRawBufferPointer
  }

  /// The longest text of a moment that is looked for; Waybill's have 20 to 27 bytes.
  static let longestMoment = 40

  /// The ending of a record with this sequence; nil where it ends otherwise.
  /// - Parameter likely: the moment that it probably has.
  static func find(
    in record: UnsafeRawBufferPointer, sequence number: UInt64, likely: UnsafeRawBufferPointer
  ) -> Found? {
    let least = sequence.utf8CodeUnitCount + 1 + recordedTime.utf8CodeUnitCount + end.utf8CodeUnitCount
    guard record.count >= least, let start = record.baseAddress else { return nil }
    let momentEnd = unsafe start + record.count - end.utf8CodeUnitCount
    guard unsafe isAt(momentEnd, end) else { return nil }
    var moment = unsafe momentEnd
    if unsafe !likely.isEmpty, least + likely.count <= record.count,
      unsafe memcmp(momentEnd - likely.count, likely.baseAddress!, likely.count) == 0
    {
      unsafe moment -= likely.count
    }
    while unsafe (moment - 1).load(as: UInt8.self) != UInt8(ascii: "\"") {
      unsafe moment -= 1
      guard unsafe moment > start, unsafe momentEnd - moment <= longestMoment else { return nil }
    }
    let numberEnd = unsafe moment - recordedTime.utf8CodeUnitCount
    guard unsafe moment < momentEnd, unsafe numberEnd > start + sequence.utf8CodeUnitCount,
      unsafe isAt(numberEnd, recordedTime),
      let found = unsafe Decimal.read(from: start, to: numberEnd), found.number == number
    else { return nil }
    let bodyEnd = unsafe numberEnd - found.digitCount - sequence.utf8CodeUnitCount
    guard unsafe bodyEnd >= start, unsafe isAt(bodyEnd, sequence) else { return nil }
    return unsafe Found(
      bodyByteCount: bodyEnd - start, moment: UnsafeRawBufferPointer(start: moment, count: momentEnd - moment))
  }

  @inline(__always)
  private static func isAt(_ place: UnsafeRawPointer, _ text: StaticString) -> Bool {
    unsafe memcmp(place, text.utf8Start, text.utf8CodeUnitCount) == 0
  }
}
