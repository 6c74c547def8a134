import JSONTape

/// Writes compact JSON in the order it is told. Commas are its own business; balance of brackets is the caller's.
public struct JSONWriter: Sendable {
  public var bytes: [UInt8] = []
  private var needsComma = false
  /// Where the ids of messages belong that the state knows by fingerprint only.
  private(set) var holes: [Answer.Hole] = []

  public init() {}

  /// The id of the message that the event at `sequence` names: left open here, filled from the log.
  mutating func messageID(of sequence: SequenceNumber) {
    beginValue()
    holes.append(Answer.Hole(offset: bytes.count, sequence: sequence))
  }

  private mutating func beginValue() {
    if needsComma { bytes.append(44) }
    needsComma = true
  }

  public mutating func beginObject() {
    beginValue()
    bytes.append(123)
    needsComma = false
  }
  public mutating func endObject() {
    bytes.append(125)
    needsComma = true
  }
  public mutating func beginArray() {
    beginValue()
    bytes.append(91)
    needsComma = false
  }
  public mutating func endArray() {
    bytes.append(93)
    needsComma = true
  }

  public mutating func key(_ name: StaticString) {
    beginValue()
    // A name of ours has nothing to escape.
    bytes.append(34)
    unsafe bytes.append(contentsOf: Text(name).bytes)
    bytes.append(34)
    bytes.append(58)
    needsComma = false
  }

  public mutating func key(bytes name: some Collection<UInt8>) {
    beginValue()
    Self.appendString(name, to: &bytes)
    bytes.append(58)
    needsComma = false
  }

  public mutating func string(_ value: String) { string(bytes: value.utf8) }
  public mutating func string(bytes value: some Collection<UInt8>) {
    beginValue()
    Self.appendString(value, to: &bytes)
  }
  public mutating func number(_ value: some BinaryInteger) {
    beginValue()
    bytes.appendDecimal(value)
  }
  public mutating func bool(_ value: Bool) { raw(value ? "true" : "false") }
  public mutating func null() { raw("null") }

  /// JSON that is already written, such as a record.
  public mutating func json(_ value: some Collection<UInt8>) {
    beginValue()
    bytes.append(contentsOf: value)
  }

  /// An amount, a moment, a day …: anything that prints itself, in quotes.
  public mutating func money(_ value: Micros) { quoted { value.append(to: &$0) } }
  public mutating func money(_ value: MicrosTotal) { quoted { value.append(to: &$0) } }
  public mutating func instant(_ value: Timestamp) { quoted { value.append(to: &$0) } }
  public mutating func instant(_ value: Timestamp?) { if let value { instant(value) } else { null() } }
  public mutating func duration(_ value: Duration64) { quoted { value.append(to: &$0) } }
  public mutating func day(_ value: CalendarDay) { quoted { value.append(to: &$0) } }
  public mutating func month(_ value: CalendarMonth) { quoted { value.append(to: &$0) } }
  public mutating func sequence(_ value: SequenceNumber) { quoted { $0.appendDecimal(value.rawValue) } }
  public mutating func phone(_ value: Phone) { quoted { value.append(to: &$0) } }
  /// A name in quotes, or null for none.
  public mutating func name(_ id: NameID, in names: Names) {
    if id.isNone { null() } else { names.withText(id) { unsafe string(bytes: $0.bytes) } }
  }

  private mutating func quoted(_ body: (inout [UInt8]) -> Void) {
    beginValue()
    bytes.append(34)
    body(&bytes)
    bytes.append(34)
  }

  private mutating func raw(_ literal: StaticString) {
    beginValue()
    unsafe bytes.append(contentsOf: Text(literal).bytes)
  }

  /// A JSON string with the escapes that RFC 8259 demands and no others.
  public static func appendString(_ value: some Collection<UInt8>, to bytes: inout [UInt8]) {
    let isWritten: Void? = value.withContiguousStorageIfAvailable { unsafe Text(buffer: $0).appendJSON(to: &bytes) }
    if isWritten == nil { appendString(Array(value), to: &bytes) }
  }
}
