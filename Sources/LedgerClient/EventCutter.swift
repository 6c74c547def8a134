/// Finds the events in a stream of JSON: one object, an array of objects, or objects one after another, as lines or
/// spread over several. Decided by the content; whether an event is right is the daemon's to say.
public struct EventCutter {
  public struct Event {
    /// From `{` to `}`, as it stands in the source.
    public var bytes: ArraySlice<UInt8>
    /// The line on which it begins, from 1.
    public var line: Int
  }

  private enum Place { case start, betweenLines, betweenElements, inEvent, behindArray }

  /// What one request may have; an event that is not over by then never ends, or is none.
  static let largestEvent = 16 << 20

  private let name: String
  private var place = Place.start
  private var buffer: [UInt8] = []
  private var scan = EventScan()
  private var eventStart = 0
  private var eventLine = 1
  private var isInArray = false

  /// - Parameter name: what the source is called in a sentence.
  public init(name: String) {
    self.name = name
  }

  public mutating func add(_ bytes: some Collection<UInt8>) {
    let done = place == .inEvent ? eventStart : scan.position
    buffer.removeSubrange(..<done)
    scan.position -= done
    eventStart -= min(done, eventStart)
    buffer.append(contentsOf: bytes)
  }

  /// The next event that is wholly there; nil when more bytes are needed.
  public mutating func next() throws(EventFileError) -> Event? {
    while scan.position < buffer.count {
      if place == .inEvent {
        var scan = scan
        let isOver = scan.passEvent(in: buffer.span)
        self.scan = scan
        guard isOver else {
          if scan.position - eventStart > EventCutter.largestEvent { throw .tooLarge(name, line: eventLine) }
          return nil
        }
        place = isInArray ? .betweenElements : .betweenLines
        return Event(bytes: buffer[eventStart..<scan.position], line: eventLine)
      }
      try passByteBetween()
    }
    return nil
  }

  /// To be called at the end of the source.
  public func finish() throws(EventFileError) {
    if place == .inEvent { throw .unfinished(name, line: eventLine) }
    if place == .betweenElements { throw .unfinishedArray(name) }
  }

  private mutating func passByteBetween() throws(EventFileError) {
    let byte = buffer[scan.position]
    switch byte {
    case UInt8(ascii: "\n"): scan.line += 1
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): break
    case 0xEF where place == .start, 0xBB where place == .start, 0xBF where place == .start: break  // byte order mark
    case UInt8(ascii: "[") where place == .start:
      isInArray = true
      place = .betweenElements
    case UInt8(ascii: "]") where place == .betweenElements: place = .behindArray
    case UInt8(ascii: ",") where place == .betweenElements: break
    case UInt8(ascii: "{") where place != .behindArray:
      place = .inEvent
      eventStart = scan.position
      eventLine = scan.line
      return  // the brace itself is counted as part of the event
    default: throw .notAnEvent(name, line: scan.line, byte: byte)
    }
    scan.position += 1
  }
}

/// Where the search for an event's end stands; kept while more bytes are read.
private struct EventScan {
  var position = 0
  var line = 1
  private var depth = 0
  private var isInString = false
  private var isEscaped = false

  /// Moves behind the event's last brace; false if that is not among these bytes.
  mutating func passEvent(in bytes: borrowing Span<UInt8>) -> Bool {
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if isInString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isInString = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 0 { return true }
      case UInt8(ascii: "\n"): line += 1
      default: break
      }
    }
    return false
  }
}

/// Why a file of events cannot be read.
public enum EventFileError: Error, Hashable, Sendable {
  case notAnEvent(String, line: Int, byte: UInt8)
  case unfinished(String, line: Int)
  case unfinishedArray(String)
  case tooLarge(String, line: Int)

  public var sentence: String {
    switch self {
    case .notAnEvent(let name, let line, let byte):
      "\(name), line \(line): an event begins with {, here stands \(EventFileError.shown(byte))."
    case .unfinished(let name, let line): "\(name) ends inside the event that begins on line \(line)."
    case .unfinishedArray(let name): "\(name) ends before its array does: ] is missing."
    case .tooLarge(let name, let line): "\(name): the event that begins on line \(line) does not end within 16 MiB."
    }
  }

  public var nextStep: String {
    switch self {
    case .notAnEvent, .tooLarge: "Give CloudEvents JSON: one object, an array of objects, or one object a line."
    case .unfinished, .unfinishedArray: "Complete the file and run the command again; nothing is appended twice."
    }
  }

  private static func shown(_ byte: UInt8) -> String {
    (0x21...0x7E).contains(byte) ? String(UnicodeScalar(byte)) : "the byte \(byte)"
  }
}
