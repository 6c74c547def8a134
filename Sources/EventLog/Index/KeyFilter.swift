/// Tells of most keys that are not in a set that they are not: a split-block Bloom filter, 32 bytes a block, one bit in
/// each of its eight words for a key. Source: Apache Parquet, BloomFilter.md.
enum KeyFilter {
  static let blockByteCount = 32

  /// Blocks for about one wrong answer in two hundred.
  static func blockCount(keys: Int) -> Int { max(1, (keys * 12 + 255) / 256) }

  private static let salts = SIMD8<UInt32>(
    0x47B6_137B, 0x4497_4D91, 0x8824_AD5B, 0xA2B7_289D, 0x7054_95C7, 0x2DF1_424B, 0x9EFC_4947, 0x5C6B_FB31)

  @inline(__always)
  private static func block(_ key: UInt64, _ blockCount: Int) -> (offset: Int, bits: SIMD8<UInt32>) {
    var hash = key &* 0x9E37_79B9_7F4A_7C15
    hash = (hash ^ (hash >> 32)) &* 0xD6E8_FEB8_6659_FD93
    hash ^= hash >> 32
    let block = Int((hash >> 32 &* UInt64(blockCount)) >> 32)
    let bits = SIMD8<UInt32>(repeating: 1) &<< ((salts &* UInt32(truncatingIfNeeded: hash)) &>> 27)
    return (block * blockByteCount, bits)
  }

  static func insert(_ key: UInt64, into blocks: UnsafeMutableRawPointer, blockCount: Int) {
    let (offset, bits) = block(key, blockCount)
    let old = unsafe blocks.load(fromByteOffset: offset, as: SIMD8<UInt32>.self)
    unsafe blocks.storeBytes(of: old | bits, toByteOffset: offset, as: SIMD8<UInt32>.self)
  }

  @inline(__always)
  static func mayContain(_ key: UInt64, _ blocks: UnsafeRawPointer, blockCount: Int) -> Bool {
    let (offset, bits) = block(key, blockCount)
    return unsafe blocks.load(fromByteOffset: offset, as: SIMD8<UInt32>.self) & bits == bits
  }
}
