internal import CScan

/// Unpacks what ``FramePacker`` packed. It trusts nothing: a frame may have been changed with its checksums.
@safe
struct FrameUnpacker: ~Copyable {
  private var source: UnsafeRawPointer
  private let sourceEnd: UnsafeRawPointer
  private var target: UnsafeMutableRawPointer
  private let targetEnd: UnsafeMutableRawPointer
  /// The text of the last id, in what was unpacked.
  private var messageID = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
  /// The phone number in it, in what is packed.
  private var phone: UnsafeRawBufferPointer?
  /// The last moment, in what is packed.
  private var moment: UnsafeRawBufferPointer?

  private static let damage = FrameDamage(reason: "its packed records contradict themselves or its header")

  /// Fills `bundle` exactly with so many records as an entry bundle. 64 more bytes behind `packed` may be read, and behind `bundle`
  /// written.
  static func unpack(
    _ packed: UnsafeRawBufferPointer, count: Int, firstSequence: UInt64, into bundle: UnsafeMutableRawBufferPointer
  ) throws(FrameDamage) {
    guard let source = packed.baseAddress, let target = bundle.baseAddress else { throw damage }
    var unpacker = unsafe FrameUnpacker(source, packed.count, target, bundle.count)
    for number in 0..<UInt64(count) { try unpacker.addRecord(firstSequence &+ number) }
    guard unsafe unpacker.source == unpacker.sourceEnd, unsafe unpacker.target == unpacker.targetEnd else {
      throw damage
    }
  }

  private init(
    _ source: UnsafeRawPointer, _ sourceCount: Int, _ target: UnsafeMutableRawPointer, _ targetCount: Int
  ) {
    unsafe self.source = source
    unsafe sourceEnd = source + sourceCount
    unsafe self.target = target
    unsafe targetEnd = target + targetCount
  }

  private mutating func addRecord(_ sequence: UInt64) throws(FrameDamage) {
    try makeRoom(2)
    let start = unsafe target
    unsafe target += 2
    while true {
      let count = unsafe waybill_copy_text(
        target.assumingMemoryBound(to: UInt8.self), source.assumingMemoryBound(to: UInt8.self),
        min(sourceEnd - source, targetEnd - target))
      unsafe target += count
      unsafe source += count
      switch try take() {
      case PackingSign.messageID: try unsafe addMessageID(takeBytes())
      case PackingSign.sameMessageID: unsafe messageID = try add(known(messageID))
      case PackingSign.phone: unsafe _ = try add(known(phone))
      case PackingSign.sameMoment: return try unsafe end(start, known(moment), sequence)
      case PackingSign.newMoment:
        let moment = try unsafe takeBytes()
        unsafe self.moment = moment
        return try unsafe end(start, moment, sequence)
      case PackingSign.end: return try unsafe end(start)
      default: throw Self.damage
      }
    }
  }

  // MARK: Reading

  private mutating func take() throws(FrameDamage) -> UInt8 {
    guard unsafe source < sourceEnd else { throw Self.damage }
    defer { unsafe source += 1 }
    return unsafe source.load(as: UInt8.self)
  }

  /// A byte *n*, and *n* bytes.
  private mutating func takeBytes() throws(FrameDamage) -> UnsafeRawBufferPointer {
    let count = Int(try take())
    guard unsafe count <= sourceEnd - source else { throw Self.damage }
    defer { unsafe source += count }
    return unsafe UnsafeRawBufferPointer(start: source, count: count)
  }

  private func known(_ bytes: UnsafeRawBufferPointer?) throws(FrameDamage) -> UnsafeRawBufferPointer {
    guard let bytes = unsafe bytes, unsafe !bytes.isEmpty else { throw Self.damage }
    return unsafe bytes
  }

  // MARK: Writing

  private func makeRoom(_ byteCount: Int) throws(FrameDamage) {
    guard unsafe byteCount <= targetEnd - target else { throw Self.damage }
  }

  private mutating func addMessageID(_ bytes: UnsafeRawBufferPointer) throws(FrameDamage) {
    let characters = Base64.characterCount(ofBytes: bytes.count)
    let text = unsafe target
    try add(MessageID.prefix)
    try makeRoom(characters)
    unsafe Base64.encode(bytes, to: target)
    unsafe target += characters
    unsafe messageID = UnsafeRawBufferPointer(start: text, count: MessageID.prefix.utf8CodeUnitCount + characters)
    unsafe phone = MessageID.phone(in: bytes)
  }

  /// - Returns: where it stands now.
  private mutating func add(_ bytes: UnsafeRawBufferPointer) throws(FrameDamage) -> UnsafeRawBufferPointer {
    try makeRoom(bytes.count)
    let place = unsafe target
    if let start = bytes.baseAddress { unsafe target.copyMemory(from: start, byteCount: bytes.count) }
    unsafe target += bytes.count
    return unsafe UnsafeRawBufferPointer(start: place, count: bytes.count)
  }

  private mutating func add(_ text: StaticString) throws(FrameDamage) {
    unsafe _ = try add(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private mutating func end(
    _ record: UnsafeMutableRawPointer, _ moment: UnsafeRawBufferPointer, _ sequence: UInt64
  ) throws(FrameDamage) {
    try add(RecordEnding.sequence)
    try makeRoom(Decimal.mostDigits)
    unsafe target += Decimal.write(sequence, to: target)
    try add(RecordEnding.recordedTime)
    unsafe _ = try add(moment)
    try add(RecordEnding.end)
    try unsafe end(record)
  }

  private func end(_ record: UnsafeMutableRawPointer) throws(FrameDamage) {
    let byteCount = unsafe target - record - 2
    guard let length = UInt16(exactly: byteCount) else { throw Self.damage }
    unsafe record.storeBytes(of: length.bigEndian, as: UInt16.self)
  }
}
