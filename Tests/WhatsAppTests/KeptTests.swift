import Ledger
import Testing
import WhatsApp

struct KeptTests {
  @Test(arguments: [
    "{}", "[]", "null", "17", #""text""#, "[1]", #"{"entry":[]}"#, #"{"entry":{}}"#, #"{"entry":[7]}"#,
    #"{"entry":[{"id":"1"}]}"#, #"{"entry":[{"id":"1","changes":[]}]}"#, #"{"entry":[{"id":"1","changes":[null]}]}"#,
    #"{"entry":[{"id":"1","changes":[{"field":"messages"}]}]}"#,
    #"{"entry":[{"id":"1","changes":[{"value":{}}]}]}"#,
    #"{"entry":[{"id":"1","changes":[{"field":"messages","value":{}}]}]}"#,
    #"{"entry":[{"id":"1","changes":[{"field":"messages","value":{"messages":[]}}]}]}"#,
    #"{"entry":[{"id":"1","changes":[{"field":"messages","value":{"messages":[3]}}]}]}"#,
    #"{"entry":[{"id":"1","changes":[{"field":"a_new_field","value":{}}]}]}"#,
    #"{"object":"page","entry":[{"id":"1","changes":[{"field":"messages","value":{"messages":[{}]}}]}]}"#,
  ]) func `authentic bodies of another shape are kept as they are`(body: String) throws {
    let events = try WebhookTranslator.translate(body: Array(body.utf8), accountOf: everyWABA)
    #expect(events.count == 1)
    let event = try #require(events.first)
    #expect(event.reason == .notUnderstood)
    let sent = try JSON(parsing: Array(body.utf8))
    let kept = try JSON(parsing: try #require(KeptUpdate.read([event.bytes]).first).body)
    #expect(kept == sent || [kept] == sent.elements)
    #expect(isAdmitted(event.bytes))
  }

  @Test(arguments: ["", "{", "not json", "{}{}", "{\"a\":\"\u{1}\"}"])
  func `a body that is not JSON is a 400`(body: String) {
    #expect {
      try WebhookTranslator.translate(body: Array(body.utf8), accountOf: everyWABA)
    } throws: {
      ($0 as? Refusal)?.status == 400
    }
  }

  @Test func `names that the ledger would refuse are kept with the rest of the delivery understood`() throws {
    let long = String(repeating: "x", count: 257)
    let events = try WebhookTranslator.translate(
      body: Body.messages(
        #""messages":[{"from":"55119","id":"\#(long)","timestamp":"1"},{"from":"55119","id":"w","timestamp":"1"},"#
          + #"{"from":"55119","id":"v","timestamp":"99999999999999"},{"from":"55119","timestamp":"1"}]"#),
      accountOf: everyWABA)
    #expect(events.map(\.reason) == [.notUnderstood, nil, .notUnderstood, .notUnderstood])
    #expect(events.allSatisfy { isAdmitted($0.bytes) })
    #expect(String(decoding: events[0].bytes, as: UTF8.self).contains(long))
  }

  @Test func `one update of several is kept alone and can be translated again`() throws {
    let body = Body.messages(
      #""contacts":[{"wa_id":"55111","profile":{"name":"A"}},{"wa_id":"55112","profile":{"name":"B"}}],"messages":"#
        + #"[{"from":"55111","id":"v","timestamp":"1"},{"from":"55112","id":"w","timestamp":"2"}]"#)
    let kept = try WebhookTranslator.translate(body: body) { _, _ in nil }
    #expect(kept.map(\.reason) == [.unclaimed, .unclaimed])
    #expect(!String(decoding: kept[1].bytes, as: UTF8.self).contains("\"v\""))
    let again = WebhookTranslator.retranslate(kept: kept.map(\.bytes), accountOf: everyWABA)
    #expect(again.map(\.bytes) == (try WebhookTranslator.translate(body: body, accountOf: everyWABA)).map(\.bytes))
  }

  @Test func `errors of the app beside a message are kept, the message counts`() throws {
    let events = try WebhookTranslator.translate(
      body: try Fixtures.bytes("webhooks/inbound-interactive-with-value-error.json"), accountOf: everyWABA)
    #expect(events.map(\.reason) == [nil, .noEffect])
    #expect(try events[1].json["data"]?["field"]?.string == "messages")
  }

  @Test func `an update too large for one event is kept in parts that can be joined`() throws {
    let old = (0..<4_000).map { #"{"id":"wamid.\#($0)","text":{"body":"olá \"\#($0)\" \\"}}"# }.joined(separator: ",")
    let body = Body.change(#""history""#, #"{"history":[{"threads":[{"messages":[\#(old)]}]}]}"#)
    let events = try WebhookTranslator.translate(body: body, accountOf: everyWABA)
    #expect(events.count > 3)
    #expect(events.allSatisfy { $0.reason == .noEffect && isAdmitted($0.bytes) })
    #expect(Set(try events.map { try $0.json["id"]?.string }).count == events.count)
    let joined = KeptUpdate.read(events.map(\.bytes))
    #expect(joined.count == 1)
    #expect(try joined.map { try JSON(parsing: $0.body) } == [try JSON(parsing: body)])
    #expect(KeptUpdate.read(events.dropLast().map(\.bytes)).isEmpty)
  }

  @Test func `an update nested too deeply for an event is kept as text`() throws {
    let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
    let body = Body.change(#""history""#, #"{"history":\#(deep)}"#)
    let events = try WebhookTranslator.translate(body: body, accountOf: everyWABA)
    #expect(events.count == 1)
    #expect(events.allSatisfy { isAdmitted($0.bytes) })
    #expect(KeptUpdate.read(events.map(\.bytes)).map(\.body) == [body])
  }

  @Test func `a conflict keeps the update that lost under an identity of its own`() throws {
    let body = Body.messages(#""statuses":[{"id":"w","status":"sent","timestamp":"1","recipient_id":"55119"}]"#)
    let event = try #require(try WebhookTranslator.translate(body: body, accountOf: everyWABA).first)
    let kept = event.kept(.conflict)
    #expect(kept.count == 1)
    let json = try kept[0].json
    #expect(json["data"]?["reason"]?.string == "conflict")
    #expect(json["data"]?["body"] == (try JSON(parsing: body)))
    #expect(json["subject"]?.string == "acme")
    #expect(json["id"] != (try event.json["id"]))
    #expect(WebhookTranslator.retranslate(kept: kept.map(\.bytes), accountOf: everyWABA).isEmpty)
  }

  @Test func `kept events that differ in reason or account differ in id`() throws {
    let body = Body.change(#""history""#, "{}")
    let ids = try [everyWABA, { _, _ in nil }, { _, _ in "other" }].map { lookup in
      try translated(body, accountOf: lookup).first?["id"]?.string
    }
    #expect(Set(ids).count == 3)
  }

  @Test func `many updates beside a large member do not grow with the square of the body`() throws {
    let statuses = (0..<1_000).map { #"{"id":"w\#($0)","status":"sent","timestamp":"1","recipient_id":"55119"}"# }
    let body = Body.messages(
      #""statuses":[\#(statuses.joined(separator: ","))],"new":"\#(String(repeating: "x", count: 1_000_000))""#)
    let events = try WebhookTranslator.translate(body: body) { _, _ in nil }
    #expect(events.count == 1_000)
    #expect(events.map(\.bytes.count).reduce(0, +) < 1_000_000)
  }
}
