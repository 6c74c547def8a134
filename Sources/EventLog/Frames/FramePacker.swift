internal import CScan
internal import Glibc

/// Packs a frame's records (``PackingSign``).
@safe
struct FramePacker: ~Copyable {
  private var target: UnsafeMutableRawPointer
  /// The text of the last id, in the bundle.
  private var messageID = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
  /// The phone number in it, in what was packed.
  private var phone = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
  /// The last moment, in the bundle.
  private var moment = unsafe UnsafeRawBufferPointer(start: nil, count: 0)

  private static let phoneMember: StaticString = #"phone":""#

  /// Packs an entry bundle, behind which 64 more bytes may be read, into `target`, where there is room for as many bytes and 64 more.
  /// - Returns: how many bytes it took, never more than the bundle has; nil where the records are not to be packed.
  static func pack(
    _ bundle: UnsafeRawBufferPointer, firstSequence: UInt64, into target: UnsafeMutableRawPointer
  ) -> Int? {
    var packer = unsafe FramePacker(target: target)
    var sequence = firstSequence
    var offset = 0
    while offset < bundle.count {
      let end = unsafe offset + 2 + (Int(bundle[offset]) << 8 | Int(bundle[offset + 1]))
      let record = unsafe UnsafeRawBufferPointer(rebasing: bundle[offset + 2..<end])
      guard unsafe packer.add(record, sequence) else { return nil }
      offset = end
      sequence += 1
    }
    return unsafe packer.target - target
  }

  private init(target: UnsafeMutableRawPointer) { unsafe self.target = target }

  /// - Returns: false when there is a sign among its bytes.
  private mutating func add(_ record: UnsafeRawBufferPointer, _ sequence: UInt64) -> Bool {
    let ending = unsafe RecordEnding.find(in: record, sequence: sequence, likely: moment)
    let body = ending?.bodyByteCount ?? record.count
    if body > 0, let start = record.baseAddress, unsafe !add(start, to: start + body) { return false }
    guard let ending else {
      put(PackingSign.end)
      return true
    }
    if unsafe isSame(ending.moment, moment) {
      put(PackingSign.sameMoment)
      return true
    }
    unsafe moment = ending.moment
    put(PackingSign.newMoment)
    unsafe put(UInt8(moment.count))
    unsafe target.copyMemory(from: moment.baseAddress!, byteCount: moment.count)
    unsafe target += moment.count
    return true
  }

  private mutating func add(_ start: UnsafeRawPointer, to end: UnsafeRawPointer) -> Bool {
    var source = unsafe start
    while true {
      let count = unsafe waybill_copy_to_name(
        target.assumingMemoryBound(to: UInt8.self), source.assumingMemoryBound(to: UInt8.self), end - source)
      unsafe target += count
      unsafe source += count
      guard unsafe source < end else { return true }
      let byte = unsafe source.load(as: UInt8.self)
      if byte < PackingSign.bound { return false }
      let rest = unsafe UnsafeRawBufferPointer(start: source, count: end - source)
      let taken = byte == UInt8(ascii: "w") ? unsafe addMessageID(rest) : unsafe addPhone(rest)
      unsafe source += taken
      guard taken == 0 else { continue }
      put(byte)
      unsafe source += 1
    }
  }

  /// - Returns: how much of the text it took, 0 where it does not begin with an id.
  private mutating func addMessageID(_ text: UnsafeRawBufferPointer) -> Int {
    if unsafe begins(text, messageID) {
      put(PackingSign.sameMessageID)
      return unsafe messageID.count
    }
    let prefix = MessageID.prefix.utf8CodeUnitCount
    guard text.count > prefix, unsafe memcmp(text.baseAddress!, MessageID.prefix.utf8Start, prefix) == 0 else {
      return 0
    }
    let (characters, count) = unsafe Base64.decode(
      UnsafeRawBufferPointer(rebasing: text[prefix...]), to: target + 2, atMost: MessageID.mostBytes)
    guard characters > 0 else { return 0 }
    put(PackingSign.messageID)
    put(UInt8(count))
    let bytes = unsafe UnsafeRawBufferPointer(start: target, count: count)
    unsafe target += count
    unsafe phone = MessageID.phone(in: bytes) ?? UnsafeRawBufferPointer(start: nil, count: 0)
    unsafe messageID = UnsafeRawBufferPointer(rebasing: text[..<(prefix + characters)])
    return unsafe messageID.count
  }

  /// - Returns: how much of the text it took, 0 where it does not begin with the member of the phone number that the last id says.
  private mutating func addPhone(_ text: UnsafeRawBufferPointer) -> Int {
    let name = Self.phoneMember.utf8CodeUnitCount
    guard unsafe text.count > name + phone.count, unsafe !phone.isEmpty,
      unsafe memcmp(text.baseAddress!, Self.phoneMember.utf8Start, name) == 0,
      unsafe memcmp(text.baseAddress! + name, phone.baseAddress!, phone.count) == 0
    else { return 0 }
    unsafe target.copyMemory(from: text.baseAddress!, byteCount: name)
    unsafe target += name
    put(PackingSign.phone)
    return unsafe name + phone.count
  }

  private mutating func put(_ byte: UInt8) {
    unsafe target.storeBytes(of: byte, as: UInt8.self)
    unsafe target += 1
  }

  private func begins(_ text: UnsafeRawBufferPointer, _ beginning: UnsafeRawBufferPointer) -> Bool {
    guard let start = beginning.baseAddress, text.count >= beginning.count else { return false }
    return unsafe memcmp(text.baseAddress!, start, beginning.count) == 0
  }

  private func isSame(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
    guard one.count == other.count else { return false }
    return unsafe begins(one, other)
  }
}
