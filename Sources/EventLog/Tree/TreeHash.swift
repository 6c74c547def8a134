internal import Crypto

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
      unsafe sha256(UnsafeRawBufferPointer(start: nil, count: 0), into: start)
      return unsafe TreeHash(at: start)
    }
  }()
}

@inline(__always)
func sha256(_ bytes: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer) {
  var hash = SHA256()
  unsafe hash.update(bufferPointer: bytes)
  unsafe hash.finalize().withUnsafeBytes { digest in
    unsafe target.copyMemory(from: digest.baseAddress!, byteCount: TreeHash.byteCount)
  }
}

/// Hashes of RFC 6962, section 2.1, over memory that is there already.
enum TreeHashing {
  /// The leaf hashes of an entry bundle's records, 32 bytes each. `bundle` is written to and left as it was.
  static func leaves(_ bundle: UnsafeMutableRawPointer, offsets: [UInt32], into target: UnsafeMutableRawPointer) {
    for (index, offset) in offsets.enumerated() {
      let prefix = unsafe bundle + Int(offset)
      let high = unsafe prefix.load(as: UInt8.self)
      let low = unsafe prefix.load(fromByteOffset: 1, as: UInt8.self)
      let count = Int(high) << 8 | Int(low)
      unsafe prefix.storeBytes(of: 0, toByteOffset: 1, as: UInt8.self)
      unsafe sha256(
        UnsafeRawBufferPointer(start: prefix + 1, count: count + 1), into: target + index * TreeHash.byteCount)
      unsafe prefix.storeBytes(of: low, toByteOffset: 1, as: UInt8.self)
    }
  }

  /// The parents of `pairs` pairs of hashes. `target` may be where the hashes are.
  static func parents(_ hashes: UnsafeRawPointer, pairs: Int, into target: UnsafeMutableRawPointer) {
    unsafe withUnsafeTemporaryAllocation(byteCount: 65, alignment: 8) { node in
      let start = node.baseAddress!
      for pair in 0..<pairs {
        unsafe start.storeBytes(of: 1, as: UInt8.self)
        unsafe (start + 1).copyMemory(from: hashes + 64 * pair, byteCount: 64)
        unsafe sha256(UnsafeRawBufferPointer(node), into: target + 32 * pair)
      }
    }
  }

  /// The root over 1...256 hashes.
  static func root(_ hashes: UnsafeRawPointer, count: Int) -> TreeHash {
    precondition((1...256).contains(count), "a subtree of \(count) hashes")
    return unsafe withUnsafeTemporaryAllocation(byteCount: 256 * TreeHash.byteCount, alignment: 32) { scratch in
      let level = scratch.baseAddress!
      unsafe level.copyMemory(from: hashes, byteCount: count * TreeHash.byteCount)
      var width = count
      while width > 1 {
        unsafe parents(level, pairs: width / 2, into: level)
        if !width.isMultiple(of: 2) {
          unsafe (level + width / 2 * 32).copyMemory(from: level + (width - 1) * 32, byteCount: 32)
        }
        width = (width + 1) / 2
      }
      return unsafe TreeHash(at: level)
    }
  }

  static func parent(_ left: TreeHash, _ right: TreeHash) -> TreeHash {
    unsafe withUnsafeTemporaryAllocation(byteCount: 64, alignment: 32) { pair in
      let start = pair.baseAddress!
      unsafe left.write(to: start)
      unsafe right.write(to: start + 32)
      unsafe parents(start, pairs: 1, into: start)
      return unsafe TreeHash(at: start)
    }
  }
}
