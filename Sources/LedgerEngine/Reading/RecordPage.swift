import EventLog
import JSONTape

/// Which records, of which page.
public struct RecordFilter: Sendable {
  /// First sequence number.
  public var from: UInt64
  /// The sequence number behind the last; nil for the log's end.
  public var to: UInt64?
  public var account: String?
  /// `waybill.message.sent`
  public var type: String?
  /// What the page before found out about where the account's records are; nil for the first.
  public var places: AccountFrames?

  public init(from: UInt64 = 1, to: UInt64? = nil, account: String? = nil, type: String? = nil) {
    self.from = max(1, from)
    self.to = to
    self.account = account
    self.type = type
  }
}

/// The frames that may hold the records of an account, up to some place in the log.
public struct AccountFrames: Sendable {
  var numbers: ArraySlice<UInt64>
  /// The sequence number behind the last record that was looked for.
  let end: UInt64
}

/// A stretch of records, ready to be sent.
public struct RecordPage: Sendable {
  public enum Style: Sendable {
    /// One record a line.
    case lines
    /// Server-sent events whose ids are sequence numbers.
    case events
  }

  public var bytes: [UInt8] = []
  public var count = 0
  /// Where the next page begins.
  public var next: UInt64
  /// For the filter of the next page.
  public var places: AccountFrames?
  /// Whether everything asked for has been read.
  public var isLast = false

  init(next: UInt64) { self.next = next }

  mutating func append(_ record: Text, at sequence: UInt64, as style: Style) {
    unsafe append(UnsafeRawBufferPointer(record.bytes), at: sequence, as: style)
  }

  @unsafe
  mutating func append(_ record: UnsafeRawBufferPointer, at sequence: UInt64, as style: Style) {
    if case .events = style { bytes += "id: \(sequence)\ndata: ".utf8 }
    unsafe bytes.append(contentsOf: record)
    bytes.append(10)
    if case .events = style { bytes.append(10) }
    count += 1
  }
}
