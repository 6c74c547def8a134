import JSONTape
import Testing
import WhatsApp

/// Damaged payloads: whatever Meta may send next, nothing crashes, nothing is lost, everything is taken by the ledger.
struct MutationTests {
  @Test(arguments: [1, 2, 3] as [UInt64])
  func `a damaged payload is translated, kept or not JSON`(seed: UInt64) throws {
    var random = SplitMix(state: seed)
    var count = 0
    for name in try Fixtures.webhooks {
      let body = try Fixtures.bytes("webhooks/\(name)")
      let whole = try JSON(parsing: body)
      for _ in 0..<6 {
        check(Self.damageBytes(body, &random), "seed \(seed), \(name)")
        check(Array(Self.damage(whole, &random).text.utf8), "seed \(seed), \(name)")
        count += 2
      }
    }
    #expect(count > 1_000)
  }

  private func check(_ body: [UInt8], _ place: String) {
    guard let events = try? WebhookTranslator.translate(body: body, accountOf: everyWABA) else {
      #expect((try? JSON(parsing: body)) == nil, "\(place): JSON was refused")
      return
    }
    #expect(!events.isEmpty, "\(place): lost")
    for event in events {
      #expect(isAdmitted(event.bytes), "\(place): \(String(decoding: event.bytes, as: UTF8.self))")
    }
  }

  /// Flips, deletes or doubles a few bytes.
  private static func damageBytes(_ body: [UInt8], _ random: inout SplitMix) -> [UInt8] {
    var body = body
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let index = Int.random(in: body.indices, using: &random)
      switch Int.random(in: 0..<3, using: &random) {
      case 0: body[index] ^= 1 << UInt8.random(in: 0..<7, using: &random)
      case 1: body.remove(at: index)
      default: body.insert(body[index], at: index)
      }
    }
    return body
  }

  private static let strange: [JSON] = [
    .null, .bool(true), .number("-1"), .number("1e308"), .number("18446744073709551615"), .string(""),
    .string("\u{0}\"\\\u{FFFF}"), .string(String(repeating: "9", count: 300)), .array([]), .object([:]),
    .array([.null]),
  ]

  /// Deletes, replaces or doubles about one value in twelve.
  private static func damage(_ value: JSON, _ random: inout SplitMix) -> JSON {
    if Int.random(in: 0..<24, using: &random) == 0 { return strange.randomElement(using: &random)! }
    switch value {
    case .array(let elements):
      return .array(
        elements.flatMap { element in
          let copy = damage(element, &random)
          switch Int.random(in: 0..<24, using: &random) {
          case 0: return [] as [JSON]
          case 1: return [copy, copy]
          default: return [copy]
          }
        })
    case .object(let members):
      var copy: [String: JSON] = [:]
      for (name, member) in members.sorted(by: { $0.key < $1.key }) where Int.random(in: 0..<24, using: &random) > 0 {
        copy[name] = damage(member, &random)
      }
      return .object(copy)
    default: return value
    }
  }
}

extension JSON {
  /// As JSON text, escapes included.
  var text: String {
    switch self {
    case .string(let text):
      var result = "\""
      for scalar in text.unicodeScalars {
        if scalar.value < 32 || scalar == "\"" || scalar == "\\" {
          let digits = String(scalar.value, radix: 16)
          result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
      return result + "\""
    case .array(let elements): return "[" + elements.map(\.text).joined(separator: ",") + "]"
    case .object(let members):
      return "{"
        + members.sorted { $0.key < $1.key }.map { JSON.string($0.key).text + ":" + $0.value.text }
        .joined(separator: ",") + "}"
    default: return description
    }
  }
}

struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
