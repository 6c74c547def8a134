/// Cuts bytes where their content says so: what did not change between two versions of a part falls into the same pieces,
/// however much was put in before it. So it is stored once.
///
/// A sum that rolls over the last 64 bytes decides, with a piece's first bytes left out (FastCDC, Xia et al., USENIX ATC 2016).
enum PieceCutter {
  /// No piece but the last of a part is shorter.
  static let least = 16 << 10
  static let most = 256 << 10
  /// A cut falls on one byte in 32,768, on average, behind the least.
  private static let mask: UInt64 = 0x7fff << 49

  /// A number for each value of a byte, as well mixed as random ones; a different list only makes for different cuts.
  private static let gear: [UInt64] = (UInt64(1)...256).map { number in
    var mixed = number &* 0x9e37_79b9_7f4a_7c15
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }

  /// How long the piece is that the bytes begin with. Bytes behind the first ``most`` have no part in it.
  static func length(_ bytes: UnsafeRawBufferPointer) -> Int {
    let end = min(bytes.count, most)
    guard end > least else { return end }
    return unsafe gear.withUnsafeBufferPointer { gear in
      var sum: UInt64 = 0
      for place in least - 64..<end {
        unsafe sum = sum &<< 1 &+ gear[Int(bytes[place])]
        if place >= least, sum & mask == 0 { return place + 1 }
      }
      return end
    }
  }
}
