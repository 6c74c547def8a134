internal import CSimdJSON

/// Parses all records of a frame at once.
///
/// A frame is a C2SP entry bundle: for each record a big-endian 16-bit length, then the record, one JSON object. One a
/// thread; values and texts are valid until the next parse and as long as the frame's bytes are.
// @safe: texts point into the caller's frame as documented; not Sendable.
@safe
public final class FrameParser {
  /// Bytes that must be writable behind a frame.
  public static let padding = TapeParser.padding

  private let parser: TapeParser
  @usableFromInline private(set) var records: [Text] = []
  @usableFromInline private(set) var root: TapeValue?

  public init(maxDepth: Int = 64) {
    parser = TapeParser(maxDepth: maxDepth)
  }

  /// How many records the frame has.
  public var count: Int { records.count }

  /// Parses `bundle`, whose lengths are overwritten: it becomes a JSON array.
  ///
  /// ``padding`` bytes behind it must be writable; the first becomes `]`. (simdjson reads at most a block of 64 bytes from
  /// the last scalar on, which two bytes and more precede the end; so what remains of the padding is enough.)
  /// - Throws: an error without a line when lengths do not fit or records are not JSON objects.
  public func parse(_ bundle: UnsafeMutableRawBufferPointer) throws(JSONError) {
    root = nil
    records.removeAll(keepingCapacity: true)
    guard bundle.count > 0, let base = bundle.baseAddress else { return }
    let start = unsafe base.assumingMemoryBound(to: UInt8.self)
    try unsafe join(start, count: bundle.count)
    unsafe start[bundle.count] = UInt8(ascii: "]")
    let source = unsafe UnsafeRawBufferPointer(start: base, count: bundle.count + 1)
    if let code = unsafe parser.failure(parsing: source, tape_form_array) {
      throw unsafe Diagnosis(body: [UInt8](source), format: .array, maxDepth: parser.maxDepth).explain(code)
    }
    try unsafe checkBorders(parser.view)
    root = parser.root
  }

  /// Calls `body` with each record of the frame in order.
  @inlinable
  public func forEach<Failure: Error>(
    _ body: (_ index: Int, _ value: TapeValue, _ bytes: Text) throws(Failure) -> Void
  ) throws(Failure) {
    guard let root else { return }
    let records = records  // one check of exclusive access, not one a record
    var index = 0
    try root.forEachElement { (value) throws(Failure) in
      try body(index, value, records[index])
      index += 1
    }
  }

  /// Each object must lie in its record: a string, for one, may not begin in a record and end in the next.
  private func checkBorders(_ view: tape_view) throws(JSONError) {
    let count = unsafe view.element_count
    guard count == records.count else { throw JSONError(reason: "\(records.count) records hold \(count) JSON values") }
    for index in 0..<count {
      let record = records[index]
      let start = unsafe view.elements[index].bytes - record.start
      guard start >= 0, unsafe start + Int(view.elements[index].count) <= record.count else {
        throw JSONError(index: index, reason: "a record is not one JSON object")
      }
    }
  }

  /// Writes `[ ` over the first length and `, ` over the others.
  private func join(_ start: UnsafeMutablePointer<UInt8>, count: Int) throws(JSONError) {
    var offset = 0
    while offset < count {
      guard count - offset >= 2 else { throw JSONError(byteOffset: offset, reason: "half a record length") }
      let length = unsafe Int(start[offset]) << 8 | Int(start[offset + 1])
      guard length <= count - offset - 2 else {
        throw JSONError(
          index: records.count, byteOffset: offset, reason: "record of \(length) bytes ends behind the frame")
      }
      unsafe start[offset] = offset == 0 ? UInt8(ascii: "[") : UInt8(ascii: ",")
      unsafe start[offset + 1] = UInt8(ascii: " ")
      unsafe records.append(Text(start: start + offset + 2, count: length))
      offset += 2 + length
    }
  }
}
