internal import CCache

/// Tells of most identities that are not in a run that they are not: a split-block Bloom filter, 32 bytes a block, one
/// bit in each of its eight words for a key. Source: Apache Parquet, BloomFilter.md.
///
/// A key's block follows the order of keys, so that a run that is written in that order fills its filter from the front
/// to the end, and a look-up reads one cache line of it.
struct KeyFilter {
  static let blockByteCount = 32
  typealias Bits = (UInt64, UInt64, UInt64, UInt64)

  /// Blocks for about one wrong answer in a hundred: ten bits a key.
  static func blockCount(keys: Int) -> Int { max(1, (keys * 10 + 255) / 256) }

  let blockCount: Int

  @inline(__always)
  func block(of key: UInt64) -> Int {
    Int(
      truncatingIfNeeded: (key << UInt64(64 - IndexKind.identity.keyBits)).multipliedFullWidth(by: UInt64(blockCount))
        .high)
  }

  /// The eight bits of a key in its block. They are worked out once for all runs.
  @inline(__always)
  static func bits(of key: UInt64) -> Bits {
    let hash = UInt32(truncatingIfNeeded: key &* 0x9E37_79B9)
    return (
      pair(hash, 0x47B6_137B, 0x4497_4D91), pair(hash, 0x8824_AD5B, 0xA2B7_289D),
      pair(hash, 0x7054_95C7, 0x2DF1_424B), pair(hash, 0x9EFC_4947, 0x5C6B_FB31)
    )
  }

  /// A bit in each of two words.
  @inline(__always)
  private static func pair(_ hash: UInt32, _ salt: UInt32, _ next: UInt32) -> UInt64 {
    1 &<< UInt64((hash &* salt) &>> 27) | 1 &<< (UInt64((hash &* next) &>> 27) + 32)
  }

  /// Asks for the block of a key.
  @inline(__always)
  func fetch(_ key: UInt64, _ blocks: UnsafeRawPointer) {
    unsafe waybill_fetch(blocks + block(of: key) * Self.blockByteCount)
  }

  @inline(__always)
  func mayContain(_ key: UInt64, _ bits: Bits, _ blocks: UnsafeRawPointer) -> Bool {
    let words = unsafe (blocks + block(of: key) * Self.blockByteCount).assumingMemoryBound(to: UInt64.self)
    let missing = unsafe bits.0 & ~words[0] | bits.1 & ~words[1] | bits.2 & ~words[2] | bits.3 & ~words[3]
    return missing == 0
  }
}
