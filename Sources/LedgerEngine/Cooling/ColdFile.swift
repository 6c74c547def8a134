import Glibc
import Ledger
import Synchronization

/// What the state says and has not changed for long, in a file that is read as memory: the system keeps of it what is looked
/// at and takes the rest away when it needs the room, which it cannot do with the heap.
///
/// It lies in `cold` of the data folder, is empty at every start and has no use for anybody else: what it holds is in the log
/// and in checkpoints. It grows by large stretches that are allocated before they are written, so a full disk is an error of
/// that moment, after which things stay in the heap, and never one of a later look.
///
/// Sendable: what is free and what is used is behind a lock, and nobody writes to bytes that somebody reads.
@safe
final class ColdFile: @unchecked Sendable {
  private struct Entry {
    var bytes: ColdBytes
    let offset: Int
    let byteCount: Int
  }

  private struct Space {
    var entries: [Entry] = []
    /// Offsets of free stretches by their length.
    var free: [Int: [Int]] = [:]
    /// Nothing was written from here on.
    var end = 0
    /// So much of the file is allocated.
    var allocated = 0
    var usedByteCount = 0
    /// The file could not grow: until the next ``collect()`` there is no use in trying again.
    var isFull = false
  }

  private let path: String
  private let leastFreeBytes: UInt64
  private let descriptor: Int32
  private let start: UnsafeMutableRawPointer
  private let space = Mutex(Space())

  /// Addresses cost nothing; they bound the file.
  private static let mapByteCount = 1 << 40
  /// The file is allocated by as much as it has, within these.
  private static let steps = 1 << 20...64 << 20
  /// Lines of the processor's cache, so that a list's elements lie as they would in the heap.
  private static let alignment = 64

  /// - Parameter leastFreeBytes: of the file system, that the file leaves to the log.
  /// - Returns: nil where there can be no such file: then all stays in the heap.
  init?(in folder: String, leastFreeBytes: UInt64) {
    path = folder + "/cold"
    self.leastFreeBytes = leastFreeBytes
    descriptor = unsafe open(path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o640)
    guard descriptor >= 0 else { return nil }
    let mapped = unsafe mmap(nil, Self.mapByteCount, PROT_READ, MAP_SHARED | MAP_NORESERVE, descriptor, 0)
    guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else {
      close(descriptor)
      _ = unsafe unlink(path)
      return nil
    }
    unsafe start = mapped
  }

  deinit {
    unsafe munmap(start, Self.mapByteCount)
    close(descriptor)
  }

  /// Takes the file's name away. What is in it can be read as long as somebody has it.
  func remove() { _ = unsafe unlink(path) }

  /// Bytes that lists read here.
  var usedByteCount: Int { space.withLock { $0.usedByteCount } }

  func contains(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let base = bytes.baseAddress else { return false }
    return unsafe base >= UnsafeRawPointer(start) && base < UnsafeRawPointer(start) + Self.mapByteCount
  }

  /// Writes bytes and says where they can be read; nil where there is no room for them.
  func keep(_ bytes: UnsafeRawBufferPointer) -> ColdBytes? {
    let byteCount = (bytes.count + Self.alignment - 1) / Self.alignment * Self.alignment
    guard let offset = space.withLock({ take(byteCount, of: &$0) }) else { return nil }
    guard unsafe write(bytes, at: offset) else {
      space.withLock { space in
        space.free[byteCount, default: []].append(offset)
        space.isFull = true
      }
      return nil
    }
    let kept = unsafe ColdBytes(at: UnsafeRawPointer(start) + offset)
    space.withLock { space in
      space.entries.append(Entry(bytes: kept, offset: offset, byteCount: byteCount))
      space.usedByteCount += byteCount
    }
    return kept
  }

  /// Takes back what no list reads any more.
  func collect() {
    space.withLock { space in
      space.isFull = false
      for index in space.entries.indices.reversed() where !space.entries[index].bytes.isRead() {
        let entry = space.entries[index]
        space.entries.swapAt(index, space.entries.count - 1)
        space.entries.removeLast()
        space.free[entry.byteCount, default: []].append(entry.offset)
        space.usedByteCount -= entry.byteCount
      }
    }
  }

  private func take(_ byteCount: Int, of space: inout Space) -> Int? {
    if let offset = space.free[byteCount]?.popLast() { return offset }
    if space.end + byteCount > space.allocated {
      guard !space.isFull, byteCount <= Self.steps.lowerBound, grow(&space) else {
        space.isFull = true
        return nil
      }
    }
    defer { space.end += byteCount }
    return space.end
  }

  private func grow(_ space: inout Space) -> Bool {
    let step = min(max(space.allocated, Self.steps.lowerBound), Self.steps.upperBound)
    var status = statvfs()
    guard space.allocated + step <= Self.mapByteCount, unsafe fstatvfs(descriptor, &status) == 0,
      UInt64(status.f_bavail) * UInt64(status.f_frsize) >= leastFreeBytes + UInt64(step),
      posix_fallocate(descriptor, off_t(space.allocated), off_t(step)) == 0
    else { return false }
    space.allocated += step
    return true
  }

  private func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
    var left = unsafe bytes
    var offset = off_t(offset)
    while let base = left.baseAddress, left.count > 0 {
      let written = unsafe pwrite(descriptor, base, left.count, offset)
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { return false }
      unsafe left = UnsafeRawBufferPointer(rebasing: left[written...])
      offset += off_t(written)
    }
    return true
  }
}
