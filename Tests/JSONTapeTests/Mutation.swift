/// Bytes that break JSON in interesting ways.
private let troubles: [[UInt8]] = [
  [0], [0x0A], [0x0D], [0x20], [0x7F], [0x80], [0xC3], [0xED, 0xA0, 0x80], [0xEF, 0xBB, 0xBF], [0xFF],
  Array("\"".utf8), Array("\\".utf8), Array("\\u".utf8), Array("\\ud83d".utf8), Array("{".utf8), Array("}".utf8),
  Array("[".utf8), Array("]".utf8), Array(",".utf8), Array(":".utf8), Array("-".utf8), Array("0".utf8), Array("1".utf8),
  Array(".".utf8), Array("e".utf8), Array("e400".utf8), Array("true".utf8), Array("null".utf8),
  Array("99999999999999999999".utf8), Array("\n{}".utf8), Array("},{".utf8), Array("],[".utf8),
]

/// `source` with one to four small injuries.
func mutated(_ source: [UInt8], using random: inout SeededGenerator) -> [UInt8] {
  var result = source
  for _ in 0..<Int.random(in: 1...4, using: &random) {
    let start = Int.random(in: 0...result.count, using: &random)
    let end = min(result.count, start + Int.random(in: 0...4, using: &random))
    switch Int.random(in: 0..<6, using: &random) {
    case 0: result.removeSubrange(start..<end)
    case 1: result.insert(contentsOf: troubles.randomElement(using: &random)!, at: start)
    case 2: result.replaceSubrange(start..<end, with: troubles.randomElement(using: &random)!)
    case 3: result.insert(contentsOf: result[start..<end], at: start)
    case 4: result.removeSubrange(start..<(random.chance(1, in: 8) ? result.count : end))
    default:
      guard start < result.count else { continue }
      result[start] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    }
  }
  return result
}
