/// Reads the entries of a block in order.
@safe
struct BlockReader {
  private let bytes: UnsafeRawPointer
  private var bit: Int
  private let keyRemainderBits: Int
  private let valueRemainderBits: Int
  private let valueBits: Int
  private(set) var remaining: Int
  private var last: IndexEntry
  private var isFirst = true

  /// - Parameter keyPrefix: the first key's upper bits.
  @inline(__always)
  init(
    _ bytes: UnsafeRawPointer, count: Int, keyPrefix: UInt64, lowKeyBits: Int, valueBits: Int
  ) {
    unsafe self.bytes = bytes
    // Damaged bytes give wrong entries, and nothing worse: no shift below is by more than 63.
    keyRemainderBits = unsafe Int(min(39, bytes.load(fromByteOffset: 0, as: UInt8.self)))
    valueRemainderBits = unsafe Int(min(39, bytes.load(fromByteOffset: 1, as: UInt8.self)))
    self.valueBits = valueBits
    remaining = count
    bit = 8 * IndexBlock.headByteCount
    last = IndexEntry(key: keyPrefix, value: 0)
    let low = take(lowKeyBits)
    last.key = keyPrefix << UInt64(lowKeyBits) | low
    last.value = take(valueBits)
  }

  /// - Precondition: ``remaining`` is above 0. Values count from the run's first.
  @inline(__always)
  mutating func next() -> IndexEntry {
    remaining -= 1
    if isFirst {
      isFirst = false
      return last
    }
    if take(1) == 0 {
      last.value &+= number(valueRemainderBits)
    } else {
      last.key &+= number(keyRemainderBits) &+ 1
      last.value = take(valueBits)
    }
    return last
  }

  /// At least 57 bits from the present one on.
  @inline(__always)
  private var window: UInt64 {
    unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: bit >> 3, as: UInt64.self)) >> UInt64(bit & 7)
  }

  @inline(__always)
  private mutating func take(_ count: Int) -> UInt64 {
    defer { bit += count }
    return window & (1 << UInt64(count) - 1)
  }

  @inline(__always)
  private mutating func number(_ remainderBits: Int) -> UInt64 {
    let word = window
    let quotient = (~word).trailingZeroBitCount
    if quotient > IndexBlock.longestQuotient {
      bit += Int(IndexBlock.longestQuotient) + 1
      return take(IndexBlock.wholeNumberBits)
    }
    bit += quotient + 1 + remainderBits
    return UInt64(quotient) << UInt64(remainderBits)
      | word >> UInt64(quotient + 1) & (1 << UInt64(remainderBits) - 1)
  }
}
