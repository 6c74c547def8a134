import JSONTape

/// What was found for a few names that came last: the account of an event is mostly that of one before it, and looking at a
/// name costs less than hashing it and searching a table.
struct NameMemory<Value: BitwiseCopyable & Sendable>: Sendable {
  /// A name of up to 32 bytes as it is: nothing else is taken for it. Free with a count of 0.
  private struct Entry: BitwiseCopyable {
    var count = 0
    var words: NameHint.Words = (0, 0, 0, 0)
    var value: Value
  }

  private var entries: InlineArray<16, Entry>

  /// - Parameter value: anything; it is never found.
  init(empty value: Value) { entries = InlineArray(repeating: Entry(value: value)) }

  /// What is remembered of a name; nil where it has gone or never was there.
  ///
  /// It changes nothing; it is `mutating` so that it is never handed a copy of all that is remembered.
  @inline(__always)
  mutating func value(of name: Text) -> Value? {
    guard NameHint.canHold(name) else { return nil }
    let words = Mixing.words(name)
    let place = Self.place(words)
    let entry = entries[place]
    return entry.count == name.count && entry.words == words ? entry.value : nil
  }

  /// Takes note of a value, in the place of one before it.
  @inline(never)
  mutating func remember(_ value: Value, of name: Text) {
    guard NameHint.canHold(name) else { return }
    let words = Mixing.words(name)
    entries[Self.place(words)] = Entry(count: name.count, words: words, value: value)
  }

  /// Names of one kind differ in their last bytes, if not in their first.
  @inline(__always)
  private static func place(_ words: NameHint.Words) -> Int {
    Int(truncatingIfNeeded: ((words.0 ^ words.1 ^ words.3) &* 0x9e37_79b9_7f4a_7c15) &>> 60)
  }
}

/// The fingerprints of a few names that came last, such as the source and the account of events.
public struct FingerprintMemory: Sendable {
  private var memory = NameMemory(empty: Fingerprint128(high: 0, low: 0))

  public init() {}

  /// As ``Fingerprint128/init(_:)``.
  mutating func fingerprint(_ name: Text) -> Fingerprint128 { memory.value(of: name) ?? learn(name) }

  @inline(never)
  private mutating func learn(_ name: Text) -> Fingerprint128 {
    let fingerprint = Fingerprint128(name)
    memory.remember(fingerprint, of: name)
    return fingerprint
  }
}

extension Event {
  /// As ``identity``, with the source's part remembered from event to event.
  public func identity(_ memory: inout FingerprintMemory) -> Fingerprint128 {
    Fingerprint128(memory.fingerprint(source), id)
  }

  /// The fingerprint of ``subject``.
  public func account(_ memory: inout FingerprintMemory) -> Fingerprint128? { subject.map { memory.fingerprint($0) } }
}
