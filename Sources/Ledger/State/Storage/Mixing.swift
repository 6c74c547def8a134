import JSONTape

/// Hashing for tables whose order is never shown: the same on every machine and in every run.
enum Mixing {
  private static let odd: UInt64 = 0x9e37_79b9_7f4a_7c15
  private static let other: UInt64 = 0xd6e8_feb8_6659_fd93

  /// Both halves of the product: every bit of either word reaches every bit of the result.
  @inline(__always)
  static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }

  @inline(__always)
  static func mix(_ value: UInt64) -> UInt64 { fold(value ^ other, odd) }

  /// Two words, one after the other.
  @inline(__always)
  static func mix(_ first: UInt64, _ second: UInt64) -> UInt64 { fold(mix(first) ^ second, other) }

  /// Eight bytes at a time; the last eight overlap those before.
  @inline(__always)
  static func mix(_ text: Text) -> UInt64 {
    let count = text.count
    let bytes = unsafe UnsafeRawPointer(text.bytes.baseAddress!)
    var hash = UInt64(truncatingIfNeeded: count) &* odd
    guard count >= 8 else { return unsafe fold(hash ^ short(bytes, count), odd) }
    var offset = 0
    while offset + 8 < count {
      hash = unsafe fold(hash ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self), odd)
      offset += 8
    }
    return unsafe fold(hash ^ bytes.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self), other)
  }

  @inline(__always)
  private static func short(_ bytes: UnsafeRawPointer, _ count: Int) -> UInt64 {
    if count >= 4 {
      let first = unsafe UInt64(bytes.loadUnaligned(as: UInt32.self))
      return unsafe first << 32 | UInt64(bytes.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
    }
    guard count > 0 else { return 0 }
    let first = unsafe UInt64(bytes.load(as: UInt8.self)) << 16
    let middle = unsafe UInt64(bytes.load(fromByteOffset: count / 2, as: UInt8.self)) << 8
    return unsafe first | middle | UInt64(bytes.load(fromByteOffset: count - 1, as: UInt8.self))
  }

  /// The whole of a text of 1 to 32 bytes in four words; with its count they tell it from any other.
  @inline(__always)
  static func words(_ text: Text) -> (UInt64, UInt64, UInt64, UInt64) {
    let count = text.count
    let bytes = unsafe UnsafeRawPointer(text.bytes.baseAddress!)
    guard count >= 8 else { return unsafe (short(bytes, count), 0, 0, 0) }
    func word(_ offset: Int) -> UInt64 { unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
    if count <= 16 { return (word(0), word(count - 8), 0, 0) }
    return (word(0), word(8), word(count - 16), word(count - 8))
  }

  /// Whether `count` bytes are the same; short texts without a call.
  @inline(__always)
  static func equal(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ count: Int) -> Bool {
    guard count >= 8 else { return unsafe short(left, count) == short(right, count) }
    var offset = 0
    while offset + 8 < count {
      guard
        unsafe left.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
          == right.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      else { return false }
      offset += 8
    }
    return unsafe left.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
      == right.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
  }
}
