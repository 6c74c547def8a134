/// Says in words and with a place why a body was refused. Slow; only for the error path.
///
/// The parser decides what is refused; this only looks for the reason. Where it finds none, it says the parser's.
struct Diagnosis {
  let body: [UInt8]
  /// nil: one value of any kind.
  let format: EventBatchParser.Format?
  let maxDepth: Int

  /// - Parameter code: the parser's, or nil if it is content with the JSON.
  func explain(_ code: Int32?) -> JSONError {
    if body.allSatisfy(JSONChecker.isSpace) { return JSONError(reason: "no JSON: the body is empty") }
    if body.starts(with: [0xEF, 0xBB, 0xBF]) {
      return JSONError(byteOffset: 0, line: 1, reason: "a byte order mark: send UTF-8 without one")
    }
    let found =
      switch format {
      case .lines: firstBadLine()
      case .array: fault(in: body[...], expected: .arrayOfObjects, index: nil)
      case .single: fault(in: body[...], expected: .object, index: 0)
      case nil: fault(in: body[...], expected: .anything, index: nil)
      }
    return found ?? JSONError(reason: code.flatMap(TapeParser.message) ?? "not the JSON that was asked for")
  }

  private func firstBadLine() -> JSONError? {
    var index = 0
    for line in body.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true) {
      if line.allSatisfy(JSONChecker.isSpace) { continue }
      if let error = fault(in: line, expected: .object, index: index) { return error }
      index += 1
    }
    return nil
  }

  private func fault(in bytes: ArraySlice<UInt8>, expected: JSONChecker.Expected, index: Int?) -> JSONError? {
    var checker = JSONChecker(
      bytes, place: format == .lines ? "line" : "body", maxDepth: maxDepth, expected: expected)
    guard let fault = checker.fault() else { return nil }
    let line = 1 + body[..<fault.offset].count { $0 == UInt8(ascii: "\n") }
    return JSONError(index: index ?? fault.index, byteOffset: fault.offset, line: line, reason: fault.reason)
  }
}
