/// What a part is made of: pieces that several parts may share.
struct PieceList {
  struct Piece: Hashable {
    let number: UInt64
    /// XXH64 of its bytes, seed 0: tells which piece may be the same, and comparing tells whether it is.
    let hash: UInt64
    let byteCount: Int
    /// How many it takes in its table.
    let storedByteCount: Int
  }

  var pieces: [Piece] = []

  init() {}

  /// - Parameter number: the part's.
  /// - Returns: nil when the value is not as it was written.
  init?(ofPart number: UInt64, value: UnsafeRawBufferPointer) {
    guard let words = unsafe CheckedWords.read(value, key: number), words.count % 3 == 0 else { return nil }
    for place in stride(from: 0, to: words.count, by: 3) {
      let byteCount = Int(words[place + 2] & 0xffff_ffff)
      guard (1...PieceCutter.most).contains(byteCount) else { return nil }
      pieces.append(
        Piece(
          number: words[place], hash: words[place + 1], byteCount: byteCount,
          storedByteCount: Int(words[place + 2] >> 32)))
    }
  }

  func value(ofPart number: UInt64) -> [UInt8] {
    CheckedWords.value(
      pieces.flatMap { [$0.number, $0.hash, UInt64($0.storedByteCount << 32 | $0.byteCount)] }, key: number)
  }
}
