internal import Glibc
internal import LMDB

/// The keys of consecutive records in a file, sorted, each kind with a filter. Never changed once it has its name.
///
/// The file, little-endian:
///
///      0  8 bytes   WBINDEX and a zero byte
///      8  u32       format version, 1
///     12  u32       0
///     16  u64       first sequence
///     24  u64       last sequence
///     32  u64 u64   identities: entries, blocks of the filter
///     48  u64 u64   subjects: entries, blocks of the filter
///     64  u64       XXH64 (seed 0) of bytes 128 to the end
///     72  16 bytes  the log's random name
///     88  zeros
///    120  u64       XXH64 (seed 0) of bytes 0..<120
///    128  for identities, then subjects, each from a multiple of 64: the filter's blocks; the entries, by key and then
///         sequence: 48 bits of key, 48 bits of sequence
final class IndexRun: Sendable {
  static let headerByteCount = 128
  static let entryByteCount = 12

  struct Section: Sendable {
    var count: Int
    var blockCount: Int
    var filterOffset = 0
    var entriesOffset = 0

    init(count: Int) {
      self.count = count
      blockCount = KeyFilter.blockCount(keys: count)
    }
  }

  let first: UInt64
  let last: UInt64
  let file: MappedFile
  private let identities: Section
  private let subjects: Section

  var recordCount: UInt64 { last - first + 1 }

  func section(_ kind: IndexKind) -> Section { kind == .identity ? identities : subjects }

  /// Opens a file, or gives nil when it is not a whole run of this log.
  init?(path: String, logIdentity: [UInt8]) {
    guard let file = try? MappedFile(reading: path), file.byteCount >= Self.headerByteCount else { return nil }
    let bytes = unsafe UnsafeRawBufferPointer(start: file.start, count: file.byteCount)
    let head = unsafe UnsafeRawBufferPointer(rebasing: bytes[..<120])
    guard unsafe XXH64.hash(head) == loadWord(bytes, 120, UInt64.self),
      unsafe head.prefix(8).elementsEqual("WBINDEX\0".utf8), unsafe loadWord(bytes, 8, UInt32.self) == 1,
      unsafe head[72..<88].elementsEqual(logIdentity)
    else { return nil }
    self.file = file
    first = unsafe loadWord(bytes, 16, UInt64.self)
    last = unsafe loadWord(bytes, 24, UInt64.self)
    var sections = [32, 48].map { offset in
      unsafe Section(count: Int(loadWord(bytes, offset, UInt64.self)))
    }
    guard Self.layOut(&sections) == file.byteCount else { return nil }
    identities = sections[0]
    subjects = sections[1]
  }

  /// Where each section lies; returns the whole length.
  private static func layOut(_ sections: inout [Section]) -> Int {
    var offset = headerByteCount
    func aligned(_ byteCount: Int) -> Int { (byteCount + 63) / 64 * 64 }
    for index in sections.indices {
      sections[index].filterOffset = offset
      offset += aligned(sections[index].blockCount * KeyFilter.blockByteCount)
      sections[index].entriesOffset = offset
      offset += aligned(sections[index].count * entryByteCount)
    }
    return offset
  }

  static func name(_ first: UInt64, _ last: UInt64) -> String { "run-\(first)-\(last)" }

  /// Makes a new run: `fill` gives each kind's entries in order, exactly as many as `counts` says.
  static func write(
    _ first: UInt64, _ last: UInt64, counts: [Int], in folder: String, logIdentity: [UInt8],
    _ fill: (IndexKind, _ add: (IndexEntry) -> Void) throws -> Void
  ) throws -> IndexRun {
    let path = folder + "/" + name(first, last)
    var sections = counts.map { Section(count: $0) }
    let byteCount = layOut(&sections)
    do {
      let file = try MappedFile(creating: path + ".partial", byteCount: byteCount)
      for kind in IndexKind.allCases { try self.fill(file, sections[kind.rawValue], kind, fill) }
      writeHeader(file, first, last, sections, logIdentity)
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

  private static func fill(
    _ file: MappedFile, _ section: Section, _ kind: IndexKind,
    _ fill: (IndexKind, _ add: (IndexEntry) -> Void) throws -> Void
  ) throws {
    let filter = unsafe file.start + section.filterOffset
    let entries = unsafe file.start + section.entriesOffset
    var count = 0
    try fill(kind) { entry in
      let target = unsafe entries + count * entryByteCount
      unsafe target.storeBytes(of: (entry.key | entry.sequence << 48).littleEndian, as: UInt64.self)
      unsafe target.storeBytes(
        of: UInt32(truncatingIfNeeded: entry.sequence >> 16).littleEndian, toByteOffset: 8, as: UInt32.self)
      unsafe KeyFilter.insert(entry.key, into: filter, blockCount: section.blockCount)
      count += 1
    }
    precondition(count == section.count, "a run of \(section.count) entries got \(count)")
  }

  private static func writeHeader(
    _ file: MappedFile, _ first: UInt64, _ last: UInt64, _ sections: [Section], _ logIdentity: [UInt8]
  ) {
    let head = unsafe UnsafeMutableRawBufferPointer(start: file.start, count: headerByteCount)
    unsafe head.copyBytes(from: "WBINDEX\0".utf8)
    unsafe head.storeBytes(of: UInt32(1).littleEndian, toByteOffset: 8, as: UInt32.self)
    let body = unsafe UnsafeRawBufferPointer(
      start: file.start + headerByteCount, count: file.byteCount - headerByteCount)
    var words = [first, last]
    for section in sections { words += [UInt64(section.count), UInt64(section.blockCount)] }
    unsafe words.append(XXH64.hash(body))
    for (index, word) in words.enumerated() {
      unsafe head.storeBytes(of: word.littleEndian, toByteOffset: 16 + 8 * index, as: UInt64.self)
    }
    unsafe UnsafeMutableRawBufferPointer(rebasing: head[72..<88]).copyBytes(from: logIdentity)
    let sum = unsafe XXH64.hash(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(head)[..<120]))
    unsafe head.storeBytes(of: sum.littleEndian, toByteOffset: 120, as: UInt64.self)
  }

  /// Whether everything behind the header is as it was written. Reads the whole file.
  var isIntact: Bool {
    let bytes = unsafe UnsafeRawBufferPointer(start: file.start, count: file.byteCount)
    return unsafe XXH64.hash(UnsafeRawBufferPointer(rebasing: bytes[Self.headerByteCount...]))
      == loadWord(bytes, 64, UInt64.self)
  }
}

// MARK: Looking up
extension IndexRun {
  @inline(__always)
  func entry(_ index: Int, _ section: Section) -> IndexEntry {
    let start = unsafe file.start + section.entriesOffset + index * Self.entryByteCount
    let low = unsafe UInt64(littleEndian: start.loadUnaligned(as: UInt64.self))
    let high = unsafe UInt64(UInt32(littleEndian: start.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
    return IndexEntry(key: low & ((1 << 48) - 1), sequence: low >> 48 | high << 16)
  }

  @inline(__always)
  func mayContain(_ key: UInt64, _ kind: IndexKind) -> Bool {
    let section = section(kind)
    return unsafe KeyFilter.mayContain(key, file.start + section.filterOffset, blockCount: section.blockCount)
  }

  /// Appends the sequences of the key, ascending.
  @inline(__always)
  func find(_ key: UInt64, _ kind: IndexKind, into found: inout [UInt64]) {
    if mayContain(key, kind) { search(key, section(kind), into: &found) }
  }

  /// Keys are spread evenly, so the search begins where the key should be and widens from there.
  private func search(_ key: UInt64, _ section: Section, into found: inout [UInt64]) {
    if section.count == 0 { return }
    let guess = Int((key << 16).multipliedFullWidth(by: UInt64(section.count)).high)
    var low = guess
    var high = guess
    var step = 32
    while low > 0, entry(low, section).key >= key {
      low = max(0, low - step)
      step *= 2
    }
    step = 32
    while high < section.count, entry(high, section).key < key {
      high = min(section.count, high + step)
      step *= 2
    }
    while low < high {
      let middle = (low + high) / 2
      if entry(middle, section).key < key { low = middle + 1 } else { high = middle }
    }
    while low < section.count {
      let entry = entry(low, section)
      if entry.key != key { return }
      found.append(entry.sequence)
      low += 1
    }
  }
}
