/// Combinations that repeat, each kept once and numbered from 0 in the order first seen; 0 is the first one of all.
struct Interned<Value: Combination>: Sendable {
  private(set) var values = ChunkedArray<Value>()
  private var index = HashIndex()
  private var last: UInt32 = 0

  init() { add(Value()) }

  var count: Int { values.count }

  subscript(number: UInt32) -> Value {
    @inline(__always) _read { yield values[Int(number)] }
  }

  @inline(__always)
  mutating func intern(_ value: Value) -> UInt32 {
    if values[Int(last)].isSame(as: value) { return last }
    let found = index.find(value.mixed) { values[Int($0)].isSame(as: value) }
    last = found ?? add(value)
    return last
  }

  @discardableResult
  private mutating func add(_ value: Value) -> UInt32 {
    let number = UInt32(values.count)
    values.append(value)
    let hash = value.mixed
    if index.isFull(for: hash) { index.makeRoom(for: hash) { [values] in values[Int($0)].mixed } }
    index.insert(number, hash: hash)
    return number
  }

  @inline(__always)
  mutating func fetchStart() { values.fetchStart() }

  func encode(into encoder: inout StateEncoder) {
    encoder.write(values.count)
    for value in values { value.encode(into: &encoder) }
  }

  init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    let count = try decoder.readCount()
    index = HashIndex(for: count)
    values.reserve(count)
    for number in 0..<count {
      let value = try Value(from: &decoder)
      guard index.find(value.mixed, where: { values[Int($0)].isSame(as: value) }) == nil,
        number > 0 || value.isSame(as: Value())
      else {
        throw decoder.failure("a combination twice")
      }
      add(value)
    }
    guard count > 0 else { throw decoder.failure("no first combination") }
  }
}

/// A few words that occur together again and again. It is whole words of eight bytes without a gap between its members, so
/// that it is compared and hashed as it lies.
protocol Combination: BitwiseCopyable, Sendable {
  /// The first of all: nothing said.
  init()
  func encode(into encoder: inout StateEncoder)
  init(from decoder: inout StateDecoder) throws(StateDecodingError)
}

extension Combination {
  @inline(__always)
  func isSame(as other: Self) -> Bool {
    unsafe withUnsafeBytes(of: self) { left in
      unsafe withUnsafeBytes(of: other) { right in
        var difference: UInt64 = 0
        for offset in stride(from: 0, to: MemoryLayout<Self>.size, by: 8) {
          difference |=
            unsafe left.load(fromByteOffset: offset, as: UInt64.self)
            ^ right.load(fromByteOffset: offset, as: UInt64.self)
        }
        return difference == 0
      }
    }
  }

  var mixed: UInt64 {
    precondition(MemoryLayout<Self>.size % 8 == 0, "a combination with a gap at its end")
    return unsafe withUnsafeBytes(of: self) { bytes in
      var hash: UInt64 = 0
      for offset in stride(from: 0, to: MemoryLayout<Self>.size, by: 8) {
        hash = Mixing.mix(hash ^ (unsafe bytes.load(fromByteOffset: offset, as: UInt64.self)))
      }
      return hash
    }
  }
}
