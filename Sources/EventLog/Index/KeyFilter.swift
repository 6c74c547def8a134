/// Tells of most identities that are not in a run that they are not: a split-block Bloom filter, 32 bytes a block, one
/// bit in each of its eight words for a key. Source: Apache Parquet, BloomFilter.md.
///
/// A key's block follows the order of keys, so that a run that is written in that order fills its filter from the front
/// to the end, and a look-up reads one cache line of it.
struct KeyFilter {
  static let blockByteCount = 32
  typealias Block = SIMD8<UInt32>

  /// Blocks for about one wrong answer in a hundred: ten bits a key.
  static func blockCount(keys: Int) -> Int { max(1, (keys * 10 + 255) / 256) }

  private static var salts: Block {
    Block(
      0x47B6_137B, 0x4497_4D91, 0x8824_AD5B, 0xA2B7_289D, 0x7054_95C7, 0x2DF1_424B, 0x9EFC_4947, 0x5C6B_FB31)
  }

  let blockCount: Int

  @inline(__always)
  func block(of key: UInt64) -> Int {
    Int(
      truncatingIfNeeded: (key << UInt64(64 - IndexKind.identity.keyBits)).multipliedFullWidth(by: UInt64(blockCount))
        .high)
  }

  @inline(__always)
  static func bits(of key: UInt64) -> Block {
    let hash = UInt32(truncatingIfNeeded: key &* 0x9E37_79B9_7F4A_7C15 >> 32)
    return Block(repeating: 1) &<< ((salts &* hash) &>> 27)
  }

  @inline(__always)
  func mayContain(_ key: UInt64, _ blocks: UnsafeRawPointer) -> Bool {
    let bits = Self.bits(of: key)
    return unsafe blocks.load(fromByteOffset: block(of: key) * Self.blockByteCount, as: Block.self) & bits == bits
  }
}
