/// Rows under named columns.
public struct Table: Equatable, Sendable {
  public struct Column: Equatable, Sendable {
    /// Above the column for people.
    public var title: String
    /// In the first line of CSV, for programs.
    public var name: String
    public var kind: CellKind
    /// Whether people see it; CSV has every column, so that programs find the same ones each time.
    public var isShown: Bool

    public init(_ title: String, name: String? = nil, _ kind: CellKind = .text, isShown: Bool = true) {
      self.title = title
      self.isShown = isShown
      self.name = name ?? title.lowercased()
      self.kind = kind
    }
  }

  public var columns: [Column]
  public var rows: [[Cell]]
  /// Under a rule, at the foot; not part of CSV.
  public var total: [Cell]?

  public init(_ columns: [Column], rows: [[Cell]] = [], total: [Cell]? = nil) {
    self.columns = columns
    self.rows = rows
    self.total = total
    for row in rows + (total.map { [$0] } ?? []) {
      precondition(row.count == columns.count, "a row of \(row.count) cells under \(columns.count) columns")
    }
  }

  /// A field of each element of an answer's list, as a column.
  public struct Field: Sendable {
    /// Names separated by points from the element down.
    public var path: String
    public var title: String
    public var kind: CellKind
    /// Kept even if no row has a value there.
    public var isAlwaysShown: Bool
    /// What a row without a value there means.
    public var absent: JSONValue?

    public init(
      _ path: String, _ title: String, _ kind: CellKind = .text, always: Bool = true, absent: JSONValue? = nil
    ) {
      self.path = path
      self.title = title
      self.kind = kind
      self.isAlwaysShown = always
      self.absent = absent
    }
  }

  /// One row for each element, one column for each field; one that is not always shown needs a value somewhere.
  public init(_ elements: [JSONValue], _ fields: [Field], total: JSONValue? = nil) {
    let everywhere = elements + (total.map { [$0] } ?? [])
    let columns = fields.map { field in
      let isShown = field.isAlwaysShown || everywhere.contains { !($0[path: field.path] ?? .null).isNull }
      return Column(field.title, name: field.path.replacing(".", with: "_"), field.kind, isShown: isShown)
    }
    let rows = elements.map { element in fields.map { Cell(element[path: $0.path] ?? $0.absent, $0.kind) } }
    let foot = total.map { total in
      fields.map { field in
        if let value = total[path: field.path] ?? field.absent { return Cell(value, field.kind) }
        return field.path == fields.first?.path ? Cell("total", raw: "", tone: .strong) : Cell("")
      }
    }
    self.init(columns, rows: rows, total: foot)
  }
}

extension String {
  func replacing(_ old: Character, with new: Character) -> String { String(map { $0 == old ? new : $0 }) }
}
