internal import Glibc
internal import LMDB

/// The keys of consecutive records in a file, sorted. Never changed once it has its name.
///
/// The file, little-endian:
///
///      0  8 bytes   WBINDEX and a zero byte
///      8  u32       format version, 2
///     12  u32       0
///     16  u64       first sequence
///     24  u64       last sequence
///     32  u64 u64   identities: entries, bytes of their blocks
///     48  u64 u64   subjects
///     64  u64 u64   groups
///     80  u64       XXH64 (seed 0) of bytes 128 to the end
///     88  16 bytes  the log's random name
///    104  zeros
///    120  u64       XXH64 (seed 0) of bytes 0..<120
///    128  the sections of identities, subjects and groups (``IndexSection``); 1,024 zeros
final class IndexRun: Sendable {
  static let headerByteCount = 128
  static let formatVersion: UInt32 = 2

  let first: UInt64
  let last: UInt64
  let file: MappedFile
  let identities: IndexSection
  let subjects: IndexSection
  let groups: IndexSection

  var recordCount: UInt64 { last - first + 1 }

  func section(_ kind: IndexKind) -> IndexSection {
    switch kind {
    case .identity: identities
    case .subject: subjects
    case .group: groups
    }
  }

  /// Opens a file, or gives nil when it is not a whole run of this log.
  init?(path: String, logIdentity: [UInt8]) {
    guard let file = try? MappedFile(reading: path), file.byteCount >= Self.headerByteCount else { return nil }
    let bytes = unsafe UnsafeRawBufferPointer(start: file.start, count: file.byteCount)
    let head = unsafe UnsafeRawBufferPointer(rebasing: bytes[..<120])
    guard unsafe XXH64.hash(head) == loadWord(bytes, 120, UInt64.self),
      unsafe head.prefix(8).elementsEqual("WBINDEX\0".utf8),
      unsafe loadWord(bytes, 8, UInt32.self) == Self.formatVersion,
      unsafe head[88..<104].elementsEqual(logIdentity)
    else { return nil }
    self.file = file
    let first = unsafe loadWord(bytes, 16, UInt64.self)
    let last = unsafe loadWord(bytes, 24, UInt64.self)
    guard first >= 1, last >= first, last - first < 1 << UInt64(IndexBlock.wholeNumberBits) else { return nil }
    var offset = Self.headerByteCount
    let sections = IndexKind.allCases.map { kind in
      let count = unsafe Int(loadWord(bytes, 32 + 16 * kind.rawValue, UInt64.self))
      var section = IndexSection(kind, count: count, at: offset, first: first, last: last)
      section.blocksByteCount = unsafe Int(loadWord(bytes, 40 + 16 * kind.rawValue, UInt64.self))
      offset = section.end
      return section
    }
    guard offset + IndexBlock.mostByteCount == file.byteCount else { return nil }
    (self.first, self.last) = (first, last)
    (identities, subjects, groups) = (sections[0], sections[1], sections[2])
  }

  static func name(_ first: UInt64, _ last: UInt64) -> String { "run-\(first)-\(last)" }

  /// Makes a new run: `fill` adds each kind's entries in order, exactly as many as `counts` says.
  static func write(
    _ first: UInt64, _ last: UInt64, counts: [Int], in folder: String, logIdentity: [UInt8],
    _ fill: (IndexKind, SectionWriter) throws -> Void
  ) throws -> IndexRun {
    let path = folder + "/" + name(first, last)
    do {
      let file = try NewFile(path + ".partial")
      var sections: [IndexSection] = []
      for kind in IndexKind.allCases {
        let section = IndexSection(
          kind, count: counts[kind.rawValue], at: sections.last?.end ?? headerByteCount, first: first, last: last)
        let writer = SectionWriter(section, file)
        try fill(kind, writer)
        sections.append(try writer.finish())
      }
      try file.setByteCount(sections[sections.count - 1].end + IndexBlock.mostByteCount)
      try writeHeader(file, first, last, sections, logIdentity)
      try file.sync()
      try LogFolder.rename(path + ".partial", to: path)
    } catch {
      unsafe unlink(path + ".partial")
      throw error
    }
    guard let run = IndexRun(path: path, logIdentity: logIdentity) else {
      throw LogError.damaged(path: path, place: "its header", reason: "it is not as it was just written")
    }
    return run
  }

  private static func writeHeader(
    _ file: NewFile, _ first: UInt64, _ last: UInt64, _ sections: [IndexSection], _ logIdentity: [UInt8]
  ) throws {
    var words = [first, last]
    for section in sections { words += [UInt64(section.count), UInt64(section.blocksByteCount)] }
    words.append(bodyHash(try MappedFile(reading: file.path)))
    try unsafe withUnsafeTemporaryAllocation(byteCount: headerByteCount, alignment: 8) { head in
      unsafe head.initializeMemory(as: UInt8.self, repeating: 0)
      unsafe head.copyBytes(from: "WBINDEX\0".utf8)
      unsafe head.storeBytes(of: formatVersion.littleEndian, toByteOffset: 8, as: UInt32.self)
      for (index, word) in words.enumerated() {
        unsafe head.storeBytes(of: word.littleEndian, toByteOffset: 16 + 8 * index, as: UInt64.self)
      }
      unsafe UnsafeMutableRawBufferPointer(rebasing: head[88..<104]).copyBytes(from: logIdentity)
      let sum = unsafe XXH64.hash(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(head)[..<120]))
      unsafe head.storeBytes(of: sum.littleEndian, toByteOffset: 120, as: UInt64.self)
      try unsafe file.write(UnsafeRawBufferPointer(head), at: 0)
    }
  }

  private static func bodyHash(_ file: MappedFile) -> UInt64 {
    unsafe XXH64.hash(
      UnsafeRawBufferPointer(start: file.start + headerByteCount, count: file.byteCount - headerByteCount))
  }

  /// Whether everything behind the header is as it was written. Reads the whole file.
  var isIntact: Bool {
    let bytes = unsafe UnsafeRawBufferPointer(start: file.start, count: file.byteCount)
    return unsafe Self.bodyHash(file) == loadWord(bytes, 80, UInt64.self)
  }
}

// MARK: Looking up
extension IndexRun {
  /// Asks for what ``mayContain(identity:_:)`` will read.
  @inline(__always)
  func fetch(identity key: UInt64) { unsafe identities.fetch(key, file.start) }

  @inline(__always)
  func mayContain(identity key: UInt64, _ bits: KeyFilter.Bits) -> Bool {
    unsafe identities.mayContain(key, bits, file.start)
  }

  /// Without the filter.
  func contains(identity key: UInt64) -> Bool {
    var isFound = false
    unsafe identities.forEach(key, file.start) { _ in
      isFound = true
      return false
    }
    return isFound
  }

  /// Appends the sequences of the key, ascending.
  func find(identity key: UInt64, into found: inout [UInt64]) {
    guard mayContain(identity: key, KeyFilter.bits(of: key)) else { return }
    unsafe identities.forEach(key, file.start) { sequence in
      found.append(sequence)
      return true
    }
  }

  /// Appends the frames of the key up to `last`, ascending.
  func findFrames(_ kind: IndexKind, of key: UInt64, upTo last: UInt64, into found: inout [UInt64]) {
    unsafe section(kind).forEach(key, file.start) { frame in
      if frame > last { return false }
      // Where one run ended inside a frame and the next began, both name it.
      if found.last != frame { found.append(frame) }
      return true
    }
  }
}
