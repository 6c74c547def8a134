public import JSONTape

/// The number of a text in a ``Names``; 0 stands for "none".
public struct NameID: Hashable, Comparable, Sendable {
  public var rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }
  public static let none = NameID(rawValue: 0)
  public var isNone: Bool { rawValue == 0 }
  public static func < (left: NameID, right: NameID) -> Bool { left.rawValue < right.rawValue }
}

/// Texts that repeat, each kept once and numbered from 1 in the order first seen.
public struct Names: Sendable {
  private var bytes: [UInt8] = []
  /// Where each text ends in `bytes`; the first entry stands for "none".
  private var ends: [UInt32] = [0]
  /// Open addressing by the low half of the fingerprint; 0 is free. Its order is never shown.
  private var slots: [UInt32] = [UInt32](repeating: 0, count: 16)

  public init() {}

  public var count: Int { ends.count - 1 }

  public mutating func intern(_ text: Text) -> NameID {
    let hash = Fingerprint128(text).low
    if let found = find(text, hash: hash) { return found }
    if (count + 1) * 2 > slots.count { grow() }
    unsafe bytes.append(contentsOf: text.bytes)
    ends.append(UInt32(bytes.count))
    insert(UInt32(count), hash: hash)
    return NameID(rawValue: UInt32(count))
  }

  public mutating func intern(_ text: Text?) -> NameID {
    guard let text else { return .none }
    return intern(text)
  }

  public mutating func intern(_ literal: StaticString) -> NameID { intern(Text(literal)) }

  public func find(_ text: Text) -> NameID? { find(text, hash: Fingerprint128(text).low) }

  public func find(_ string: String) -> NameID? {
    var string = string
    return string.withUTF8 { unsafe find(Text(buffer: $0)) }
  }

  private func find(_ text: Text, hash: UInt64) -> NameID? {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 {
      if equals(slots[slot], text) { return NameID(rawValue: slots[slot]) }
      slot = (slot + 1) & mask
    }
    return nil
  }

  private func equals(_ number: UInt32, _ text: Text) -> Bool {
    let start = Int(ends[Int(number) - 1])
    guard Int(ends[Int(number)]) - start == text.count else { return false }
    return unsafe bytes.withUnsafeBufferPointer { buffer in
      unsafe Text(buffer: UnsafeBufferPointer(rebasing: buffer[start..<start + text.count])) == text
    }
  }

  private mutating func insert(_ number: UInt32, hash: UInt64) {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 { slot = (slot + 1) & mask }
    slots[slot] = number
  }

  private mutating func grow() {
    slots = [UInt32](repeating: 0, count: slots.count * 2)
    for number in 1..<UInt32(ends.count) {
      insert(number, hash: withText(NameID(rawValue: number)) { Fingerprint128($0).low })
    }
  }

  /// The bytes of a name; empty for ``NameID/none``.
  public subscript(id: NameID) -> ArraySlice<UInt8> {
    guard !id.isNone else { return [] }
    return bytes[Int(ends[Int(id.rawValue) - 1])..<Int(ends[Int(id.rawValue)])]
  }

  public func string(_ id: NameID) -> String { String(decoding: self[id], as: UTF8.self) }

  /// Lends the name as a text for the length of `body`.
  public func withText<Result>(_ id: NameID, _ body: (Text) -> Result) -> Result {
    unsafe self[id].withUnsafeBufferPointer { unsafe body(Text(buffer: $0)) }
  }

  /// Byte order; "none" first.
  public func isOrdered(_ left: NameID, before right: NameID) -> Bool {
    if left.isNone || right.isNone { return left.isNone && !right.isNone }
    return self[left].lexicographicallyPrecedes(self[right])
  }

  public func encode(into encoder: inout StateEncoder) {
    encoder.write(count)
    for number in 1..<UInt32(ends.count) { encoder.write(bytes: self[NameID(rawValue: number)]) }
  }

  public init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    self.init()
    for _ in 0..<(try decoder.readCount()) {
      let text = try decoder.readBytes()
      _ = unsafe text.withUnsafeBufferPointer { unsafe intern(Text(buffer: $0)) }
    }
  }
}

extension Text {
  /// A text over lent bytes, valid as long as they are.
  @unsafe init(buffer: UnsafeBufferPointer<UInt8>) {
    if let start = buffer.baseAddress { unsafe self.init(start: start, count: buffer.count) } else { self.init("") }
  }
}

extension Names {
  public mutating func intern(_ string: String) -> NameID {
    var string = string
    return string.withUTF8 { unsafe intern(Text(buffer: $0)) }
  }
}
