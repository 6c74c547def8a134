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
    if values[Int(last)] == value { return last }
    let hash = value.mixed
    let found = index.find(hash) { values[Int($0)] == value }
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

  func encode(into encoder: inout StateEncoder) {
    encoder.write(values.count)
    for value in values { value.encode(into: &encoder) }
  }

  init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    let count = try decoder.readCount()
    for number in 0..<count {
      let value = try Value(from: &decoder)
      guard index.find(value.mixed, where: { values[Int($0)] == value }) == nil, number > 0 || value == Value() else {
        throw decoder.failure("a combination twice")
      }
      add(value)
    }
    guard count > 0 else { throw decoder.failure("no first combination") }
  }
}

/// A few words that occur together again and again.
protocol Combination: BitwiseCopyable, Equatable, Sendable {
  /// The first of all: nothing said.
  init()
  var mixed: UInt64 { get }
  func encode(into encoder: inout StateEncoder)
  init(from decoder: inout StateDecoder) throws(StateDecodingError)
}
