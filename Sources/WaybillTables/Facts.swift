/// Single values with a label each: lines for people, one row of CSV for programs.
public struct Facts: Equatable, Sendable {
  public struct Item: Equatable, Sendable {
    public var label: String
    public var name: String
    public var kind: CellKind
    public var cell: Cell
    /// Whether people see it; CSV has it in any case.
    public var isShown: Bool
  }

  public var items: [Item] = []

  public init() {}

  public mutating func add(
    _ label: String, _ cell: Cell, name: String? = nil, _ kind: CellKind = .text, isShown: Bool = true
  ) {
    let name = name ?? label.replacing(" ", with: "_")
    items.append(Item(label: label, name: name, kind: kind, cell: cell, isShown: isShown))
  }

  /// One item for each field; people see those that the answer has.
  public init(_ answer: JSONValue, _ fields: [Table.Field]) {
    for field in fields {
      let value = answer[path: field.path]
      let isShown = value != nil && (value != .null || field.isAlwaysShown)
      add(
        field.title, Cell(value, field.kind), name: field.path.replacing(".", with: "_"), field.kind, isShown: isShown)
    }
  }

  /// The same values as a table of one row.
  public var asTable: Table {
    Table(items.map { Table.Column($0.label, name: $0.name, $0.kind) }, rows: [items.map(\.cell)])
  }
}

extension Facts {
  /// The first row of a table, turned on its side.
  init(_ table: Table) {
    for (column, cell) in zip(table.columns, table.rows.first ?? []) {
      add(column.title, cell, name: column.name, column.kind, isShown: column.isShown)
    }
  }
}
