extension TapeValue {
  /// Appends this value as compact JSON, members in the order of the document.
  ///
  /// Doubles are written as the shortest decimal that reads back as the same double.
  public func appendJSON(to output: inout [UInt8]) {
    switch kind {
    case .null: output.append(contentsOf: "null".utf8)
    case .bool: output.append(contentsOf: (bool == true ? "true" : "false").utf8)
    case .int64: output.append(contentsOf: String(int64!).utf8)
    case .uint64: output.append(contentsOf: String(uint64!).utf8)
    case .double: output.append(contentsOf: double!.description.utf8)
    case .string: unescaped.appendJSON(to: &output)
    case .array: appendArray(to: &output)
    case .object: appendObject(to: &output)
    }
  }

  private func appendArray(to output: inout [UInt8]) {
    output.append(UInt8(ascii: "["))
    var isFirst = true
    forEachElement { value in
      if !isFirst { output.append(UInt8(ascii: ",")) }
      isFirst = false
      value.appendJSON(to: &output)
    }
    output.append(UInt8(ascii: "]"))
  }

  private func appendObject(to output: inout [UInt8]) {
    output.append(UInt8(ascii: "{"))
    var isFirst = true
    forEachMember { name, value in
      if !isFirst { output.append(UInt8(ascii: ",")) }
      isFirst = false
      name.appendJSON(to: &output)
      output.append(UInt8(ascii: ":"))
      value.appendJSON(to: &output)
    }
    output.append(UInt8(ascii: "}"))
  }
}
