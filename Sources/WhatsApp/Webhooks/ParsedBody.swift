import JSONTape

/// The tape of one body, kept as long as a place on it.
///
// @unchecked Sendable: the parser parses nothing else, so its tape does not change.
final class ParsedBody: @unchecked Sendable {
  private let parser: TapeParser
  let root: TapeValue

  init(_ bytes: some Collection<UInt8>, maxDepth: Int) throws(JSONError) {
    parser = TapeParser(maxDepth: maxDepth)
    root = try parser.parse(copying: bytes)
  }
}
