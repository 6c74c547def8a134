extension Text {
  /// Appends this text as a JSON string with its quotes: `"`, `\` and U+0000…U+001F escaped, all else as it is.
  public func appendJSON(to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    var clean = 0  // start of the run not yet copied
    for index in 0..<count {
      let byte = unsafe start[index]
      guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
      unsafe output.append(contentsOf: UnsafeBufferPointer(start: start + clean, count: index - clean))
      appendEscape(of: byte, to: &output)
      clean = index + 1
    }
    unsafe output.append(contentsOf: UnsafeBufferPointer(start: start + clean, count: count - clean))
    output.append(UInt8(ascii: "\""))
  }
}

private func appendEscape(of byte: UInt8, to output: inout [UInt8]) {
  output.append(UInt8(ascii: "\\"))
  switch byte {
  case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.append(byte)
  case 0x08: output.append(UInt8(ascii: "b"))
  case 0x09: output.append(UInt8(ascii: "t"))
  case 0x0A: output.append(UInt8(ascii: "n"))
  case 0x0C: output.append(UInt8(ascii: "f"))
  case 0x0D: output.append(UInt8(ascii: "r"))
  default:
    output.append(contentsOf: "u00".utf8)
    output.append(UInt8(ascii: "0") + byte >> 4)
    output.append(hexDigit(byte & 15))
  }
}

private func hexDigit(_ value: UInt8) -> UInt8 {
  value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}
