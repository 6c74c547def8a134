/// What is known of a frame without reading its records.
///
/// A frame lies in a value of table `frames` as a header of 72 bytes and the zstd frame behind it; in a value of
/// table `tail`, where the newest, unfinished frame is kept, as the same header and the bare bytes. The header,
/// little-endian:
///
///      0  u16  format version: 1, or 2 where the records are packed (``PackingSign``); retired versions are never reused
///      2  u16  count of records, 1...256
///      4  u32  byteCount of the records as a C2SP entry bundle (u16 big-endian length and record, for each)
///      8  u64  first sequence
///     16  u32  byteCount stored behind the header
///     20  u32  checksum of what was compressed, the packed records or the entry bundle: the low 32 bits of its XXH64 (seed 0);
///              zstd ends with the same four bytes
///     24  i64  earliest event time, µs since 1970-01-01T00:00:00Z
///     32  i64  latest event time
///     40  i64  earliest recorded time
///     48  i64  latest recorded time
///     56  u64  the types it holds, one bit each
///     64  u32  byteCount of the packed records; 0 in version 1
///     68  u32  checksum of bytes 0..<68: the low 32 bits of their XXH64 (seed 0)
public struct FrameHeader: Hashable, Sendable {
  public internal(set) var firstSequence: UInt64
  public internal(set) var count = 0
  /// Of the entry bundle: the records, and two bytes for each.
  public internal(set) var byteCount = 0
  /// Of the bytes behind the header.
  public internal(set) var storedByteCount = 0
  public internal(set) var checksum: UInt32 = 0
  /// Of the packed records; 0 where they are not packed.
  public internal(set) var packedByteCount = 0
  public internal(set) var earliestEventTime = Int64.max
  public internal(set) var latestEventTime = Int64.min
  public internal(set) var earliestRecordedTime = Int64.max
  public internal(set) var latestRecordedTime = Int64.min
  public internal(set) var typeBits: UInt64 = 0

  /// Of a frame whose records are not packed, and of one whose records are.
  static let (formatVersion, packedFormatVersion) = (UInt16(1), UInt16(2))
  static let byteCount = 72
  /// Of every frame but the newest: frame *i* holds records 256 *i* + 1 to 256 *i* + 256.
  public static let recordsPerFrame = 256

  init(firstSequence: UInt64) {
    self.firstSequence = firstSequence
  }

  public var lastSequence: UInt64 { firstSequence + UInt64(count) - 1 }
  var isPacked: Bool { packedByteCount > 0 }

  @inline(__always)
  mutating func add(_ facts: RecordFacts) {
    count += 1
    earliestEventTime = min(earliestEventTime, facts.eventTime)
    latestEventTime = max(latestEventTime, facts.eventTime)
    earliestRecordedTime = min(earliestRecordedTime, facts.recordedTime)
    latestRecordedTime = max(latestRecordedTime, facts.recordedTime)
    typeBits |= facts.typeBit
  }

  /// Adds what a header of the records right behind these says.
  mutating func add(_ next: FrameHeader) {
    count += next.count
    byteCount += next.byteCount
    earliestEventTime = min(earliestEventTime, next.earliestEventTime)
    latestEventTime = max(latestEventTime, next.latestEventTime)
    earliestRecordedTime = min(earliestRecordedTime, next.earliestRecordedTime)
    latestRecordedTime = max(latestRecordedTime, next.latestRecordedTime)
    typeBits |= next.typeBits
  }
}

extension FrameHeader {
  /// Writes the 72 bytes.
  func write(to target: UnsafeMutableRawPointer) {
    let version = isPacked ? Self.packedFormatVersion : Self.formatVersion
    unsafe target.storeBytes(of: version.littleEndian, toByteOffset: 0, as: UInt16.self)
    unsafe target.storeBytes(of: UInt16(count).littleEndian, toByteOffset: 2, as: UInt16.self)
    unsafe target.storeBytes(of: UInt32(byteCount).littleEndian, toByteOffset: 4, as: UInt32.self)
    unsafe target.storeBytes(of: firstSequence.littleEndian, toByteOffset: 8, as: UInt64.self)
    unsafe target.storeBytes(of: UInt32(storedByteCount).littleEndian, toByteOffset: 16, as: UInt32.self)
    unsafe target.storeBytes(of: checksum.littleEndian, toByteOffset: 20, as: UInt32.self)
    unsafe target.storeBytes(of: earliestEventTime.littleEndian, toByteOffset: 24, as: Int64.self)
    unsafe target.storeBytes(of: latestEventTime.littleEndian, toByteOffset: 32, as: Int64.self)
    unsafe target.storeBytes(of: earliestRecordedTime.littleEndian, toByteOffset: 40, as: Int64.self)
    unsafe target.storeBytes(of: latestRecordedTime.littleEndian, toByteOffset: 48, as: Int64.self)
    unsafe target.storeBytes(of: typeBits.littleEndian, toByteOffset: 56, as: UInt64.self)
    unsafe target.storeBytes(of: UInt32(packedByteCount).littleEndian, toByteOffset: 64, as: UInt32.self)
    let sum = unsafe XXH64.low(UnsafeRawBufferPointer(start: target, count: 68))
    unsafe target.storeBytes(of: sum.littleEndian, toByteOffset: 68, as: UInt32.self)
  }

  /// Reads a header and checks everything it says of itself.
  init(reading bytes: UnsafeRawBufferPointer) throws(FrameDamage) {
    guard bytes.count >= Self.byteCount else { throw FrameDamage(reason: "it is cut off in its header") }
    let sum = unsafe XXH64.low(UnsafeRawBufferPointer(rebasing: bytes[0..<68]))
    guard unsafe sum == loadWord(bytes, 68, UInt32.self) else {
      throw FrameDamage(reason: "its header does not match its checksum")
    }
    let version = unsafe loadWord(bytes, 0, UInt16.self)
    guard version == Self.formatVersion || version == Self.packedFormatVersion else {
      throw FrameDamage(reason: "it has format \(version), which this version does not read")
    }
    packedByteCount = unsafe Int(loadWord(bytes, 64, UInt32.self))
    count = unsafe Int(loadWord(bytes, 2, UInt16.self))
    byteCount = unsafe Int(loadWord(bytes, 4, UInt32.self))
    firstSequence = unsafe loadWord(bytes, 8, UInt64.self)
    storedByteCount = unsafe Int(loadWord(bytes, 16, UInt32.self))
    checksum = unsafe loadWord(bytes, 20, UInt32.self)
    earliestEventTime = unsafe loadWord(bytes, 24, Int64.self)
    latestEventTime = unsafe loadWord(bytes, 32, Int64.self)
    earliestRecordedTime = unsafe loadWord(bytes, 40, Int64.self)
    latestRecordedTime = unsafe loadWord(bytes, 48, Int64.self)
    typeBits = unsafe loadWord(bytes, 56, UInt64.self)
    guard (1...Self.recordsPerFrame).contains(count), byteCount >= 2 * count, byteCount <= count * 65_537,
      firstSequence >= 1, storedByteCount <= bytes.count - Self.byteCount,
      isPacked == (version == Self.packedFormatVersion), packedByteCount <= byteCount
    else { throw FrameDamage(reason: "its header contradicts itself") }
  }
}

/// What is wrong with a frame.
struct FrameDamage: Error {
  let reason: String
}

@inline(__always)
func loadWord<Word: FixedWidthInteger & BitwiseCopyable>(
  _ bytes: UnsafeRawBufferPointer, _ offset: Int, _: Word.Type
) -> Word {
  unsafe Word(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Word.self))
}
