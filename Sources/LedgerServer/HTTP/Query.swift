/// The parameters behind `?`, decoded. `+` stands for itself, since instants carry it.
struct Query: Sendable {
  private(set) var values: [(name: String, value: String)] = []

  init() {}

  init(_ text: some StringProtocol) throws(Problem) {
    for part in text.split(separator: "&") {
      let pieces = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = Self.decode(pieces[0]), let value = Self.decode(pieces.count > 1 ? pieces[1] : "") else {
        throw Problem(
          400, "malformed_query", "\(part) is not a percent-encoded name and value",
          remedy: "encode every byte outside letters, digits and -._~ as %XX")
      }
      guard self[name] == nil else {
        throw Problem(400, "repeated_parameter", "\(name) stands there twice", remedy: "give \(name) once")
      }
      values.append((name, value))
    }
  }

  subscript(_ name: String) -> String? { values.first { $0.name == name }?.value }

  /// A whole number of at least `minimum`.
  func number(_ name: String, minimum: UInt64 = 0) throws(Problem) -> UInt64? {
    guard let text = self[name] else { return nil }
    guard let number = UInt64(text), number >= minimum, text.utf8.first != UInt8(ascii: "+") else {
      throw Problem(
        400, "bad_parameter", "\(name)=\(text) is not a whole number from \(minimum)",
        remedy: "write \(name) in decimal digits")
    }
    return number
  }

  func check(against names: [String]) throws(Problem) {
    for (name, _) in values where !names.contains(name) {
      throw Problem(
        400, "unknown_parameter", "this route has no parameter \(name)",
        remedy: names.isEmpty ? "leave it out" : "it has \(names.joined(separator: ", "))")
    }
  }

  /// Percent-decoding.
  /// - Returns: nil when a `%` is not followed by two hexadecimal digits or the bytes are not UTF-8.
  static func decode(_ text: some StringProtocol) -> String? {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
    var bytes: [UInt8] = []
    var iterator = text.utf8.makeIterator()
    while let byte = iterator.next() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = iterator.next().flatMap(digit), let low = iterator.next().flatMap(digit) else { return nil }
      bytes.append(high << 4 | low)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
