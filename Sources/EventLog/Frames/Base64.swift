/// Base64 as in RFC 4648, section 4, as far as text and bytes tell each other: what was decoded is encoded to the same text.
enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  /// What each character is worth; 0xFF where it is none.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 0xFF, count: 256)
    for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
    return values
  }()
  private static let padding = UInt8(ascii: "=")

  /// Decodes the longest beginning of `text` that ``encode(_:to:)`` would give, in whole groups of four, at most so many bytes of it.
  /// `target` has room for as many and three more.
  static func decode(
    _ text: UnsafeRawBufferPointer, to target: UnsafeMutableRawPointer, atMost mostBytes: Int
  ) -> (characters: Int, bytes: Int) {
    unsafe values.withUnsafeBufferPointer { values in
      func value(_ place: Int) -> UInt32 { unsafe UInt32(values[Int(text[place])]) }
      var (place, count) = (0, 0)
      while place + 4 <= text.count, count + 3 <= mostBytes {
        let (a, b, c, d) = (value(place), value(place + 1), value(place + 2), value(place + 3))
        let isWhole = (a | b | c | d) < 64
        if !isWhole {
          // The last group of a text may have one byte, or two.
          guard (a | b) < 64, unsafe text[place + 3] == padding else { break }
          let isOfTwo = c < 64 && c & 3 == 0
          guard unsafe isOfTwo || (b & 15 == 0 && text[place + 2] == padding) else { break }
          unsafe target.storeBytes(of: UInt8(truncatingIfNeeded: a << 2 | b >> 4), toByteOffset: count, as: UInt8.self)
          if isOfTwo {
            unsafe target.storeBytes(
              of: UInt8(truncatingIfNeeded: b << 4 | c >> 2), toByteOffset: count + 1, as: UInt8.self)
          }
          return (place + 4, count + (isOfTwo ? 2 : 1))
        }
        let bits = a << 18 | b << 12 | c << 6 | d
        unsafe target.storeBytes(of: (bits << 8).bigEndian, toByteOffset: count, as: UInt32.self)
        place += 4
        count += 3
      }
      return (place, count)
    }
  }

  /// How many characters ``encode(_:to:)`` writes.
  static func characterCount(ofBytes count: Int) -> Int { (count + 2) / 3 * 4 }

  /// Writes bytes as text, with padding.
  static func encode(_ bytes: UnsafeRawBufferPointer, to target: UnsafeMutableRawPointer) {
    unsafe alphabet.withUnsafeBufferPointer { alphabet in
      var place = 0
      var end = 0
      while place < bytes.count {
        let isThere = (place + 1 < bytes.count, place + 2 < bytes.count)
        let first = unsafe UInt32(bytes[place])
        let second = isThere.0 ? unsafe UInt32(bytes[place + 1]) : 0
        let third = isThere.1 ? unsafe UInt32(bytes[place + 2]) : 0
        let bits = first << 16 | second << 8 | third
        let characters = SIMD4<UInt8>(
          unsafe alphabet[Int(bits >> 18)], unsafe alphabet[Int(bits >> 12 & 63)],
          isThere.0 ? unsafe alphabet[Int(bits >> 6 & 63)] : padding,
          isThere.1 ? unsafe alphabet[Int(bits & 63)] : padding)
        unsafe target.storeBytes(of: characters, toByteOffset: end, as: SIMD4<UInt8>.self)
        place += 3
        end += 4
      }
    }
  }
}
