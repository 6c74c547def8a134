public import JSONTape

/// A JSON value that has left its parser: members in the order they came, decimal strings still strings, numbers as
/// they are written in JSON.
public indirect enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([Member])

  public struct Member: Equatable, Sendable {
    public var name: String
    public var value: JSONValue

    public init(_ name: String, _ value: JSONValue) {
      self.name = name
      self.value = value
    }
  }

  /// Reads one JSON document.
  public init(json bytes: [UInt8]) throws(JSONError) {
    let parser = TapeParser()
    let value = try parser.parse(copying: bytes)
    self.init(value)
    withExtendedLifetime(parser) {}  // the tape is the parser's
  }

  /// Copies a value off its parser's tape.
  public init(_ value: TapeValue) {
    switch value.kind {
    case .null: self = .null
    case .bool: self = .bool(value.bool ?? false)
    case .string: self = .string(value.text?.string ?? "")
    case .array:
      var elements: [JSONValue] = []
      value.forEachElement { elements.append(JSONValue($0)) }
      self = .array(elements)
    case .object:
      var members: [Member] = []
      value.forEachMember { name, value in members.append(Member(name.string, JSONValue(value))) }
      self = .object(members)
    case .int64, .uint64, .double:
      var bytes: [UInt8] = []
      value.appendJSON(to: &bytes)
      self = .number(String(decoding: bytes, as: UTF8.self))
    }
  }
}

extension JSONValue {
  /// The first member of that name; nil when this is no object or has none. JSON's null counts as a value.
  public subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  /// Follows names separated by points, `credits.paid`; nil when one is missing.
  public subscript(path path: String) -> JSONValue? {
    var value = self
    for name in path.split(separator: ".") {
      guard let next = value[String(name)] else { return nil }
      value = next
    }
    return value
  }

  public var isNull: Bool { self == .null }

  public var members: [Member] {
    if case .object(let members) = self { members } else { [] }
  }

  public var elements: [JSONValue] {
    if case .array(let elements) = self { elements } else { [] }
  }

  public var string: String? {
    if case .string(let string) = self { string } else { nil }
  }

  public var bool: Bool? {
    if case .bool(let bool) = self { bool } else { nil }
  }

  /// A whole number, written as one or as a decimal string.
  public var integer: Int64? {
    switch self {
    case .number(let digits), .string(let digits): Int64(digits)
    default: nil
    }
  }

  /// The value as people read it in one cell: a list with commas, an object as `name value`, null as nothing.
  public var plain: String {
    switch self {
    case .null: ""
    case .bool(let bool): bool ? "yes" : "no"
    case .number(let digits): digits
    case .string(let string): string
    case .array(let elements): elements.map(\.plain).joined(separator: ", ")
    case .object(let members):
      members.filter { !$0.value.isNull }.map { "\($0.name) \($0.value.plain)" }.joined(separator: ", ")
    }
  }

  /// As ``plain``, for people alone: names in words, instants readable.
  public var readable: String {
    switch self {
    case .string(let string): Cell.readable(instant: string)
    case .array(let elements): elements.map(\.readable).joined(separator: ", ")
    case .object(let members):
      members.filter { !$0.value.isNull }
        .map { "\($0.name.replacing("_", with: " ")) \($0.value.readable)" }.joined(separator: ", ")
    default: plain
    }
  }
}
