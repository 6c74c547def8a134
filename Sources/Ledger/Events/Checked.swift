public import JSONTape

/// What is rare and large in an event: it was checked when the event was, and is read from the tape again when it is asked
/// for. So an event is flat, and copying the frequent ones, which hold nothing of the kind, costs no reference counts.
///
/// Valid as long as the event's texts are.
public struct Checked<Payload: CheckedPayload>: Sendable {
  private let data: TapeValue

  init(_ data: TapeValue) throws(Refusal) {
    _ = try Payload(data)
    self.data = data
  }

  /// - Complexity: that of checking it.
  public var payload: Payload {
    do { return try Payload(data) } catch { preconditionFailure("what was checked is refused now: \(error)") }
  }
}

/// An event's `data` of one type.
public protocol CheckedPayload: Sendable {
  init(_ data: TapeValue) throws(Refusal)
}

/// A list whose elements were checked when the event was, and are read from the tape again where it is walked.
///
/// Valid as long as the event's texts are.
public struct CheckedList<Element: CheckedElement>: Sequence, Sendable {
  private let array: TapeValue

  /// Every element of `array` passes as an `Element`.
  init(_ array: TapeValue) { self.array = array }

  public var count: Int { array.count }

  public func makeIterator() -> IndexingIterator<[Element]> {
    var elements: [Element] = []
    elements.reserveCapacity(count)
    array.forEachElement { value in
      guard let element = Element(checked: value) else { preconditionFailure("what was checked is refused now") }
      elements.append(element)
    }
    return elements.makeIterator()
  }
}

public protocol CheckedElement: Sendable {
  init?(checked value: TapeValue)
}

extension Text: CheckedElement {
  public init?(checked value: TapeValue) {
    guard let text = value.text else { return nil }
    self = text
  }
}

extension Zone.Transition: CheckedElement {
  /// Reads `["2026-03-08T07:00:00Z",-14400]`: an instant, and seconds east of UTC from then on.
  public init?(checked value: TapeValue) {
    var parts: [TapeValue] = []
    value.forEachElement { parts.append($0) }
    guard parts.count == 2, let text = parts[0].text, let at = Timestamp(text), let offset = parts[1].int64,
      (-93_600...93_600).contains(offset)
    else { return nil }
    self.init(at: at, offsetSeconds: Int32(offset))
  }
}
