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
  @usableFromInline private(set) var events: [Event] = []
  private var isParsed = false

  public init(maxDepth: Int = 64) {
    self.maxDepth = maxDepth
    parser = TapeParser(maxDepth: maxDepth)
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
    let form =
      switch format {
      case .single: tape_form_object
      case .array: tape_form_array
      case .lines: tape_form_lines
      }
    if let code = unsafe parser.failure(parsing: body.bytes, form) {
      throw unsafe Diagnosis(body: [UInt8](body.bytes), format: format, maxDepth: maxDepth).explain(code)
    }
    unsafe collect(parser.view)
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
  /// Fills `events` with what was just parsed.
  private func collect(_ view: tape_view) {
    if unsafe view.has_spaced { unsafe compact(view) }
    var found: [Event] = []
    swap(&found, &events)  // one check of exclusive access, not one an event
    let count = unsafe view.element_count
    found.reserveCapacity(count)
    for index in 0..<count {
      let element = unsafe view.elements[index]
      let value = unsafe TapeValue(words: view.words, position: Int(element.position))
      unsafe found.append(Event(value: value, bytes: Text(start: element.bytes, count: Int(element.count))))
    }
    swap(&found, &events)
  }

  /// Puts a copy in the place of each event with white space. All copies together are no longer than the body, so this
  /// allocates at most once.
  private func compact(_ view: tape_view) {
    compacted.removeAll()
    compacted.reserve(body.count)
    for index in 0..<(unsafe view.element_count) {
      let element = unsafe view.elements[index]
      guard unsafe element.is_spaced else { continue }
      let copy = unsafe compacted.appendMinified(element.bytes, count: Int(element.count))
      unsafe view.elements[index].bytes = copy.start
      unsafe view.elements[index].count = UInt32(copy.count)
    }
  }
}
