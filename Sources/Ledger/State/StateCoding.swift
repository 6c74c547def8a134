/// Writes the canonical serialisation of a state: little-endian base-128 numbers, lengths before lists and texts. The same
/// state gives the same bytes on any machine.
public struct StateEncoder {
  /// Takes a stretch of the bytes, which is lent to it.
  public typealias Sink = (_ stretch: RawSpan) -> Void

  /// What is written and was not handed over.
  public private(set) var bytes: [UInt8] = []
  private let sink: Sink?
  /// With as many bytes they are handed over.
  private let mostBytes: Int

  /// Keeps all that is written in ``bytes``.
  public init() {
    sink = nil
    mostBytes = .max
  }

  /// Hands over what is written in stretches of half a megabyte, so that a state of gigabytes is never there twice. The last one is
  /// handed over by ``finish()``.
  public init(handingTo sink: @escaping Sink) {
    self.sink = sink
    mostBytes = 512 << 10
    // The list or text that goes beyond it is short.
    bytes.reserveCapacity(mostBytes + (64 << 10))
  }

  @inline(never)
  private mutating func handOver() {
    guard let sink else { return }
    unsafe sink(bytes.span.bytes)
    bytes.removeAll(keepingCapacity: true)
  }

  /// Hands over what was not handed over yet.
  public mutating func finish() { handOver() }

  public mutating func write(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
    if bytes.count >= mostBytes { handOver() }
  }

  /// Signed numbers, zigzag.
  public mutating func write(_ value: Int64) { write(UInt64(bitPattern: value << 1 ^ value >> 63)) }
  public mutating func write(_ value: Int32) { write(Int64(value)) }
  public mutating func write(_ value: UInt32) { write(UInt64(value)) }
  public mutating func write(_ value: UInt8) { bytes.append(value) }
  public mutating func write(_ value: Bool) { bytes.append(value ? 1 : 0) }
  /// A count.
  public mutating func write(_ count: Int) { write(UInt64(count)) }

  public mutating func write(_ value: Int128) {
    write(UInt64(truncatingIfNeeded: value))
    write(Int64(truncatingIfNeeded: value >> 64))
  }

  public mutating func write(bytes text: some Collection<UInt8>) {
    write(text.count)
    bytes.append(contentsOf: text)
  }

  /// Bytes without their count.
  mutating func append(raw buffer: UnsafeRawBufferPointer) {
    unsafe bytes.append(contentsOf: buffer)
    if bytes.count >= mostBytes { handOver() }
  }

  public mutating func write(_ value: Timestamp) { write(value.rawValue) }
  public mutating func write(_ value: Timestamp?) { write(value?.rawValue ?? -1) }
  public mutating func write(_ value: Micros) { write(value.rawValue) }
  public mutating func write(_ value: MicrosTotal) { write(value.rawValue) }
  public mutating func write(_ value: CalendarDay) { write(value.rawValue) }
  public mutating func write(_ value: NameID) { write(value.rawValue) }
  public mutating func write(_ value: SequenceNumber) { write(value.rawValue) }
  public mutating func write(_ value: Fingerprint128) {
    write(value.high)
    write(value.low)
  }

  public mutating func write<Element>(_ list: [Element], _ body: (inout StateEncoder, Element) -> Void) {
    write(list.count)
    for element in list { body(&self, element) }
  }
}

/// A serialised state that this version cannot read: where, and what was expected.
public struct StateDecodingError: Error, Hashable, CustomStringConvertible {
  public var byteOffset: Int
  public var reason: String

  public init(byteOffset: Int, reason: String) {
    self.byteOffset = byteOffset
    self.reason = reason
  }

  public var description: String { "\(reason) at byte \(byteOffset) of the serialised state" }
}

/// Reads what ``StateEncoder`` wrote. Never traps on altered bytes.
public struct StateDecoder: Sendable {
  private let bytes: [UInt8]
  private var position: Int
  private let end: Int

  public init(_ bytes: [UInt8]) { self.init(bytes, in: bytes.startIndex..<bytes.endIndex) }

  /// Reads a stretch of the bytes.
  /// - Precondition: the range lies in them.
  public init(_ bytes: [UInt8], in range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "\(range) of \(bytes.count) bytes")
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  public var isAtEnd: Bool { position == end }

  public func failure(_ reason: String) -> StateDecodingError {
    StateDecodingError(byteOffset: position, reason: reason)
  }

  @inline(__always)
  public mutating func readUInt64() throws(StateDecodingError) -> UInt64 {
    // Most numbers have one byte.
    if position < end, bytes[position] < 0x80 {
      position += 1
      return UInt64(bytes[position - 1])
    }
    return try readLongUInt64()
  }

  @inline(never)
  private mutating func readLongUInt64() throws(StateDecodingError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      guard position < end, shift < 70 else { throw failure("a number without end") }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
  }

  public mutating func readInt64() throws(StateDecodingError) -> Int64 {
    let value = try readUInt64()
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }

  public mutating func readInt32() throws(StateDecodingError) -> Int32 {
    guard let value = Int32(exactly: try readInt64()) else { throw failure("a number beyond 32 bits") }
    return value
  }

  public mutating func readUInt32() throws(StateDecodingError) -> UInt32 {
    guard let value = UInt32(exactly: try readUInt64()) else { throw failure("a number beyond 32 bits") }
    return value
  }

  public mutating func readUInt8() throws(StateDecodingError) -> UInt8 {
    guard position < end else { throw failure("the end instead of a byte") }
    position += 1
    return bytes[position - 1]
  }

  public mutating func readBool() throws(StateDecodingError) -> Bool {
    let byte = try readUInt8()
    guard byte < 2 else { throw failure("\(byte) instead of yes or no") }
    return byte == 1
  }

  public mutating func readInt128() throws(StateDecodingError) -> Int128 {
    let low = try readUInt64()
    return Int128(try readInt64()) << 64 | Int128(low)
  }

  /// A count of elements that each take at least one byte.
  public mutating func readCount() throws(StateDecodingError) -> Int {
    let value = try readUInt64()
    guard value <= UInt64(end - position) else { throw failure("a count of \(value) beyond the end") }
    return Int(value)
  }

  /// A count of elements that each take so many bytes.
  mutating func readCount(ofBytes byteCount: Int) throws(StateDecodingError) -> Int {
    let value = try readUInt64()
    guard value <= UInt64((end - position) / byteCount) else {
      throw failure("a count of \(value) beyond the end")
    }
    return Int(value)
  }

  /// Fills a buffer with the next bytes.
  mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(StateDecodingError) {
    guard buffer.count <= end - position else { throw failure("the end instead of \(buffer.count) bytes") }
    unsafe bytes.withUnsafeBytes { source in
      unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[position..<position + buffer.count]))
    }
    position += buffer.count
  }

  public mutating func readBytes() throws(StateDecodingError) -> ArraySlice<UInt8> {
    let count = try readCount()
    position += count
    return bytes[position - count..<position]
  }

  /// Lends the bytes of a text for the length of `body`.
  mutating func withBytes<Result>(
    _ body: (UnsafeBufferPointer<UInt8>) -> Result
  ) throws(StateDecodingError) -> Result {
    let count = try readCount()
    position += count
    return unsafe bytes.withUnsafeBufferPointer { all in
      unsafe body(UnsafeBufferPointer(rebasing: all[position - count..<position]))
    }
  }

  public mutating func readTimestamp() throws(StateDecodingError) -> Timestamp {
    Timestamp(rawValue: try readInt64())
  }
  public mutating func readOptionalTimestamp() throws(StateDecodingError) -> Timestamp? {
    let value = try readInt64()
    return value == -1 ? nil : Timestamp(rawValue: value)
  }
  public mutating func readMicros() throws(StateDecodingError) -> Micros { Micros(rawValue: try readInt64()) }
  public mutating func readTotal() throws(StateDecodingError) -> MicrosTotal {
    MicrosTotal(rawValue: try readInt128())
  }
  public mutating func readDay() throws(StateDecodingError) -> CalendarDay { CalendarDay(rawValue: try readInt32()) }
  public mutating func readName() throws(StateDecodingError) -> NameID { NameID(rawValue: try readUInt32()) }
  public mutating func readSequence() throws(StateDecodingError) -> SequenceNumber {
    SequenceNumber(rawValue: try readUInt64())
  }
  public mutating func readFingerprint() throws(StateDecodingError) -> Fingerprint128 {
    Fingerprint128(high: try readUInt64(), low: try readUInt64())
  }

  public mutating func readList<Element>(
    _ body: (inout StateDecoder) throws(StateDecodingError) -> Element
  ) throws(StateDecodingError) -> [Element] {
    let count = try readCount()
    var list: [Element] = []
    // Altered bytes may announce more than there is.
    list.reserveCapacity(min(count, 1_024))
    for _ in 0..<count { list.append(try body(&self)) }
    return list
  }
}
