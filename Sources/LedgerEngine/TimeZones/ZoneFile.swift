/// A zone's offsets as the system's tzdata gives them, read from a TZif file (RFC 8536).
struct ZoneFile {
  /// When an offset starts to hold, and the offset. Seconds since 1970 UTC, seconds east of UTC.
  struct Transition: Hashable {
    var at: Int64
    var offsetSeconds: Int64
  }

  private var transitions: [Transition] = []
  private var firstOffset: Int64 = 0
  private var rule: PosixZoneRule?

  /// - Returns: nil when the bytes are not a TZif file of version 2 or later.
  init?(_ bytes: [UInt8]) {
    var reader = BigEndianReader(bytes: bytes)
    guard let first = Header(&reader), first.version >= 2 else { return nil }
    reader.skip(first.dataByteCount(timeByteCount: 4))
    guard let header = Header(&reader) else { return nil }
    guard readTransitions(&reader, header) else { return nil }
    rule = PosixZoneRule(footer: reader.rest)
  }

  /// The offset at `start`, then each change before `end`.
  func transitions(from start: Int64, to end: Int64) -> [Transition] {
    var known = transitions
    if let rule {
      let lastKnown = known.last?.at ?? .min
      known += rule.transitions(from: max(start, lastKnown == .min ? start : lastKnown + 1), to: end)
    }
    var offset = known.last { $0.at <= start }?.offsetSeconds ?? firstOffset
    if known.isEmpty, let rule { offset = rule.standardOffset }
    var result = [Transition(at: start, offsetSeconds: offset)]
    for transition in known where transition.at > start && transition.at < end && transition.offsetSeconds != offset {
      result.append(transition)
      offset = transition.offsetSeconds
    }
    return result
  }

  private mutating func readTransitions(_ reader: inout BigEndianReader, _ header: Header) -> Bool {
    var times: [Int64] = []
    for _ in 0..<header.timeCount {
      guard let time = reader.int64() else { return false }
      times.append(time)
    }
    guard let kinds = reader.bytes(header.timeCount) else { return false }
    var offsets: [Int64] = []
    for _ in 0..<header.typeCount {
      guard let offset = reader.int32(), reader.bytes(2) != nil else { return false }
      offsets.append(Int64(offset))
    }
    guard let first = offsets.first, kinds.allSatisfy({ Int($0) < offsets.count }) else { return false }
    firstOffset = first
    transitions = zip(times, kinds).map { Transition(at: $0, offsetSeconds: offsets[Int($1)]) }
    reader.skip(header.characterCount + header.leapCount * 12 + header.standardCount + header.utcCount)
    return true
  }

  private struct Header {
    var version: UInt8
    var utcCount, standardCount, leapCount, timeCount, typeCount, characterCount: Int

    init?(_ reader: inout BigEndianReader) {
      guard reader.bytes(4) == Array("TZif".utf8), let version = reader.bytes(1)?[0], reader.bytes(15) != nil else {
        return nil
      }
      self.version = version == 0 ? 1 : version &- UInt8(ascii: "0")
      var counts: [Int] = []
      for _ in 0..<6 {
        guard let count = reader.int32(), count >= 0 else { return nil }
        counts.append(Int(count))
      }
      (utcCount, standardCount, leapCount) = (counts[0], counts[1], counts[2])
      (timeCount, typeCount, characterCount) = (counts[3], counts[4], counts[5])
    }

    func dataByteCount(timeByteCount: Int) -> Int {
      timeCount * (timeByteCount + 1) + typeCount * 6 + characterCount + leapCount * (timeByteCount + 4) + standardCount
        + utcCount
    }
  }
}

/// Big-endian numbers from an array, in order.
struct BigEndianReader {
  let bytes: [UInt8]
  private(set) var position = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  var rest: [UInt8] { Array(bytes.dropFirst(position)) }

  mutating func skip(_ count: Int) { position = min(bytes.count, position + count) }

  mutating func bytes(_ count: Int) -> [UInt8]? {
    guard position + count <= bytes.count else { return nil }
    defer { position += count }
    return Array(bytes[position..<position + count])
  }

  mutating func int32() -> Int32? {
    bytes(4).map { Int32(bitPattern: $0.reduce(0) { $0 << 8 | UInt32($1) }) }
  }

  mutating func int64() -> Int64? {
    bytes(8).map { Int64(bitPattern: $0.reduce(0) { $0 << 8 | UInt64($1) }) }
  }
}
