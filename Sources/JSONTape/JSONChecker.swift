/// A plain reader of RFC 8259 that stops at the first fault and says what it is.
struct JSONChecker {
  struct Fault: Error {
    let offset: Int
    let reason: String
    var index: Int?
  }

  enum Expected { case anything, object, arrayOfObjects }

  let bytes: ArraySlice<UInt8>
  /// What ends too soon when the bytes do.
  let place: String
  let maxDepth: Int
  let expected: Expected
  /// Where the first byte sequence that is not UTF-8 starts.
  let invalidOffset: Int?
  var offset: Int
  private var depth = 0
  private var elementIndex: Int?

  /// - Parameter maxDepth: of each object, when an array of objects is expected.
  init(_ bytes: ArraySlice<UInt8>, place: String, maxDepth: Int, expected: Expected) {
    self.bytes = bytes
    self.place = place
    self.maxDepth = maxDepth
    self.expected = expected
    invalidOffset = Self.firstInvalidUTF8(in: bytes)
    offset = bytes.startIndex
  }

  /// The first fault, or nil when the bytes are what is expected.
  mutating func fault() -> Fault? {
    do throws(Fault) {
      try document()
      return nil
    } catch {
      return Fault(offset: error.offset, reason: error.reason, index: elementIndex)
    }
  }

  private static func firstInvalidUTF8(in bytes: ArraySlice<UInt8>) -> Int? {
    do {
      _ = try UTF8Span(validating: bytes.span)
      return nil
    } catch {
      return bytes.startIndex + error.byteOffsets.lowerBound
    }
  }

  private mutating func document() throws(Fault) {
    skipSpace()
    switch expected {
    case .anything: try value()
    case .object: try object(named: "object")
    case .arrayOfObjects: try arrayOfObjects()
    }
    skipSpace()
    guard peek == nil else { throw fault("\(found) after the end of the value") }
  }

  private mutating func object(named name: String) throws(Fault) {
    guard peek == UInt8(ascii: "{") else { throw fault("expected an \(name), found \(kindFound)") }
    try value()
  }

  private mutating func arrayOfObjects() throws(Fault) {
    guard peek == UInt8(ascii: "[") else { throw fault("expected an array of events, found \(kindFound)") }
    offset += 1
    skipSpace()
    if skip("]") { return }
    elementIndex = 0
    while true {
      try object(named: "event")
      skipSpace()
      if skip("]") { break }
      guard skip(",") else { throw fault("expected ',' or ']', found \(found)") }
      elementIndex! += 1
      skipSpace()
    }
    elementIndex = nil
  }
}

extension JSONChecker {
  mutating func value() throws(Fault) {
    switch peek {
    case UInt8(ascii: "{"): try nested { checker throws(Fault) in try checker.members() }
    case UInt8(ascii: "["): try nested { checker throws(Fault) in try checker.elements() }
    case UInt8(ascii: "\""): try string()
    case let byte? where Self.startsNumber(byte): try number()
    case UInt8(ascii: "t"): try word("true")
    case UInt8(ascii: "f"): try word("false")
    case UInt8(ascii: "n"): try word("null")
    default: throw fault("expected a value, found \(found)")
    }
  }

  private mutating func nested(_ body: (inout JSONChecker) throws(Fault) -> Void) throws(Fault) {
    guard depth < maxDepth else { throw fault("more than \(maxDepth) levels of nesting") }
    depth += 1
    offset += 1
    try body(&self)
    depth -= 1
  }

  private mutating func members() throws(Fault) {
    skipSpace()
    if skip("}") { return }
    while true {
      guard peek == UInt8(ascii: "\"") else { throw fault("expected a member name in quotes, found \(found)") }
      try string()
      skipSpace()
      guard skip(":") else { throw fault("expected ':', found \(found)") }
      skipSpace()
      try value()
      skipSpace()
      if skip("}") { return }
      guard skip(",") else { throw fault("expected ',' or '}', found \(found)") }
      skipSpace()
    }
  }

  private mutating func elements() throws(Fault) {
    skipSpace()
    if skip("]") { return }
    while true {
      try value()
      skipSpace()
      if skip("]") { return }
      guard skip(",") else { throw fault("expected ',' or ']', found \(found)") }
      skipSpace()
    }
  }

  private mutating func word(_ word: String) throws(Fault) {
    guard bytes[offset...].starts(with: word.utf8) else { throw fault("expected \(word)") }
    offset += word.utf8.count
    guard isAtEndOfScalar else { throw fault("expected the end of \(word), found \(found)") }
  }
}

// The alphabet.
extension JSONChecker {
  var peek: UInt8? { offset < bytes.endIndex ? bytes[offset] : nil }

  /// White space, punctuation or the end: what may stand behind a number or a word.
  var isAtEndOfScalar: Bool {
    guard let byte = peek else { return true }
    return Self.isSpace(byte) || ",:[]{}".utf8.contains(byte)
  }

  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

  private static func startsNumber(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "-") || isDigit(byte) }

  static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

  mutating func skipSpace() {
    while let byte = peek, Self.isSpace(byte) { offset += 1 }
  }

  mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: scalar) else { return false }
    offset += 1
    return true
  }

  func fault(_ reason: String, at place: Int? = nil) -> Fault { Fault(offset: place ?? offset, reason: reason) }

  /// The byte here, for people.
  var found: String {
    guard let byte = peek else { return "the end of the \(place)" }
    if byte > 0x20 && byte < 0x7F { return "'\(Unicode.Scalar(byte))'" }
    return "byte 0x" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16, uppercase: true)
  }

  private var kindFound: String {
    switch peek {
    case UInt8(ascii: "{"): "an object"
    case UInt8(ascii: "["): "an array"
    case UInt8(ascii: "\""): "a string"
    case let byte? where Self.startsNumber(byte): "a number"
    case UInt8(ascii: "t"), UInt8(ascii: "f"): "a boolean"
    case UInt8(ascii: "n"): "null"
    default: found
    }
  }
}
