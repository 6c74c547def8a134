/// What a column holds, which decides how its cells are aligned and written.
public enum CellKind: Sendable {
  case text
  /// Right-aligned digits.
  case count
  /// Decimal strings, aligned at the point; red below zero.
  case money
  /// RFC 3339, shown with a space for the `T`.
  case instant
  case duration
  /// A state in a word: coloured by what it says.
  case state
}

/// One value in a table: what people see, what a program gets, and a colour.
public struct Cell: Equatable, Sendable {
  public enum Tone: Equatable, Sendable { case plain, dim, good, caution, bad, strong }

  /// Shown on a terminal or in a plain table.
  public var shown: String
  /// Written to CSV.
  public var raw: String
  public var tone: Tone

  public init(_ shown: String, raw: String? = nil, tone: Tone = .plain) {
    self.shown = shown
    self.raw = raw ?? shown
    self.tone = tone
  }

  /// A cell of what an answer holds; nothing and null are a dim hyphen, and empty in CSV.
  public init(_ value: JSONValue?, _ kind: CellKind) {
    let plain = value?.plain ?? ""
    guard !plain.isEmpty else {
      self.init("-", raw: "", tone: .dim)
      return
    }
    switch kind {
    case .instant: self.init(Cell.readable(instant: plain), raw: plain)
    case .money: self.init(plain, tone: plain.hasPrefix("-") ? .bad : .plain)
    case .state: self.init(plain, tone: Cell.tone(ofState: plain))
    case .count: self.init(plain, tone: plain == "0" ? .dim : .plain)
    case .text, .duration: self.init(plain)
    }
  }

  /// `2026-10-03T09:15:02.25Z` as `2026-10-03 09:15:02 UTC`; an offset stays as it is, anything else too.
  static func readable(instant: String) -> String {
    guard instant.count >= 20, instant.dropFirst(10).first == "T" else { return instant }
    let zone = instant.dropFirst(19).drop { $0 == "." || $0.isNumber }
    return instant.prefix(10) + " " + instant.dropFirst(11).prefix(8) + (zone == "Z" ? " UTC" : String(zone))
  }

  private static func tone(ofState state: String) -> Tone {
    switch state {
    case "charged", "open", "received", "ok", "yes": .good
    case "free", "released", "resolved", "snoozed", "closed": .dim
    case "held", "unrated", "refunded", "unassigned", "warning": .caution
    case "failed", "bad": .bad
    default: .plain
    }
  }
}
