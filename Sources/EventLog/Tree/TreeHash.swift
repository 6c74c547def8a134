/// A hash of RFC 6962's Merkle tree: SHA-256 of 0x00 and a record, or of 0x01 and two hashes.
public struct TreeHash: Hashable, Sendable, CustomStringConvertible {
  static let byteCount = 32
  private var words: SIMD4<UInt64>

  init(at bytes: UnsafeRawPointer) {
    words = unsafe bytes.loadUnaligned(as: SIMD4<UInt64>.self)
  }

  func write(to target: UnsafeMutableRawPointer) {
    unsafe target.storeBytes(of: words, as: SIMD4<UInt64>.self)
  }

  /// The 32 bytes.
  public var bytes: [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, count in
      unsafe write(to: UnsafeMutableRawPointer(buffer.baseAddress!))
      count = Self.byteCount
    }
  }

  /// In lower-case hexadecimal.
  public var description: String {
    var text = ""
    for byte in bytes {
      text.append(byte < 16 ? "0" : "")
      text.append(String(byte, radix: 16))
    }
    return text
  }

  /// The root of a tree without records: the hash of nothing.
  public static let empty: TreeHash = {
    var hash = [UInt8](repeating: 0, count: byteCount)
    return unsafe hash.withUnsafeMutableBytes { bytes in
      let start = bytes.baseAddress!
      unsafe TreeHashing.sha256(UnsafeRawBufferPointer(start: nil, count: 0), into: start)
      return unsafe TreeHash(at: start)
    }
  }()
}
