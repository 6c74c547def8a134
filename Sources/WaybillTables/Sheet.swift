/// A page of answers: what people read from top to bottom, and the one table that CSV gets.
public struct Sheet: Equatable, Sendable {
  public enum Section: Equatable, Sendable {
    /// A sentence.
    case line(String)
    case facts(String?, Facts)
    /// A table, or the sentence when it has no rows.
    case table(String?, Table, whenEmpty: String)
  }

  public var sections: [Section]
  public var csv: Table

  public init(_ sections: [Section], csv: Table? = nil) {
    self.sections = sections
    self.csv =
      csv ?? sections.lazy.compactMap { section in
        switch section {
        case .line: nil
        case .table(_, let table, _): table
        case .facts(_, let facts): facts.asTable
        }
      }.first ?? Table([])
  }

  /// Sections a blank line apart. The sentences of empty tables come second, for standard error.
  public func text(_ renderer: TextRenderer) -> (output: String, remarks: [String]) {
    var blocks: [String] = []
    var remarks: [String] = []
    var isBehindLine = false
    for section in sections {
      switch section {
      case .line(let sentence):
        let line = sentence.withoutControls + "\n"
        if isBehindLine { blocks[blocks.count - 1] += line } else { blocks.append(line) }
      case .facts(let title, let facts):
        if facts.items.contains(where: \.isShown) {
          blocks.append((title.map(renderer.heading) ?? "") + renderer.text(facts))
        }
      case .table(let title, let table, let sentence):
        if table.rows.isEmpty {
          if !sentence.isEmpty { remarks.append(sentence) }
        } else {
          blocks.append((title.map(renderer.heading) ?? "") + renderer.text(table))
        }
      }
      if case .line = section { isBehindLine = true } else { isBehindLine = false }
    }
    return (blocks.joined(separator: "\n"), remarks)
  }
}
