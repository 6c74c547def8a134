/// Memory that grows and is used again, with room around what it holds: 64 bytes before and 64 behind.
@safe
final class Buffer {
  private var allocation: UnsafeMutableRawPointer
  private(set) var capacity: Int
  static let margin = 64

  init(capacity: Int) {
    self.capacity = capacity
    unsafe allocation = Self.allocate(capacity)
  }

  deinit { unsafe allocation.deallocate() }

  var start: UnsafeMutableRawPointer { unsafe allocation + Self.margin }

  /// Makes room for `byteCount` bytes and keeps the first `used` of them.
  func reserve(_ byteCount: Int, keeping used: Int) {
    if byteCount <= capacity { return }
    let grown = max(byteCount, 2 * capacity)
    let larger = unsafe Self.allocate(grown)
    unsafe (larger + Self.margin).copyMemory(from: start, byteCount: used)
    unsafe allocation.deallocate()
    unsafe allocation = larger
    capacity = grown
  }

  private static func allocate(_ capacity: Int) -> UnsafeMutableRawPointer {
    let byteCount = capacity + 2 * margin
    let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    return unsafe memory
  }
}
