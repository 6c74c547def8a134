internal import CSimdJSON

/// A request body cut into events: each event's value, and the bytes it was received as without white space outside
/// strings. The whole body is parsed at once.
///
/// Collect a body with ``append(_:)``, ``parse(_:)`` it once, read the events, ``removeAll()``, and begin again; buffers
/// are kept. Values and texts stay valid until the next ``removeAll()``. One a thread.
// @safe: values and texts point into buffers that this object owns and does not touch between parse and removeAll. Not
// Sendable.
@safe
public final class EventBatchParser {
  /// How events stand in a body.
  public enum Format: Sendable {
    /// One object: `application/cloudevents+json`.
    case single
    /// An array of objects: `application/cloudevents-batch+json`.
    case array
    /// An object a line, blank lines allowed: `application/x-ndjson`.
    case lines
  }

  @frozen
  public struct Event {
    public let value: TapeValue
    /// As received, white space outside strings removed.
    public let bytes: Text
  }

  /// Events nested deeper than this are refused; the event itself is level 1.
  public let maxDepth: Int

  private let parser: TapeParser
  private var body = PaddedBuffer(capacity: 64 << 10)
  private var compacted = PaddedBuffer(capacity: 0)
  private var separators = LineSeparators()
  @usableFromInline private(set) var events: [Event] = []
  private var isParsed = false

  public init(maxDepth: Int = 64) {
    self.maxDepth = maxDepth
    parser = TapeParser(maxDepth: maxDepth + 1)  // the array around the events
  }

  /// Bytes collected.
  public var byteCount: Int { body.count }

  /// Forgets body and events.
  public func removeAll() {
    body.removeAll()
    // A body of millions of `{}` must not hold its memory for ever.
    events.removeAll(keepingCapacity: events.capacity <= 1 << 16)
    isParsed = false
  }

  /// Makes room for a body of `byteCount` bytes in one step.
  public func reserve(_ byteCount: Int) { body.reserve(byteCount) }

  public func append(_ bytes: UnsafeRawBufferPointer) {
    precondition(!isParsed, "a parsed body does not grow: removeAll first")
    unsafe body.append(bytes)
  }

  public func append(contentsOf bytes: [UInt8]) { unsafe bytes.withUnsafeBytes { unsafe append($0) } }

  /// Finds the events of the body and returns how many there are. An empty array is no error; an empty body is.
  ///
  /// - Throws: where and why the body is not what `format` says. No event can be read then.
  @discardableResult
  public func parse(_ format: Format) throws(JSONError) -> Int {
    precondition(!isParsed, "a body is parsed once: removeAll first")
    isParsed = true
    switch format {
    case .single: try parseSingle()
    case .array: try parseArray()
    case .lines: try parseLines()
    }
    return events.count
  }

  /// How many events the body has; 0 before a successful parse.
  public var count: Int { events.count }

  public subscript(index: Int) -> Event { events[index] }

  /// Calls `body` with each event in order.
  @inlinable
  public func forEach<Failure: Error>(
    _ body: (_ index: Int, _ value: TapeValue, _ bytes: Text) throws(Failure) -> Void
  ) throws(Failure) {
    let events = events  // one check of exclusive access, not one an event
    for index in events.indices {
      let event = events[index]
      try body(index, event.value, event.bytes)
    }
  }
}

extension EventBatchParser {
  private func parseSingle() throws(JSONError) {
    let source = unsafe body.bracketed()
    if let code = unsafe parser.failure(parsing: source) { throw diagnosis(.single).explain(code) }
    guard parser.root.count == 1 else { throw diagnosis(.single).explain(nil) }
    try unsafe collect(source, .single)
  }

  private func parseArray() throws(JSONError) {
    if let code = unsafe parser.failure(parsing: body.bytes) { throw diagnosis(.array).explain(code) }
    guard parser.root.isArray else { throw diagnosis(.array).explain(nil) }
    try unsafe collect(body.bytes, .array)
  }

  private func parseLines() throws(JSONError) {
    unsafe separators.write(to: body.start, count: body.count)
    guard separators.lineCount > 0 else { throw diagnosis(.lines).explain(nil) }
    let source = unsafe body.bracketed()
    if let code = unsafe parser.failure(parsing: source) {
      unsafe separators.restore(in: body.start)
      throw diagnosis(.lines).explain(code)
    }
    try unsafe collect(source, .lines)
  }

  private func diagnosis(_ format: Format) -> Diagnosis {
    unsafe Diagnosis(body: [UInt8](body.bytes), format: format, maxDepth: maxDepth)
  }

  /// Fills `events` from the array that was just parsed.
  private func collect(_ source: UnsafeRawBufferPointer, _ format: Format) throws(JSONError) {
    let source = unsafe source.baseAddress!.assumingMemoryBound(to: UInt8.self)
    let root = parser.root
    var scan = unsafe ElementScan(source: source, view: parser.view)
    var found: [Event] = []
    swap(&found, &events)  // one check of exclusive access, not one an event
    compacted.removeAll()
    while !scan.isAtEnd {
      guard let element = scan.advance(), !scan.isDeeper(element, than: maxDepth) else { throw refused(format) }
      // A line must be an event by itself, not half of one or two of them: each comma between events is a newline.
      guard format != .lines || isSeparator(element, found.count) else { throw refused(format) }
      let bytes = unsafe compact(element, of: source)
      precondition(
        bytes[0] == UInt8(ascii: "{") && bytes[bytes.count - 1] == UInt8(ascii: "}"), "event \(found.count) cut wrongly"
      )
      found.append(Event(value: root.at(element.position), bytes: bytes))
    }
    guard format != .lines || found.count == separators.lineCount else { throw refused(format) }
    swap(&found, &events)
  }

  private func isSeparator(_ element: ElementScan.Element, _ index: Int) -> Bool {
    // The source starts one byte before the body. Behind the last element stands the `]`.
    index == separators.lineCount - 1
      ? element.separator == body.count + 1
      : index < separators.lineCount && element.separator == separators.positions[index] + 1
  }

  private func refused(_ format: Format) -> JSONError {
    if format == .lines { unsafe separators.restore(in: body.start) }
    return diagnosis(format).explain(nil)
  }

  private func compact(_ element: ElementScan.Element, of source: UnsafePointer<UInt8>) -> Text {
    let count = element.end - element.start
    guard element.isSpaced else { return unsafe Text(start: source + element.start, count: count) }
    // All compacted events together are no longer than the body, so this allocates at most once a body.
    compacted.reserve(body.count)
    return unsafe compacted.appendMinified(source + element.start, count: count)
  }
}
