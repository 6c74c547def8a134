/// One key for each of the newest records, in their order; 0 stands for none. Adding is a store and finding a scan, since
/// only readers look here.
///
/// What was added does not change; so a reader that knows how many there are needs no lock.
@safe
final class KeyColumn {
  private let keys: UnsafeMutablePointer<UInt32>

  init(capacity: Int) { unsafe keys = .allocate(capacity: capacity) }

  deinit { unsafe keys.deallocate() }

  @inline(__always)
  func set(_ key: UInt64?, at offset: Int) { unsafe keys[offset] = UInt32(truncatingIfNeeded: key ?? 0) }

  /// Calls `body` with the offsets below `count` at which the key stands, ascending.
  func forEach(_ key: UInt64, count: Int, _ body: (Int) -> Void) {
    let key = UInt32(truncatingIfNeeded: key)
    for offset in 0..<count where unsafe keys[offset] == key { body(offset) }
  }

  /// Each key with each frame it stands in, by key and then frame.
  func sortedFrames(count: Int, firstSequence: UInt64) -> [IndexEntry] {
    let firstFrame = EventLog.frameNumber(of: firstSequence)
    var words: [UInt64] = []
    words.reserveCapacity(count)
    for offset in 0..<count {
      let key = unsafe keys[offset]
      if key == 0 { continue }
      let frame = EventLog.frameNumber(of: firstSequence + UInt64(offset)) - firstFrame
      words.append(UInt64(key) << 32 | frame)
    }
    Self.sortByKey(&words)
    var entries: [IndexEntry] = []
    entries.reserveCapacity(words.count)
    var last = UInt64.max
    for word in words where word != last {
      entries.append(IndexEntry(key: word >> 32, value: firstFrame + word & 0xFFFF_FFFF))
      last = word
    }
    return entries
  }

  /// Radix sort by the upper half, eleven bits at a time: stable, and as fast for keys that were chosen to be alike.
  private static func sortByKey(_ words: inout [UInt64]) {
    var other = words
    for shift in [32, 43, 54] as [UInt64] {
      unsafe other.withUnsafeMutableBufferPointer { target in
        unsafe words.withUnsafeBufferPointer { source in unsafe distribute(source, into: target, shift) }
      }
      swap(&words, &other)
    }
  }

  private static func distribute(
    _ source: UnsafeBufferPointer<UInt64>, into target: UnsafeMutableBufferPointer<UInt64>, _ shift: UInt64
  ) {
    unsafe withUnsafeTemporaryAllocation(of: Int.self, capacity: 2_048) { places in
      unsafe places.initialize(repeating: 0)
      for index in 0..<source.count { unsafe places[Int(source[index] >> shift & 2_047)] += 1 }
      var sum = 0
      for digit in 0..<2_048 {
        let count = unsafe places[digit]
        unsafe places[digit] = sum
        sum += count
      }
      for index in 0..<source.count {
        let digit = unsafe Int(source[index] >> shift & 2_047)
        unsafe target[places[digit]] = source[index]
        unsafe places[digit] += 1
      }
    }
  }
}
