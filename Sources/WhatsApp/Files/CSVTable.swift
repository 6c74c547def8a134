import JSONTape
import Ledger

/// A CSV file (RFC 4180): quotes, doubled quotes, line breaks inside quotes, CRLF, LF or CR, a byte order mark.
struct CSVTable {
  struct Row {
    /// Where the row begins, from 1.
    var line: Int
    /// Without surrounding white space.
    var cells: [String]

    var isBlank: Bool { cells.allSatisfy(\.isEmpty) }
  }

  private(set) var rows: [Row] = []

  /// - Throws: a refusal that names the line of a quote that is not closed, or bytes that are not UTF-8.
  init(_ bytes: some Collection<UInt8>) throws(Refusal) {
    var bytes = Array(bytes)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    var reader = Reader(bytes: bytes)
    try reader.read()
    rows = reader.rows.filter { !$0.isBlank }
  }

  private struct Reader {
    let bytes: [UInt8]
    var rows: [Row] = []
    var cells: [String] = []
    var cell: [UInt8] = []
    var position = 0
    var line = 1
    var firstLine = 1

    mutating func read() throws(Refusal) {
      while position < bytes.count {
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\"") where cell.isEmpty: try quoted()
        case UInt8(ascii: ","): try endCell()
        case UInt8(ascii: "\n"): try endRow()
        case UInt8(ascii: "\r"):
          if position < bytes.count, bytes[position] == UInt8(ascii: "\n") { position += 1 }
          try endRow()
        default: cell.append(byte)
        }
      }
      if !cell.isEmpty || !cells.isEmpty { try endRow() }
    }

    /// The inside of quotes; what follows the closing one belongs to the same cell.
    private mutating func quoted() throws(Refusal) {
      let opened = line
      while position < bytes.count {
        let byte = bytes[position]
        position += 1
        if byte == UInt8(ascii: "\"") {
          guard position < bytes.count, bytes[position] == byte else { return }
          position += 1
        } else if byte == UInt8(ascii: "\n") {
          line += 1
        }
        cell.append(byte)
      }
      throw FileRefusal.make("line \(opened): a quote is not closed", remedy: "close it with \"")
    }

    private mutating func endCell() throws(Refusal) {
      guard let text = String(validating: cell, as: UTF8.self) else {
        throw FileRefusal.make("line \(line) is not UTF-8", remedy: "save the file as CSV in UTF-8")
      }
      cells.append(text.trimmed)
      cell = []
    }

    private mutating func endRow() throws(Refusal) {
      try endCell()
      rows.append(Row(line: firstLine, cells: cells))
      cells = []
      line += 1
      firstLine = line
    }
  }
}

enum FileRefusal {
  static func make(_ message: String, remedy: String) -> Refusal {
    Refusal(.malformed, status: 400, message, remedy: remedy)
  }

  static func make(_ message: String, line: Int, column: Int, remedy: String) -> Refusal {
    make("line \(line), column \(column): \(message)", remedy: remedy)
  }
}

extension String {
  /// Without white space (no-break spaces too) at either end.
  var trimmed: String {
    var rest = self[...]
    while let first = rest.first, first.isWhitespace { rest.removeFirst() }
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return String(rest)
  }

  /// `Authentication-International` and `authentication international` are one column name.
  var columnName: String {
    String(lowercased().map { $0.isLetter || $0.isNumber ? $0 : "_" })
  }

  /// Reads a value from these bytes.
  func read<Value>(_ body: (Text) -> Value?) -> Value? {
    let bytes = Array(utf8)
    return unsafe bytes.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return nil }
      return unsafe body(Text(start: start, count: buffer.count))
    }
  }
}
