/// A 128-bit name of something, made by the caller from whatever identifies it; equal things have equal fingerprints.
public struct Fingerprint: Hashable, Sendable {
  public var high: UInt64
  public var low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }
}

/// What the log needs to know of a record without understanding it.
public struct RecordFacts: Hashable, Sendable {
  /// µs since 1970-01-01T00:00:00Z, by the event's own clock.
  public var eventTime: Int64
  /// µs since 1970-01-01T00:00:00Z, by the daemon's clock.
  public var recordedTime: Int64
  /// One bit for each type of event, so that a reader can skip frames.
  public var typeBit: UInt64
  /// Of `source` and `id`.
  public var identity: Fingerprint
  /// What the record is about, such as a message of an account, when all its records are to be found together.
  public var subject: Fingerprint?
  /// Whom the record belongs to, such as an account, when all its frames are to be found.
  public var group: Fingerprint?

  public init(
    eventTime: Int64, recordedTime: Int64, typeBit: UInt64, identity: Fingerprint, subject: Fingerprint? = nil,
    group: Fingerprint? = nil
  ) {
    self.eventTime = eventTime
    self.recordedTime = recordedTime
    self.typeBit = typeBit
    self.identity = identity
    self.subject = subject
    self.group = group
  }
}

/// Reads a record's facts again from its bytes, behind which 64 more bytes may be read. Called when an index must
/// catch up with the log, and to compare frame headers with their records.
public typealias FactsReader = @Sendable (UnsafeRawBufferPointer) throws -> RecordFacts

/// Reads the facts of a stretch of the log again, and calls the body with them in order, some at a time; on all cores, if it
/// can. It throws a ``LogError`` that names the first record it cannot read.
public typealias StretchReader = @Sendable (EventLog, ClosedRange<UInt64>, ([RecordFacts]) -> Void) throws -> Void
