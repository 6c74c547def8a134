public import JSONTape

/// A 128-bit fingerprint of an identifier; stands for message ids in the state and for `source` + `id` in the log's index.
///
/// MurmurHash3 x64 128 with seed 0. It is not a cryptographic hash:
/// the log confirms a hit by reading the event.
/// Source: Austin Appleby, MurmurHash3.cpp (public domain), `MurmurHash3_x64_128`.
public struct Fingerprint128: Hashable, Comparable, Sendable, BitwiseCopyable {
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

  /// Of two texts: the second one's, seeded by the first one's.
  public init(_ first: Text, _ second: Text) { self.init(Fingerprint128(first), second) }

  /// Of two texts, the first of which is known by its fingerprint.
  public init(_ first: Fingerprint128, _ second: Text) {
    var hasher = Murmur128(h1: first.high, h2: first.low)
    hasher.add(second)
    self = hasher.finish()
  }
}

struct Murmur128 {
  private var h1: UInt64
  private var h2: UInt64
  private var byteCount: UInt64 = 0

  init(h1: UInt64 = 0, h2: UInt64 = 0) {
    self.h1 = h1
    self.h2 = h2
  }

  private static let c1: UInt64 = 0x87c3_7b91_1142_53d5
  private static let c2: UInt64 = 0x4cf5_ad43_2745_937f

  /// Adds a whole text. Called once: the tail of a text ends the hash.
  @inline(__always)
  mutating func add(_ text: Text) {
    let bytes = unsafe UnsafeRawPointer(text.start)
    let count = text.count
    byteCount = UInt64(count)
    var index = 0
    while index &+ 16 <= count {
      unsafe mixBlock(Self.word(bytes, index), Self.word(bytes, index &+ 8))
      index &+= 16
    }
    let rest = count &- index
    if rest > 8 {
      unsafe mixHigh(Self.last(rest &- 8, bytes, count))
      unsafe mixLow(Self.word(bytes, index))
    } else if rest > 0 {
      unsafe mixLow(Self.last(rest, bytes, count))
    }
  }

  /// The last 1 to 8 of `count` bytes, little-endian, with zeros behind.
  @inline(__always)
  private static func last(_ length: Int, _ bytes: UnsafeRawPointer, _ count: Int) -> UInt64 {
    if count >= 8 { return unsafe word(bytes, count &- 8) &>> UInt64(64 &- 8 &* length) }
    var value: UInt64 = 0  // the text is shorter than a word, so this is all of it
    for index in 0..<length {
      value |= unsafe UInt64(bytes.load(fromByteOffset: index, as: UInt8.self)) &<< UInt64(8 &* index)
    }
    return value
  }

  @inline(__always)
  private static func word(_ bytes: UnsafeRawPointer, _ offset: Int) -> UInt64 {
    unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  @inline(__always)
  private mutating func mixLow(_ k1: UInt64) { h1 ^= Self.rotate(k1 &* Self.c1, 31) &* Self.c2 }

  @inline(__always)
  private mutating func mixHigh(_ k2: UInt64) { h2 ^= Self.rotate(k2 &* Self.c2, 33) &* Self.c1 }

  @inline(__always)
  private mutating func mixBlock(_ k1: UInt64, _ k2: UInt64) {
    mixLow(k1)
    h1 = (Self.rotate(h1, 27) &+ h2) &* 5 &+ 0x52dc_e729
    mixHigh(k2)
    h2 = (Self.rotate(h2, 31) &+ h1) &* 5 &+ 0x3849_5ab5
  }

  @inline(__always)
  mutating func finish() -> Fingerprint128 {
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

  @inline(__always)
  private static func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 { value &<< count | value &>> (64 &- count) }

  @inline(__always)
  private static func finalMix(_ value: UInt64) -> UInt64 {
    var k = value
    k ^= k >> 33
    k &*= 0xff51_afd7_ed55_8ccd
    k ^= k >> 33
    k &*= 0xc4ce_b9fe_1a85_ec53
    return k ^ k >> 33
  }
}
