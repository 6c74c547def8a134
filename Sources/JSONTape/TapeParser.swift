internal import CSimdJSON

/// Parses JSON to a tape, in buffers it keeps from one parse to the next. One a thread.
///
/// A parse invalidates every ``TapeValue`` and ``Text`` of the parse before.
// @safe: owns its C parser and frees it once. Not Sendable: one thread at a time, which makes the buffers safe to reuse.
@safe
public final class TapeParser {
  /// Bytes that must be readable behind the end of a source.
  public static let padding = Int(tape_padding)

  /// Containers nested deeper than this are refused; a lone object is level 1.
  public let maxDepth: Int

  /// None if there was no memory for it: then each parse says so.
  private let parser: OpaquePointer?
  private var copy: UnsafeMutableRawBufferPointer

  public init(maxDepth: Int = 64) {
    precondition(maxDepth > 0, "a container needs at least one level")
    self.maxDepth = maxDepth
    unsafe parser = tape_parser_create(maxDepth)
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
    if let code = unsafe failure(parsing: bytes, tape_form_value) {
      throw unsafe Diagnosis(body: [UInt8](bytes), format: nil, maxDepth: maxDepth).explain(code)
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

  /// The code when the bytes are refused. ``maxDepth`` is that of each value; an array of objects around them does not count.
  func failure(parsing bytes: UnsafeRawBufferPointer, _ form: tape_form) -> Int32? {
    let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    let code = unsafe tape_parser_parse(parser, start, bytes.count, form)
    return code == 0 ? nil : code
  }

  /// Nil when the code says no more than that the source is not what was asked for.
  static func message(_ code: Int32) -> String? {
    if code == tape_refused { return nil }
    return unsafe String(cString: tape_error_message(code))
  }

  /// The value of the last parse, which succeeded.
  var root: TapeValue {
    unsafe TapeValue(words: view.words, position: 1)
  }

  var view: tape_view { unsafe tape_parser_view(parser) }
}
