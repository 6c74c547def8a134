/// What is looked up in the index, and what is found.
enum IndexKind: Int, CaseIterable, Sendable {
  /// Of `source` and `id`; finds sequences.
  case identity
  /// What a record is about; finds frames.
  case subject
  /// Whom a record belongs to; finds frames.
  case group

  /// The index tells fingerprints apart by this many of their bits. A wrong candidate costs one reading of a frame. Of an
  /// unknown identity there is one for 40 bits in 11,000 look-ups when the log has 100 million records. Subjects and
  /// groups are asked for by readers alone, who may read a frame in vain now and then.
  @inline(__always)
  var keyBits: Int { self == .identity ? 40 : 32 }

  /// Never 0 for subjects and groups: there it stands for none while the newest records are in memory.
  @inline(__always)
  func key(of fingerprint: Fingerprint) -> UInt64 {
    let key = fingerprint.high >> UInt64(64 - keyBits)
    return self == .identity ? key : max(1, key)
  }

  /// What a record of this sequence is found as: itself, or its frame.
  @inline(__always)
  func value(of sequence: UInt64) -> UInt64 {
    self == .identity ? sequence : EventLog.frameNumber(of: sequence)
  }
}

/// A key of the index and what is found by it.
struct IndexEntry: Equatable {
  var key: UInt64
  var value: UInt64
}
