internal import CSimdJSON

/// Parses JSON to simdjson's tape, in buffers it keeps from one parse to the next. One a thread.
///
/// A parse invalidates every ``TapeValue`` and ``Text`` of the parse before.
// @safe: owns its C parser and frees it once. Not Sendable: one thread at a time, which makes the buffers safe to reuse.
@safe
public final class TapeParser {
  /// Bytes that must be readable behind the end of a source.
  public static let padding = Int(tape_padding)

  /// Containers nested deeper than this are refused; a lone object is level 1.
  public let maxDepth: Int

  private let parser: OpaquePointer
  private var copy: UnsafeMutableRawBufferPointer

  public init(maxDepth: Int = 64) {
    precondition(maxDepth > 0, "a container needs at least one level")
    self.maxDepth = maxDepth
    guard let parser = unsafe tape_parser_create(4096, maxDepth + 1) else { fatalError("out of memory") }
    unsafe self.parser = parser
    unsafe copy = UnsafeMutableRawBufferPointer.allocate(byteCount: 0, alignment: 1)
  }

  deinit {
    unsafe tape_parser_destroy(parser)
    unsafe copy.deallocate()
  }

  /// Parses one JSON value of any kind.
  ///
  /// `bytes` must have ``padding`` readable bytes behind its end, and must stay unchanged while texts of it are used.
  public func parse(_ bytes: UnsafeRawBufferPointer) throws(JSONError) -> TapeValue {
    if let code = unsafe failure(parsing: bytes) {
      throw unsafe Diagnosis(body: [UInt8](bytes), format: nil, maxDepth: maxDepth).explain(code)
    }
    guard unsafe !isTooDeep(bytes) else {
      throw unsafe Diagnosis(body: [UInt8](bytes), format: nil, maxDepth: maxDepth).explain(nil)
    }
    return root
  }

  /// Parses a copy, for callers off the hot path.
  public func parse(copying bytes: some Collection<UInt8>) throws(JSONError) -> TapeValue {
    let count = bytes.count
    if unsafe copy.count < count + Self.padding {
      unsafe copy.deallocate()
      unsafe copy = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * count + Self.padding, alignment: 64)
      unsafe copy.initializeMemory(as: UInt8.self, repeating: 0)
    }
    unsafe copy.copyBytes(from: bytes)
    return try unsafe parse(UnsafeRawBufferPointer(rebasing: copy[..<count]))
  }

  /// Whether an empty container stands on a level too deep. simdjson does not count those.
  private func isTooDeep(_ source: UnsafeRawBufferPointer) -> Bool {
    let view = unsafe view
    guard unsafe view.structural_count > 2 * maxDepth, let start = source.baseAddress else { return false }
    return unsafe deepestLevel(
      start.assumingMemoryBound(to: UInt8.self), view.structurals, 0..<view.structural_count) > maxDepth
  }

  /// simdjson's code when it refuses the bytes. Empty containers may be one level too deep.
  func failure(parsing bytes: UnsafeRawBufferPointer) -> Int32? {
    guard let start = bytes.baseAddress else { return unsafe tape_parser_parse(parser, nil, 0) }
    let code = unsafe tape_parser_parse(parser, start.assumingMemoryBound(to: UInt8.self), bytes.count)
    return code == 0 ? nil : code
  }

  static func message(_ code: Int32) -> String { unsafe String(cString: tape_error_message(code)) }

  /// The value of the last parse, which succeeded.
  var root: TapeValue {
    let view = unsafe view
    return unsafe TapeValue(words: view.words, strings: view.strings, position: 1)
  }

  var view: tape_view { unsafe tape_parser_view(parser) }
}
