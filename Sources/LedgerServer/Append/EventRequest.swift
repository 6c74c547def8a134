import JSONTape
import NIOHTTP1

/// What the header fields of a request that appends say.
struct EventRequest {
  var media: EventMedia
  /// `Waybill-Expected-Last`.
  var expectedLast: UInt64?
  /// `Content-Length`; nil when the body comes in chunks.
  var announcedByteCount: Int?
  /// Whether the client sends its body only after a `100 Continue`.
  var awaitsInvitation = false

  var isStructured: Bool {
    if case .structured = media { true } else { false }
  }

  init(_ head: HTTPRequestHead) throws(Problem) {
    var (type, expected, announced): (String?, String?, String?)
    for (name, value) in head.headers {
      switch name.utf8.count {
      case 6 where name.is("expect"): awaitsInvitation = value.is("100-continue")
      case 12 where name.is("content-type"): type = type.map { "\($0), \(value)" } ?? value
      case 14 where name.is("content-length"): announced = value
      case 21 where name.is("waybill-expected-last"): expected = expected.map { "\($0), \(value)" } ?? value
      default: break
      }
    }
    media = try EventMedia(type, head.headers)
    if let expected {
      guard let number = UInt64(expected) else {
        throw Problem(
          400, "bad_header", "Waybill-Expected-Last is \(expected)",
          remedy: "send the sequence number of the last event you know")
      }
      expectedLast = number
    }
    if let announced {
      guard let count = Int(announced), count >= 0 else {
        throw Problem(
          400, "bad_header", "Content-Length \(announced) is not a number of bytes", remedy: "send a correct one")
      }
      announcedByteCount = count
    }
  }
}

extension String {
  /// Whether it is a name of letters and dashes, whatever its case.
  fileprivate func `is`(_ lowercase: StaticString) -> Bool {
    lowercase.withUTF8Buffer { name in unsafe utf8.elementsEqual(name) { $0 | 0x20 == $1 } }
  }
}
