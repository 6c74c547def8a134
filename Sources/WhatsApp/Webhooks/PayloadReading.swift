import JSONTape
import Ledger

/// How Meta writes things: identifiers as strings or integers, moments as seconds in either, absent things as absent,
/// `null` or `""`.
extension TapeValue {
  /// A copy of the string, if it is one and not empty.
  var nonEmpty: String? {
    guard let text, !text.isEmpty else { return nil }
    return text.string
  }

  /// A non-empty string or a whole number, in decimal.
  var identifier: String? {
    if let uint64 { return String(uint64) }
    return nonEmpty
  }

  /// `true`, or `"true"`; the same for false.
  var flag: Bool? {
    if let bool { return bool }
    if text == "true" { return true }
    return text == "false" ? false : nil
  }

  /// A whole number, or a string of one.
  var integer: Int64? {
    if let int64 { return int64 }
    guard let text, (1...18).contains(text.count) else { return nil }
    var value: Int64 = 0
    for index in 0..<text.count {
      let digit = text[index] &- UInt8(ascii: "0")
      guard digit < 10 else { return nil }
      value = value * 10 + Int64(digit)
    }
    return value
  }

  /// Seconds since 1970, as a string or an integer; nil outside the years 1970 to 9999.
  var moment: Timestamp? {
    guard let integer, integer >= 0, integer <= 253_402_300_799 else { return nil }
    return Timestamp(seconds: integer)
  }

  /// The first `timestamp` of the document below here.
  var firstMoment: Timestamp? {
    if let moment = self["timestamp"]?.moment { return moment }
    var found: Timestamp?
    forEachMember { _, value in if found == nil { found = value.firstMoment } }
    forEachElement { value in if found == nil { found = value.firstMoment } }
    return found
  }

  var compactJSON: [UInt8] {
    var bytes: [UInt8] = []
    appendJSON(to: &bytes)
    return bytes
  }

  /// Whether the value is about as small as `limit` bytes of JSON, found without writing it.
  func isWritten(within limit: Int) -> Bool {
    var rest = limit
    do { try spend(&rest) } catch { return false }
    return true
  }

  private struct TooLarge: Error {}

  private func spend(_ rest: inout Int) throws(TooLarge) {
    rest -= 4 + (text?.count ?? 0)
    guard rest >= 0 else { throw TooLarge() }
    try forEachElement { (value) throws(TooLarge) in try value.spend(&rest) }
    try forEachMember { (name, value) throws(TooLarge) in
      rest -= name.count
      try value.spend(&rest)
    }
  }

  /// Compact JSON with the members of every object sorted by name, so that equal values are equal bytes.
  func appendCanonicalJSON(to bytes: inout [UInt8]) {
    if isArray {
      bytes.append(UInt8(ascii: "["))
      forEachElement { value in
        value.appendCanonicalJSON(to: &bytes)
        bytes.append(UInt8(ascii: ","))
      }
      bytes.append(UInt8(ascii: "]"))
    } else if isObject {
      var members: [(name: Text, value: TapeValue)] = []
      forEachMember { members.append(($0, $1)) }
      members.sort { $0.name < $1.name }
      bytes.append(UInt8(ascii: "{"))
      for member in members {
        member.name.appendJSON(to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        member.value.appendCanonicalJSON(to: &bytes)
        bytes.append(UInt8(ascii: ","))
      }
      bytes.append(UInt8(ascii: "}"))
    } else {
      appendJSON(to: &bytes)
    }
  }

  /// This object's compact JSON with the value of the member `name` replaced, or added when it is not there.
  ///
  /// `keeps` says which other members are copied.
  func replacing(
    _ name: Text, with json: [UInt8], keeping keeps: (Text, TapeValue) -> [UInt8]? = { $1.compactJSON }
  ) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    var isReplaced = false
    forEachMember { key, value in
      guard key == name else {
        guard let copy = keeps(key, value) else { return }
        unsafe writer.key(bytes: key.bytes)
        writer.json(copy)
        return
      }
      guard !isReplaced else { return }
      isReplaced = true
      unsafe writer.key(bytes: key.bytes)
      writer.json(json)
    }
    if !isReplaced {
      unsafe writer.key(bytes: name.bytes)
      writer.json(json)
    }
    writer.endObject()
    return writer.bytes
  }
}

extension JSONWriter {
  /// A member that is left out when there is nothing to say.
  mutating func member(_ name: StaticString, _ value: String?) {
    guard let value else { return }
    key(name)
    string(value)
  }

  mutating func member(_ name: StaticString, _ value: Timestamp?) {
    guard let value else { return }
    key(name)
    instant(value)
  }

  mutating func member(_ name: StaticString, _ value: Bool?) {
    guard let value else { return }
    key(name)
    bool(value)
  }

  mutating func member(_ name: StaticString, object body: (inout JSONWriter) -> Void) {
    key(name)
    beginObject()
    body(&self)
    endObject()
  }
}

extension String {
  /// At most `limit` bytes of UTF-8, cut between characters.
  func cut(toBytes limit: Int) -> String {
    guard utf8.count > limit else { return self }
    var result = ""
    var count = 0
    for scalar in unicodeScalars {
      count += UTF8.width(scalar)
      guard count <= limit else { break }
      result.unicodeScalars.append(scalar)
    }
    return result
  }
}
