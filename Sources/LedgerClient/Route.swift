/// Where a request goes: path segments and query, percent-encoded here and nowhere else.
public struct Route: Sendable, Equatable {
  public private(set) var path: String
  private var query = ""

  /// Each segment is encoded, so an account or a message id may hold any character: `Route("v1", "accounts", account)`.
  public init(_ segments: String...) {
    path = segments.map { "/" + Route.encoded($0) }.joined()
  }

  /// Adds a query item; nil adds nothing.
  public func with(_ name: String, _ value: String?) -> Route {
    guard let value else { return self }
    var route = self
    route.query += (query.isEmpty ? "?" : "&") + Route.encoded(name) + "=" + Route.encoded(value)
    return route
  }

  public var pathAndQuery: String { path + query }

  /// The address of this route on a Unix socket, as async-http-client reads it.
  func url(socket: String) -> String { "http+unix://" + Route.encoded(socket) + pathAndQuery }

  /// RFC 3986: everything but unreserved characters as `%XX`.
  static func encoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        bytes.append(byte)
      default:
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
