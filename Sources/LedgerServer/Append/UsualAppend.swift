import JSONTape

/// The head of a request that appends as nearly every client sends it: `POST /v1/events`, one of the structured media
/// types, a short body announced by its length, and no field that asks for anything else. Read straight from the bytes of
/// a request that is there as a whole, which takes a small part of the time that a decoder of any HTTP takes.
///
/// It knows fewer ways to write a head than HTTP, never more: whatever it does not know is the decoder's.
struct UsualAppend {
  let format: EventBatchParser.Format
  /// Where the body is: behind the head, up to the last byte.
  let body: Range<Int>

  /// What the connection may ask for without anything being done.
  private enum Field { case ignored, contentType, contentLength, connection }

  private static let requestLine: StaticString = "POST /v1/events HTTP/1.1\r\n"
  /// The longest head that is read here.
  private static let headByteLimit = 1_024

  /// - Parameter bytes: of one request and nothing behind it.
  /// - Returns: nil unless the request is whole, and one of these.
  init?(_ bytes: UnsafeRawBufferPointer, longestBody: Int) {
    let start = Self.requestLine.utf8CodeUnitCount
    guard bytes.count > start, bytes.count <= Self.headByteLimit + longestBody,
      unsafe bytes.starts(with: UnsafeRawBufferPointer(start: Self.requestLine.utf8Start, count: start))
    else { return nil }
    var format: EventBatchParser.Format?
    var length: Int?
    var at = start
    while let line = unsafe Self.line(bytes, from: at) {
      at = line.upperBound + 2
      if line.isEmpty {
        guard let format, let length, length <= longestBody, at + length == bytes.count else { return nil }
        self.format = format
        body = at..<bytes.count
        return
      }
      guard let (field, value) = unsafe Self.field(bytes, line) else { return nil }
      switch field {
      case .ignored: break
      case .contentType:
        guard format == nil, let named = unsafe Self.format(UnsafeRawBufferPointer(rebasing: bytes[value])) else {
          return nil
        }
        format = named
      case .contentLength:
        guard length == nil, let count = unsafe Self.number(UnsafeRawBufferPointer(rebasing: bytes[value])) else {
          return nil
        }
        length = count
      case .connection:
        guard unsafe Self.isName(UnsafeRawBufferPointer(rebasing: bytes[value]), "keep-alive") else { return nil }
      }
    }
    return nil
  }

  /// A line of the head without its end; nil when there is none, or one with anything but printable ASCII.
  private static func line(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Range<Int>? {
    var at = start
    let end = min(bytes.count, headByteLimit)
    while at < end, unsafe bytes[at] >= 0x20, unsafe bytes[at] < 0x7F { at += 1 }
    guard at + 1 < end, unsafe bytes[at] == 0x0D, unsafe bytes[at + 1] == 0x0A else { return nil }
    return start..<at
  }

  private static func field(_ bytes: UnsafeRawBufferPointer, _ line: Range<Int>) -> (Field, Range<Int>)? {
    guard let colon = line.first(where: { unsafe bytes[$0] == UInt8(ascii: ":") }),
      let field = unsafe named(UnsafeRawBufferPointer(rebasing: bytes[line.lowerBound..<colon]))
    else { return nil }
    var start = colon + 1
    while start < line.upperBound, unsafe bytes[start] == 0x20 { start += 1 }
    guard start < line.upperBound, unsafe bytes[line.upperBound - 1] != 0x20 else { return nil }
    return (field, start..<line.upperBound)
  }

  private static func named(_ name: UnsafeRawBufferPointer) -> Field? {
    switch name.count {
    case 4 where unsafe isName(name, "host"): .ignored
    case 6 where unsafe isName(name, "accept"): .ignored
    case 10 where unsafe isName(name, "user-agent"): .ignored
    case 10 where unsafe isName(name, "connection"): .connection
    case 12 where unsafe isName(name, "content-type"): .contentType
    case 14 where unsafe isName(name, "content-length"): .contentLength
    case 15 where unsafe isName(name, "accept-encoding") || isName(name, "accept-language"): .ignored
    default: nil
    }
  }

  /// Whether it is a name of lowercase letters and dashes, whatever its case.
  private static func isName(_ bytes: UnsafeRawBufferPointer, _ lowercase: StaticString) -> Bool {
    guard bytes.count == lowercase.utf8CodeUnitCount else { return false }
    let name = unsafe lowercase.utf8Start
    for index in 0..<bytes.count where unsafe lowered(bytes[index]) != name[index] { return false }
    return true
  }

  private static func lowered(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }

  private static func format(_ type: UnsafeRawBufferPointer) -> EventBatchParser.Format? {
    if unsafe isName(type, "application/x-ndjson") { return .lines }
    if unsafe isName(type, "application/cloudevents+json") { return .single }
    if unsafe isName(type, "application/cloudevents-batch+json") { return .array }
    return nil
  }

  private static func number(_ digits: UnsafeRawBufferPointer) -> Int? {
    guard digits.count <= 7 else { return nil }
    var number = 0
    for index in digits.indices {
      let digit = unsafe digits[index]
      guard digit >= 0x30, digit <= 0x39 else { return nil }
      number = number * 10 + Int(digit - 0x30)
    }
    return number
  }
}
