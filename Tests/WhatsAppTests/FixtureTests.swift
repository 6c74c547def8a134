import FoundationEssentials
import Testing
import WhatsApp

/// The real payloads against `fixtures/golden/webhooks.jsonl`; `UPDATE_GOLDEN=1` rewrites it.
struct FixtureTests {
  private static let golden = Fixtures.folder.appending(path: "golden/webhooks.jsonl")

  @Test func `every payload becomes the events it became before`() throws {
    var lines: [String] = []
    for name in try Fixtures.webhooks {
      for event in try WebhookTranslator.translate(body: try Fixtures.bytes("webhooks/\(name)"), accountOf: everyWABA) {
        lines.append(#"{"file":"\#(name)","event":\#(String(decoding: event.bytes, as: UTF8.self))}"#)
      }
    }
    let text = lines.joined(separator: "\n") + "\n"
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
      try Data(text.utf8).write(to: Self.golden)
    }
    let expected = String(decoding: try Data(contentsOf: Self.golden), as: UTF8.self).split(separator: "\n")
    #expect(lines.count == expected.count)
    for (line, expected) in zip(lines, expected) { #expect(line == expected) }
  }

  @Test func `every payload is understood or kept with a reason, and the ledger takes it`() throws {
    let names = try Fixtures.webhooks
    #expect(names.count == 95)
    var kept: [KeptReason: Int] = [:]
    for name in names {
      let events = try WebhookTranslator.translate(body: try Fixtures.bytes("webhooks/\(name)"), accountOf: everyWABA)
      #expect(!events.isEmpty, "\(name)")
      for event in events {
        #expect(isAdmitted(event.bytes), "\(name)")
        if let reason = event.reason { kept[reason, default: 0] += 1 }
      }
    }
    #expect(kept == [.notUnderstood: 2, .noEffect: 21])
  }

  @Test func `the same payload twice gives the same bytes`() throws {
    for name in try Fixtures.webhooks {
      let body = try Fixtures.bytes("webhooks/\(name)")
      let first = try WebhookTranslator.translate(body: body, accountOf: everyWABA).map(\.bytes)
      let second = try WebhookTranslator.translate(body: body, accountOf: everyWABA).map(\.bytes)
      #expect(first == second, "\(name)")
    }
  }

  @Test func `what nobody claimed becomes the same events once somebody does`() throws {
    for name in try Fixtures.webhooks {
      let body = try Fixtures.bytes("webhooks/\(name)")
      let direct = try WebhookTranslator.translate(body: body, accountOf: everyWABA).filter { !$0.isKept }.map(\.bytes)
      let kept = try WebhookTranslator.translate(body: body) { _, _ in nil }
      #expect(kept.allSatisfy { $0.isKept }, "\(name)")
      let later = WebhookTranslator.retranslate(kept: kept.map(\.bytes), accountOf: everyWABA).map(\.bytes)
      #expect(later == direct, "\(name)")
    }
  }

  @Test func `what is kept of a delivery with one update is what Meta sent`() throws {
    for name in try Fixtures.webhooks {
      let body = try Fixtures.bytes("webhooks/\(name)")
      let events = try WebhookTranslator.translate(body: body) { _, _ in nil }
      guard events.count == 1 else { continue }
      let kept = try #require(try events[0].json["data"]?["body"])
      let sent = try JSON(parsing: body)
      #expect(kept == sent || [kept] == sent.elements, "\(name)")
    }
  }
}
