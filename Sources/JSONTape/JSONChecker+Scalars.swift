extension JSONChecker {
  mutating func string() throws(Fault) {
    let start = offset
    offset += 1
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""):
        offset += 1
        return
      case UInt8(ascii: "\\"): try escape()
      case _ where offset == invalidOffset: throw fault("\(found) is not UTF-8")
      case 0..<0x20: throw fault("control character \(found) inside a string must be escaped")
      default: offset += 1
      }
    }
    throw fault("a string that is never closed", at: start)
  }

  private mutating func escape() throws(Fault) {
    let start = offset
    offset += 1
    switch peek {
    case UInt8(ascii: "u"):
      let unit = try hexUnit(from: start)
      guard unit & 0xF800 == 0xD800 else { return }
      // A high surrogate, and only that, is followed by a low one.
      guard unit < 0xDC00, skip("\\"), peek == UInt8(ascii: "u"), try hexUnit(from: start) & 0xFC00 == 0xDC00 else {
        throw fault("half a surrogate pair", at: start)
      }
    case .some(let byte) where #""\/bfnrt"#.utf8.contains(byte): offset += 1
    default: throw fault("no such escape: '\\' and \(found)", at: start)
    }
  }

  /// Reads `u` and the four hexadecimal digits behind it.
  private mutating func hexUnit(from start: Int) throws(Fault) -> UInt32 {
    var unit: UInt32 = 0
    offset += 1
    for _ in 0..<4 {
      guard let digit = peek.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
        throw fault("\\u needs four hexadecimal digits", at: start)
      }
      unit = unit << 4 | UInt32(digit)
      offset += 1
    }
    return unit
  }

  mutating func number() throws(Fault) {
    let start = offset
    _ = skip("-")
    if skip("0") {
      guard !isDigit else { throw fault("a number does not start with 0", at: start) }
    } else {
      try digits()
    }
    var isInteger = true
    if skip(".") {
      isInteger = false
      try digits()
    }
    if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
      isInteger = false
      offset += 1
      if !skip("+") { _ = skip("-") }
      try digits()
    }
    guard isAtEndOfScalar else { throw fault("expected the end of a number, found \(found)") }
    try checkRange(from: start, isInteger: isInteger)
  }

  private var isDigit: Bool { peek.map(Self.isDigit) ?? false }

  private mutating func digits() throws(Fault) {
    guard isDigit else { throw fault("expected a digit, found \(found)") }
    while isDigit { offset += 1 }
  }

  private func checkRange(from start: Int, isInteger: Bool) throws(Fault) {
    let digits = String(decoding: bytes[start..<offset], as: UTF8.self)
    if isInteger && Int64(digits) == nil && UInt64(digits) == nil {
      throw fault("an integer outside \(Int64.min)...\(UInt64.max): send it as a string", at: start)
    }
    if !isInteger && Double(digits)?.isFinite != true {
      throw fault("a number too large for a double: send it as a string", at: start)
    }
  }
}
