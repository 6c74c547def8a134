extension Text {
  /// The first eight bytes as one little-endian word, with zeros behind a shorter text. Two texts of equal ``count``,
  /// `head` and ``tail`` are equal if they have at most 16 bytes.
  @inlinable
  public var head: UInt64 {
    if count >= 8 { return unsafe word(at: 0) }
    var value: UInt64 = 0
    for index in 0..<count { value |= unsafe UInt64(start[index]) << UInt64(8 * index) }
    return value
  }

  /// ``head`` of a text that stands on a tape. A tape's buffers are padded, so that it can be read in one step.
  @inlinable @inline(__always)
  public var headOnTape: UInt64 {
    let surplus = UInt64(8 * Swift.max(8 - count, 0))
    return unsafe (word(at: 0) &<< surplus) &>> surplus
  }

  /// The last eight bytes of more than eight, else 0.
  @inlinable @inline(__always)
  public var tail: UInt64 { count > 8 ? unsafe word(at: count - 8) : 0 }

  /// Eight bytes from `offset` on as one little-endian word.
  /// - Precondition: the text has them.
  @inlinable @inline(__always)
  public func word(_ offset: Int) -> UInt64 {
    precondition(offset >= 0 && offset <= count - 8, "eight bytes outside the text")
    return unsafe word(at: offset)
  }

  @inlinable @inline(__always) @unsafe
  func word(at offset: Int) -> UInt64 {
    unsafe UInt64(littleEndian: UnsafeRawPointer(start + offset).loadUnaligned(as: UInt64.self))
  }
}
