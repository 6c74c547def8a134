extension Text {
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
