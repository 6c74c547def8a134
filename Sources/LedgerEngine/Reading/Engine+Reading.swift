import EventLog
import JSONTape
public import Ledger

extension Engine {
  private static let pageByteCount = 256 << 10

  /// The next page of the records that `filter` lets through.
  public func records(_ filter: RecordFilter, _ style: RecordPage.Style, limit: Int? = nil) async throws -> RecordPage {
    let log = log
    let end = min(filter.to ?? .max, lastSequence + 1)
    return try await readers.run { try Self.page(log, filter, to: end, style, limit: limit ?? .max) }
  }

  private static func page(
    _ log: EventLog, _ filter: RecordFilter, to end: UInt64, _ style: RecordPage.Style, limit: Int
  ) throws -> RecordPage {
    var page = RecordPage(next: filter.from)
    guard filter.from < end else {
      page.isLast = true
      return page
    }
    let parser = FrameParser()
    let type = filter.type.flatMap { EventType(string: $0) }
    let typeBits = type?.bit ?? .max
    try log.forEachFrame(from: filter.from, to: end - 1, wants: { $0.typeBits & typeBits != 0 }) { frame in
      try unsafe parser.parse(frame.bundle)
      var sequence = frame.header.firstSequence
      parser.forEach { _, value, bytes in
        defer { sequence += 1 }
        guard sequence >= filter.from, sequence < end, page.count < limit else { return }
        page.next = sequence + 1
        guard filter.admits(value, type) else { return }
        page.append(bytes, at: sequence, as: style)
      }
      return page.bytes.count < pageByteCount && page.count < limit
    }
    page.isLast = page.bytes.count < pageByteCount && page.count < limit
    if page.isLast { page.next = end }
    return page
  }
}

extension RecordFilter {
  fileprivate func admits(_ record: TapeValue, _ type: EventType?) -> Bool {
    if let account {
      guard record["subject"]?.text?.equals(account) == true else { return false }
    }
    if let type {
      guard record["type"]?.text.flatMap({ EventType(name: $0) }) == type else { return false }
    }
    return true
  }
}

extension Text {
  /// Whether these are the bytes of `string`.
  func equals(_ string: String) -> Bool { unsafe bytes.elementsEqual(string.utf8) }
}

extension EventType {
  /// - Returns: nil for a name that is no type's.
  public init?(string: String) {
    var string = string
    guard let type = string.withUTF8({ unsafe EventType(name: Text(start: $0.baseAddress!, count: $0.count)) }) else {
      return nil
    }
    self = type
  }
}
