/// Why bytes are not the JSON that was asked for, and where.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Which event of a request, from 0; nil when the fault is not in one event.
  public var index: Int?
  /// From the start of what was parsed, from 0.
  public var byteOffset: Int?
  /// From 1.
  public var line: Int?
  /// A clause without the place: `expected ',' or '}'`.
  public var reason: String

  public init(index: Int? = nil, byteOffset: Int? = nil, line: Int? = nil, reason: String) {
    self.index = index
    self.byteOffset = byteOffset
    self.line = line
    self.reason = reason
  }

  /// `expected ',' or '}' at byte 17 (line 2, event 1)`
  public var description: String {
    var place: [String] = []
    if let line { place.append("line \(line)") }
    if let index { place.append("event \(index)") }
    let at = byteOffset.map { " at byte \($0)" } ?? ""
    return reason + at + (place.isEmpty ? "" : " (\(place.joined(separator: ", ")))")
  }
}
