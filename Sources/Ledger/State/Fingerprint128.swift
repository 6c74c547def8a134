public import JSONTape

/// A 128-bit fingerprint of an identifier; stands for message ids in the state and for `source` + `id` in the log's index.
///
/// MurmurHash3 x64 128 with seed 0, of the texts' bytes with one zero byte between them. It is not a cryptographic hash:
/// the log confirms a hit by reading the event.
/// Source: Austin Appleby, MurmurHash3.cpp (public domain), `MurmurHash3_x64_128`.
public struct Fingerprint128: Hashable, Comparable, Sendable {
  public var high: UInt64
  public var low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  public static func < (left: Fingerprint128, right: Fingerprint128) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }

  public init(_ text: Text) {
    var hasher = Murmur128()
    hasher.add(text)
    self = hasher.finish()
  }

  public init(_ first: Text, _ second: Text) {
    var hasher = Murmur128()
    hasher.add(first)
    hasher.addByte(0)
    hasher.add(second)
    self = hasher.finish()
  }
}

struct Murmur128 {
  private var h1: UInt64 = 0
  private var h2: UInt64 = 0
  private var k1: UInt64 = 0
  private var k2: UInt64 = 0
  private var pending = 0
  private var byteCount: UInt64 = 0

  mutating func add(_ text: Text) {
    var index = 0
    let count = text.count
    let bytes = unsafe UnsafeRawBufferPointer(text.bytes)
    do {
      while pending != 0, index < count {
        unsafe addByte(bytes[index])
        index += 1
      }
      while index + 16 <= count {
        k1 = unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        k2 = unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index + 8, as: UInt64.self))
        byteCount &+= 16
        mixBlock()
        index += 16
      }
      while index < count {
        unsafe addByte(bytes[index])
        index += 1
      }
    }
  }

  mutating func addByte(_ byte: UInt8) {
    if pending < 8 { k1 |= UInt64(byte) << UInt64(pending * 8) } else { k2 |= UInt64(byte) << UInt64((pending - 8) * 8) }
    pending += 1
    byteCount &+= 1
    if pending == 16 { mixBlock() }
  }

  private static let c1: UInt64 = 0x87c3_7b91_1142_53d5
  private static let c2: UInt64 = 0x4cf5_ad43_2745_937f

  private mutating func mixBlock() {
    h1 ^= Self.rotate(k1 &* Self.c1, 31) &* Self.c2
    h1 = (Self.rotate(h1, 27) &+ h2) &* 5 &+ 0x52dc_e729
    h2 ^= Self.rotate(k2 &* Self.c2, 33) &* Self.c1
    h2 = (Self.rotate(h2, 31) &+ h1) &* 5 &+ 0x3849_5ab5
    k1 = 0
    k2 = 0
    pending = 0
  }

  mutating func finish() -> Fingerprint128 {
    if pending > 8 { h2 ^= Self.rotate(k2 &* Self.c2, 33) &* Self.c1 }
    if pending > 0 { h1 ^= Self.rotate(k1 &* Self.c1, 31) &* Self.c2 }
    h1 ^= byteCount
    h2 ^= byteCount
    h1 &+= h2
    h2 &+= h1
    h1 = Self.finalMix(h1)
    h2 = Self.finalMix(h2)
    h1 &+= h2
    h2 &+= h1
    return Fingerprint128(high: h1, low: h2)
  }

  private static func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 { value << count | value >> (64 - count) }

  private static func finalMix(_ value: UInt64) -> UInt64 {
    var k = value
    k ^= k >> 33
    k &*= 0xff51_afd7_ed55_8ccd
    k ^= k >> 33
    k &*= 0xc4ce_b9fe_1a85_ec53
    return k ^ k >> 33
  }
}
