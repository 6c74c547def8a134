import EventLog
import JSONTape
public import Ledger

extension Engine {
  private static let pageByteCount = 256 << 10
  /// Of a stretch up to so long all frames are read; of a longer one those that may hold the account asked for.
  private static let shortStretch = 4_096 as UInt64
  private static let framesPerLook = 1_024

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
    if let account = filter.account, end - filter.from > shortStretch {
      return try Self.page(of: account, log, filter, to: end, style, limit: limit)
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

  /// As the other, by way of the index: an account among thousands has records in few frames, and few in each.
  private static func page(
    of account: String, _ log: EventLog, _ filter: RecordFilter, to end: UInt64, _ style: RecordPage.Style, limit: Int
  ) throws -> RecordPage {
    var page = RecordPage(next: filter.from)
    var places =
      if let known = filter.places, known.end == end { known } else {
        AccountFrames(numbers: try log.frames(group: Fingerprint(account: account), upTo: end - 1)[...], end: end)
      }
    let type = filter.type.flatMap { EventType(string: $0) }
    let typeBits = type?.bit ?? .max
    let sieve = RecordSieve(containing: account)
    let parser = TapeParser()
    places.numbers = places.numbers.drop { ($0 + 1) * UInt64(FrameHeader.recordsPerFrame) < filter.from }
    var isFull = false
    while !isFull, !places.numbers.isEmpty {
      let some = places.numbers.prefix(framesPerLook)
      try log.forEachFrame(numbered: Array(some), wants: { $0.typeBits & typeBits != 0 }) { frame in
        try sieve.forEachRecord(of: frame) { sequence, bytes in
          guard sequence >= filter.from, sequence < end, page.count < limit else { return }
          let record = try unsafe parser.parse(bytes)
          guard filter.admits(record, type) else { return }
          unsafe page.append(bytes, at: sequence, as: style)
          page.next = sequence + 1
        }
        isFull = page.bytes.count >= pageByteCount || page.count >= limit
        return !isFull
      }
      // Of a full page the last frame may have more: it is met again.
      if !isFull { places.numbers = places.numbers.dropFirst(some.count) }
    }
    page.places = places
    page.isLast = !isFull
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
