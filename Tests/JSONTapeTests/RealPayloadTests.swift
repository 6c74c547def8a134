import Foundation
import JSONTape
import Testing

/// Meta's own webhooks, whole and injured.
@Suite struct RealPayloadTests {
  static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().appending(path: "../../fixtures/webhooks", directoryHint: .isDirectory)

  static func payloads() throws -> [[UInt8]] {
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    let payloads = try files.filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }
      .map { try [UInt8](Data(contentsOf: $0)) }
    return payloads.filter { $0.first == UInt8(ascii: "{") }  // one is an array, as Meta documents it
  }

  let parser = EventBatchParser()

  func parse(_ body: [UInt8], _ format: EventBatchParser.Format) -> JSONError? {
    parser.removeAll()
    parser.append(contentsOf: body)
    do throws(JSONError) {
      try parser.parse(format)
      return nil
    } catch {
      return error
    }
  }

  @Test func `every real webhook reads as Foundation reads it`() throws {
    let payloads = try Self.payloads()
    #expect(payloads.count > 20)
    let tape = TapeParser()
    for payload in payloads {
      #expect(parse(payload, .single) == nil)
      #expect(parser[0].bytes.string == naivelyMinified(String(decoding: payload, as: UTF8.self)))
      let ours = try JSONSerialization.jsonObject(with: Data(written(try tape.parse(copying: payload)))) as? NSObject
      #expect(ours == (try JSONSerialization.jsonObject(with: Data(payload)) as? NSObject))
    }
  }

  @Test func `an injured webhook is read rightly or refused with a place`() throws {
    var random = SeededGenerator(seed: runSeed &+ 6)
    let payloads = try Self.payloads()
    let tape = TapeParser()
    var refusedCount = 0
    for _ in 0..<1_500 {
      let body = mutated(payloads.randomElement(using: &random)!, using: &random)
      let format = [EventBatchParser.Format.single, .array, .lines].randomElement(using: &random)!
      if let error = parse(body, format) {
        refusedCount += 1
        if error.reason == "no JSON: the body is empty" { continue }  // nothing in it has a place
        let place = try #require(error.byteOffset, "WAYBILL_SEED=\(runSeed) \(body)")
        try #require(place <= body.count && error.line != nil, "WAYBILL_SEED=\(runSeed) \(body)")
      } else {
        try #require(format != .array && parser.count == 1, "WAYBILL_SEED=\(runSeed) \(body)")
        let minified = naivelyMinified(String(decoding: body, as: UTF8.self))
        try #require(parser[0].bytes.string == minified, "WAYBILL_SEED=\(runSeed) \(body)")
        let again = try tape.parse(copying: minified.utf8)
        try #require(model(parser[0].value) == model(again), "WAYBILL_SEED=\(runSeed) \(body)")
      }
    }
    #expect(refusedCount > 500)
  }

  @Test func `an injured line is blamed itself, whatever it contains`() throws {
    var random = SeededGenerator(seed: runSeed &+ 7)
    let whole = try Self.payloads().map { Array(naivelyMinified(String(decoding: $0, as: UTF8.self)).utf8) }
    let small = whole.filter { $0.count < 600 }
    var refusedCount = 0
    for _ in 0..<1_500 {
      var lines = (0..<4).map { _ in small.randomElement(using: &random)! }
      let injured = Int.random(in: 0..<4, using: &random)
      lines[injured] = mutated(lines[injured], using: &random)
      let isOneLine = !lines[injured].contains(UInt8(ascii: "\n")) && lines[injured].contains(UInt8(ascii: "{"))
      guard isOneLine && lines[0].first != 0xEF else { continue }
      let body = Array(lines.joined(separator: "\n".utf8))
      if let error = parse(body, .lines) {
        refusedCount += 1
        try #require(error.index == injured && error.line == injured + 1, "WAYBILL_SEED=\(runSeed) \(body)")
      } else {
        try #require(parser.count == 4, "WAYBILL_SEED=\(runSeed) \(body)")
        for index in 0..<4 where index != injured {
          try #require(parser[index].bytes.array == lines[index], "WAYBILL_SEED=\(runSeed) \(body)")
        }
      }
    }
    #expect(refusedCount > 300)
  }
}
