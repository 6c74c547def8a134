internal import CSimdJSON

/// Bytes that grow, with the parser's padding behind them.
// @safe: owns its memory; `start ..< start + capacity + TapeParser.padding` is allocated and initialized.
@safe
struct PaddedBuffer: ~Copyable {
  private(set) var start: UnsafeMutablePointer<UInt8>
  private(set) var count = 0
  private(set) var capacity: Int

  init(capacity: Int) {
    unsafe start = Self.allocate(capacity)
    self.capacity = capacity
  }

  deinit { unsafe start.deallocate() }

  private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<UInt8> {
    let byteCount = capacity + TapeParser.padding
    let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0x20, count: byteCount)
    return unsafe memory.assumingMemoryBound(to: UInt8.self)
  }

  mutating func removeAll() { count = 0 }

  mutating func reserve(_ wanted: Int) {
    guard wanted > capacity else { return }
    let larger = max(wanted, 2 * capacity)
    let target = unsafe Self.allocate(larger)
    unsafe target.update(from: start, count: count)
    unsafe start.deallocate()
    unsafe start = target
    capacity = larger
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress else { return }
    reserve(count + bytes.count)
    unsafe UnsafeMutableRawPointer(start + count).copyMemory(from: source, byteCount: bytes.count)
    count += bytes.count
  }

  var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: start, count: count) }
}

extension PaddedBuffer {
  /// Appends JSON without the white space outside its strings and returns what was appended. Room must be reserved.
  mutating func appendMinified(_ json: UnsafePointer<UInt8>, count length: Int) -> Text {
    precondition(count + length <= capacity, "no room reserved")
    let target = unsafe start + count
    let written = unsafe tape_minify(json, length, target)
    precondition(written <= length, "JSON that was parsed cannot be minified")
    count += written
    return unsafe Text(start: target, count: written)
  }
}
