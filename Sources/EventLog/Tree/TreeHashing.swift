internal import CSHA256
internal import Crypto

/// Hashes of RFC 6962, section 2.1, over memory that is there already.
enum TreeHashing {
  private static let lanes = Int(csha256_lanes())

  static func sha256(_ bytes: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer) {
    var hash = SHA256()
    unsafe hash.update(bufferPointer: bytes)
    unsafe hash.finalize().withUnsafeBytes { digest in
      unsafe target.copyMemory(from: digest.baseAddress!, byteCount: TreeHash.byteCount)
    }
  }

  /// The digests of many messages, side by side where the machine can.
  private static func sha256(
    _ messages: UnsafePointer<UnsafePointer<UInt8>?>, _ byteCounts: UnsafePointer<UInt32>, count: Int,
    into target: UnsafeMutableRawPointer
  ) {
    if lanes > 0, count > 1 {
      unsafe csha256_many(messages, byteCounts, count, target.assumingMemoryBound(to: UInt8.self))
    } else {
      for index in 0..<count {
        let message = unsafe UnsafeRawBufferPointer(start: messages[index], count: Int(byteCounts[index]))
        unsafe sha256(message, into: target + index * TreeHash.byteCount)
      }
    }
  }

  /// The leaf hashes of 1...256 records of an entry bundle, 32 bytes each. `bundle` is written to and left as it was:
  /// the second byte of each length becomes the zero byte that stands before a leaf.
  static func leaves(_ bundle: UnsafeMutableRawPointer, offsets: [UInt32], into target: UnsafeMutableRawPointer) {
    unsafe leaves(bundle, offsets: offsets[...], into: target)
  }

  static func leaves(
    _ bundle: UnsafeMutableRawPointer, offsets: ArraySlice<UInt32>, into target: UnsafeMutableRawPointer
  ) {
    let count = offsets.count
    let base = offsets.startIndex
    unsafe withUnsafeTemporaryAllocation(of: UnsafePointer<UInt8>?.self, capacity: count) { messages in
      unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: count) { byteCounts in
        for index in 0..<count {
          let prefix = unsafe (bundle + Int(offsets[base + index])).assumingMemoryBound(to: UInt8.self)
          unsafe byteCounts[index] = (UInt32(prefix[0]) << 8 | UInt32(prefix[1])) + 1
          unsafe messages[index] = UnsafePointer(prefix + 1)
          unsafe prefix[1] = 0
        }
        unsafe sha256(messages.baseAddress!, byteCounts.baseAddress!, count: count, into: target)
        for index in 0..<count {
          unsafe bundle.storeBytes(
            of: UInt8(truncatingIfNeeded: byteCounts[index] - 1), toByteOffset: Int(offsets[base + index]) + 1,
            as: UInt8.self)
        }
      }
    }
  }

  /// The parents of 1...128 pairs of hashes. `target` may be where the hashes are.
  static func parents(_ hashes: UnsafeRawPointer, pairs: Int, into target: UnsafeMutableRawPointer) {
    unsafe withUnsafeTemporaryAllocation(byteCount: 65 * pairs, alignment: 8) { nodes in
      unsafe withUnsafeTemporaryAllocation(of: UnsafePointer<UInt8>?.self, capacity: pairs) { messages in
        unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: pairs) { byteCounts in
          for pair in 0..<pairs {
            let node = unsafe nodes.baseAddress! + 65 * pair
            unsafe node.storeBytes(of: 1, as: UInt8.self)
            unsafe (node + 1).copyMemory(from: hashes + 64 * pair, byteCount: 64)
            unsafe messages[pair] = UnsafePointer(node.assumingMemoryBound(to: UInt8.self))
            unsafe byteCounts[pair] = 65
          }
          unsafe sha256(messages.baseAddress!, byteCounts.baseAddress!, count: pairs, into: target)
        }
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
