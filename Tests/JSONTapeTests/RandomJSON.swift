import Foundation

/// SplitMix64: the same numbers from the same seed everywhere.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func chance(_ part: Int, in whole: Int) -> Bool { Int.random(in: 0..<whole, using: &self) < part }
}

/// The seed of this run, printed; `WAYBILL_SEED` repeats one.
let runSeed: UInt64 = {
  let given = ProcessInfo.processInfo.environment["WAYBILL_SEED"].flatMap { UInt64($0) }
  let seed = given ?? UInt64.random(in: 0..<1_000_000_000)
  print("WAYBILL_SEED=\(seed)")
  return seed
}()

/// A JSON value as a tree, to compare with what a tape says.
indirect enum Model: Equatable {
  case null
  case bool(Bool)
  case int(Int64)
  case uint(UInt64)
  case double(Double)
  case string([UInt8])  // bytes, since Swift's strings are equal when they merely look the same
  case array([Model])
  case object([Member])

  struct Member: Equatable {
    let name: [UInt8]
    let value: Model
  }
}

extension Model {
  static func random(depth: Int, using random: inout SeededGenerator) -> Model {
    switch Int.random(in: 0..<(depth > 0 ? 12 : 8), using: &random) {
    case 0: .null
    case 1: .bool(Bool.random(using: &random))
    case 2:
      .int(edge([.min, .min + 1, -1, 0, 1, .max], using: &random) ?? Int64.random(in: .min ... .max, using: &random))
    case 3: .uint(edge([1 << 63, .max], using: &random) ?? UInt64.random(in: (1 << 63)...UInt64.max, using: &random))
    case 4: .double(randomDouble(using: &random))
    case 5...7: .string(randomString(using: &random))
    case 8, 9: .array(randomArray(depth: depth - 1, using: &random))
    default: randomObject(depth: depth - 1, using: &random)
    }
  }

  static func randomObject(depth: Int, using random: inout SeededGenerator) -> Model {
    let members = (0..<Int.random(in: 0...6, using: &random)).map { index in
      // The index keeps names apart: Foundation keeps only one member of a name.
      Member(name: Array("\(index)".utf8) + randomString(using: &random), value: .random(depth: depth, using: &random))
    }
    return .object(members)
  }

  private static func randomArray(depth: Int, using random: inout SeededGenerator) -> [Model] {
    (0..<Int.random(in: 0...5, using: &random)).map { _ in Model.random(depth: depth, using: &random) }
  }

  private static func edge<Number>(_ edges: [Number], using random: inout SeededGenerator) -> Number? {
    random.chance(1, in: 3) ? edges.randomElement(using: &random) : nil
  }

  private static func randomDouble(using random: inout SeededGenerator) -> Double {
    let edges = [
      0.1, -0.0, .leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude, 1e15, 1e16, 1e22, 0.000_01,
    ]
    if let edge = edge(edges, using: &random) { return edge }
    let any = Double(bitPattern: random.next())
    return any.isFinite ? any : 0.5
  }

  private static func randomString(using random: inout SeededGenerator) -> [UInt8] {
    let alphabet: [Unicode.Scalar] = [
      "a", "Z", "7", " ", "{", "}", "[", "]", ",", ":", "\"", "\\", "/", "\n", "\t", "\r", "\u{0}", "\u{1F}", "\u{7F}",
      "é", "\u{301}", "\u{2028}", "漢", "\u{FFFF}", "\u{10000}", "👩", "\u{10FFFF}",
    ]
    return (0..<Int.random(in: 0...20, using: &random)).flatMap { _ in
      Array(String(alphabet.randomElement(using: &random)!).utf8)
    }
  }
}
