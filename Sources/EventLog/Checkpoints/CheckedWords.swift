/// Values that are a list of 64-bit words, little-endian, with a checksum behind them: XXH64, seed 0, XOR the key times
/// 0x9E3779B97F4A7C15, so that a value under another's key is found out too.
enum CheckedWords {
  /// - Returns: nil when the value is not as it was written.
  static func read(_ value: UnsafeRawBufferPointer, key: UInt64) -> [UInt64]? {
    let end = value.count - 8
    guard end >= 0, end % 8 == 0,
      unsafe loadWord(value, end, UInt64.self) == checksum(UnsafeRawBufferPointer(rebasing: value[..<end]), key)
    else { return nil }
    return stride(from: 0, to: end, by: 8).map { unsafe loadWord(value, $0, UInt64.self) }
  }

  static func value(_ words: [UInt64], key: UInt64) -> [UInt8] {
    var words = words.map(\.littleEndian)
    unsafe words.append(words.withUnsafeBytes { unsafe checksum($0, key) }.littleEndian)
    return unsafe words.withUnsafeBytes { unsafe Array($0) }
  }

  private static func checksum(_ bytes: UnsafeRawBufferPointer, _ key: UInt64) -> UInt64 {
    unsafe XXH64.hash(bytes) ^ key &* 0x9E37_79B9_7F4A_7C15
  }
}
