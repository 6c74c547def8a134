/// Lays tables and facts out as aligned text, with colour for a terminal or without for everything else.
public struct TextRenderer: Sendable {
  public var isColoured: Bool

  public init(isColoured: Bool) {
    self.isColoured = isColoured
  }

  /// Columns two spaces apart, titles above, no trailing space; the total under a rule.
  public func text(_ table: Table) -> String {
    let shown = table.columns.indices.filter { table.columns[$0].isShown }
    var layouts = table.columns.map { ColumnLayout(kind: $0.kind) }
    for index in shown {
      layouts[index].add(title: table.columns[index].title)
      for row in table.rows { layouts[index].add(row[index].shown.withoutControls) }
      if let total = table.total { layouts[index].add(total[index].shown.withoutControls) }
    }
    func cells(_ row: [Cell]) -> [String] {
      shown.map { index in
        layouts[index].padded(row[index].shown.withoutControls) { painted($0, row[index].tone) }
      }
    }
    let titles = shown.map { index in
      layouts[index].padded(title: table.columns[index].title) { painted($0, .strong) }
    }
    var lines = [line(titles)] + table.rows.map { line(cells($0)) }
    if let total = table.total {
      let width = shown.reduce(-2) { $0 + layouts[$1].width + 2 }
      lines.append(painted(String(repeating: isColoured ? "─" : "-", count: max(0, width)), .dim))
      lines.append(line(cells(total)))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Labels in one column, values in the next; values that are money align at the point.
  public func text(_ facts: Facts) -> String {
    let items = facts.items.filter(\.isShown)
    let labelWidth = items.map(\.label.displayWidth).max() ?? 0
    var money = ColumnLayout(kind: .money)
    for item in items where item.kind == .money { money.add(item.cell.shown.withoutControls) }
    let lines = items.map { item in
      let label = item.label + String(repeating: " ", count: labelWidth - item.label.displayWidth)
      let paint = { painted($0, item.cell.tone) }
      let shown = item.cell.shown.withoutControls
      let value = item.kind == .money ? money.padded(shown, paint) : paint(shown)
      return line([painted(label, .dim), value])
    }
    return lines.map { $0 + "\n" }.joined()
  }

  public func heading(_ title: String) -> String { painted(title.withoutControls, .strong) + "\n" }

  private func line(_ cells: [String]) -> String {
    var line = cells.joined(separator: "  ")
    while line.last == " " { line.removeLast() }
    return line
  }

  /// SGR codes around the text; the text itself without colour.
  public func painted(_ text: String, _ tone: Cell.Tone) -> String {
    guard isColoured, !text.isEmpty else { return text }
    let code =
      switch tone {
      case .plain: ""
      case .dim: "2"
      case .good: "32"
      case .caution: "33"
      case .bad: "31"
      case .strong: "1"
      }
    return code.isEmpty ? text : "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }
}

/// How wide a column is and where its decimal point stands.
struct ColumnLayout {
  let kind: CellKind
  private(set) var width = 0
  private var wholeWidth = 0
  private var fractionWidth = 0

  init(kind: CellKind) {
    self.kind = kind
  }

  mutating func add(title: String) { width = max(width, title.displayWidth) }

  mutating func add(_ text: String) {
    if kind == .money {
      let (whole, fraction) = ColumnLayout.split(text)
      wholeWidth = max(wholeWidth, whole.displayWidth)
      fractionWidth = max(fractionWidth, fraction.displayWidth)
      width = max(width, wholeWidth + fractionWidth)
    } else {
      width = max(width, text.displayWidth)
    }
  }

  /// Titles stand over the side to which their cells are aligned.
  func padded(title: String, _ paint: (String) -> String) -> String {
    let space = String(repeating: " ", count: width - title.displayWidth)
    return kind == .money || kind == .count ? space + paint(title) : paint(title) + space
  }

  func padded(_ text: String, _ paint: (String) -> String) -> String {
    let space = String(repeating: " ", count: max(0, width - text.displayWidth))
    switch kind {
    case .text, .instant, .duration, .state: return paint(text) + space
    case .count: return space + paint(text)
    case .money:
      let behind = fractionWidth - ColumnLayout.split(text).fraction.displayWidth
      let before = max(0, width - text.displayWidth - behind)
      return String(repeating: " ", count: before) + paint(text) + String(repeating: " ", count: behind)
    }
  }

  /// `12.5` into `12` and `.5`.
  private static func split(_ text: String) -> (whole: Substring, fraction: Substring) {
    guard let point = text.firstIndex(of: ".") else { return (text[...], "") }
    return (text[..<point], text[point...])
  }
}
