internal import CScan

/// The form in which a complete frame is compressed: its records as text, in which what repeats from one record to the next in a way
/// that zstd cannot see stands as a sign, a byte that is no text.
///
/// A message's id is base64 of bytes that say its contact's phone number and a random number; the id stands twice in most records of a
/// message, the phone number once more, and how a record ends follows from its place in the log. So a third of what zstd would
/// have to store need not be stored at all, and what is left it compresses in less time.
///
/// Packing changes nothing of a record: what is unpacked is what was packed, byte for byte. It knows how records usually look and
/// is right for all others too: a frame in which one of the first eight bytes of ASCII stands, which JSON does not have, is not packed.
enum PackingSign {
  /// A byte *n*, and *n* bytes: `wamid.` and their base64.
  static let messageID: UInt8 = 1
  /// The text that the last ``messageID`` of this frame stands for.
  static let sameMessageID: UInt8 = 2
  /// The phone number in the last ``messageID``'s bytes.
  static let phone: UInt8 = 3
  /// The record's end: ``RecordEnding`` with the moment of the last ``newMoment``.
  static let sameMoment: UInt8 = 4
  /// The record's end: a byte *n*, and *n* bytes, the moment of its ``RecordEnding``.
  static let newMoment: UInt8 = 5
  /// The record's end, behind which nothing is left out.
  static let end: UInt8 = 6

  /// The signs are below it, text is not.
  static let bound = UInt8(WAYBILL_SIGNS)
}

/// What a message's id says, which is WhatsApp's word for nobody to rely on: it only spares a few bytes where it holds.
enum MessageID {
  /// What stands before the base64.
  static let prefix: StaticString = "wamid."
  static let mostBytes = 255

  /// Where in an id's bytes the phone number lies: behind two bytes and its length.
  static func phone(in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    guard bytes.count > 3 else { return nil }
    let end = unsafe 3 + Int(bytes[2])
    return end > 3 && end <= bytes.count ? unsafe UnsafeRawBufferPointer(rebasing: bytes[3..<end]) : nil
  }
}
