/// Up to 64 consecutive entries of a run, coded in bits from the lowest upwards:
///
///      0  u8  bits of a key's remainder, at most 39
///      1  u8  bits of a value's remainder, at most 39
///      2  the lowest bits of the first key, those that the directory does not hold; its value
///         then for each entry: 1, how much its key is above the one before, less 1, as a number; its value
///         or, where the key is the one before: 0, how much its value is above the one before, as a number
///
/// A value by itself takes the run's fixed width and counts from the run's first. A number is its quotient by a power of
/// two, in as many ones and a zero, and its remainder; or, where the quotient is above 15, sixteen ones and 40 bits.
/// Source: R. F. Rice, JPL Publication 79-22.
enum IndexBlock {
  static let mostEntries = 64
  static let mostByteCount = 1_024
  static let headByteCount = 2
  static let longestQuotient: UInt64 = 15
  static let wholeNumberBits = 40

  /// Of a key, the upper bits that stand in the directory.
  static let directoryKeyBits = 32
}
