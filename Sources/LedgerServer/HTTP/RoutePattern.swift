/// A route's path, cut at its slashes: `/v1/accounts/{account}/charges/{message...}`.
///
/// Looking whether a path fits allocates nothing, since a request is held against the pattern of every route.
struct RoutePattern: Sendable {
  enum Part: Sendable, Equatable {
    case literal(String)
    /// One part of the path.
    case parameter(String)
    /// Whatever is left of the path, slashes included.
    case rest(String)
  }

  let parts: [Part]

  init(_ path: String) {
    parts = path.split(separator: "/").map { part in
      guard part.hasPrefix("{"), part.hasSuffix("}") else { return .literal(String(part)) }
      let name = part.dropFirst().dropLast()
      return name.hasSuffix("...") ? .rest(String(name.dropLast(3))) : .parameter(String(name))
    }
  }

  /// The names of the parameters, in the path's order.
  var parameterNames: [String] {
    parts.compactMap { part in
      switch part {
      case .literal: nil
      case .parameter(let name), .rest(let name): name
      }
    }
  }

  /// - Parameter segments: a path cut at its slashes, empty parts kept.
  func matches(_ segments: ArraySlice<Substring>) -> Bool {
    guard parts.count <= segments.count else { return false }
    for (part, segment) in zip(parts, segments) {
      switch part {
      case .literal(let text): if text != segment { return false }
      case .parameter: break
      case .rest: return true
      }
    }
    return parts.count == segments.count
  }

  /// What stands in the place of each part, of segments that match.
  func texts(of segments: ArraySlice<Substring>) -> [Substring] {
    parts.indices.map { index in
      let place = segments.startIndex + index
      if case .rest = parts[index] { return segments[place...].joined(separator: "/")[...] }
      return segments[place]
    }
  }
}
