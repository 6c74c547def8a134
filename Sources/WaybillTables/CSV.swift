/// RFC 4180: comma, CRLF, quotes around what needs them and doubled inside.
public enum CSV {
  public static func text(_ table: Table) -> String {
    var text = line(table.columns.map(\.name))
    for row in table.rows { text += line(row.map(\.raw)) }
    return text
  }

  public static func line(_ fields: [String]) -> String {
    // One empty field would be an empty line, which readers skip.
    if fields == [""] { return "\"\"\r\n" }
    return fields.map(quoted).joined(separator: ",") + "\r\n"
  }

  static func quoted(_ field: String) -> String {
    let needsQuotes = field.unicodeScalars.contains { $0 == "," || $0 == "\"" || $0 == "\n" || $0 == "\r" }
    guard needsQuotes else { return field }
    return "\"" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
