import Testing
import WhatsApp

struct MessageTests {
  private func only(_ body: [UInt8], accountOf: WebhookTranslator.AccountLookup = everyWABA) throws -> JSON {
    let events = try translated(body, accountOf: accountOf)
    #expect(events.count == 1)
    return try #require(events.first)
  }

  @Test func `an inbound message becomes message.received under its own id`() throws {
    let event = try only(
      Body.messages(
        #""contacts":[{"profile":{"name":"Ana \"A\" Łucja"},"wa_id":"5511987654321","user_id":"BR.1"}],"#
          + #""messages":[{"from":"5511987654321","id":"wamid.1","timestamp":"1791201600","type":"text","#
          + #""text":{"body":"olá\n"}}]"#))
    let expected = try JSON(
      parsing: Array(
        (#"{"specversion":"1.0","id":"wamid.1","source":"/whatsapp/42","type":"waybill.message.received","#
          + #""subject":"acme","time":"2026-10-05T12:00:00Z","data":{"message":"wamid.1","number":"777","contact":"#
          + #"{"phone":"5511987654321","user":"BR.1","name":"Ana \"A\" Łucja"},"kind":"text","text":"olá\n"}}"#).utf8))
    #expect(event == expected)
  }

  @Test(arguments: [
    ("12345", true), ("123456789012345", true), ("+5511987654321", true),
    ("1234", false), ("1234567890123456", false), ("12345a", false), ("BR.123", false), ("user.9f", false),
  ]) func `five to fifteen digits are a phone, anything else a user`(from: String, isPhone: Bool) throws {
    let event = try only(
      Body.messages(#""messages":[{"from":"\#(from)","id":"w","timestamp":"1","type":"image"}]"#))
    let contact = try #require(event["data"]?["contact"])
    #expect(contact["phone"]?.string == (isPhone ? String(from.drop { $0 == "+" }) : nil))
    #expect(contact["user"]?.string == (isPhone ? nil : from))
  }

  @Test(arguments: [
    // ids of the update, the contacts beside it, the contact expected
    (#""from":"55119","from_user_id":"BR.1""#, "[]", #"{"phone":"55119","user":"BR.1"}"#),
    (#""from":"","from_user_id":"BR.1""#, #"[{"wa_id":"","user_id":"BR.1"}]"#, #"{"user":"BR.1"}"#),
    (#""from_user_id":"BR.1""#, #"[{"wa_id":"55119","user_id":"BR.1"}]"#, #"{"phone":"55119","user":"BR.1"}"#),
    (#""from":"US.1","from_user_id":"US.1""#, "[]", #"{"user":"US.1"}"#),
    // a lone contact whose number differs by a digit is still the one
    (
      #""from":"554168202960""#, #"[{"wa_id":"5541968202960","user_id":"BR.3","profile":{"name":"A"}}]"#,
      #"{"phone":"554168202960","user":"BR.3","name":"A"}"#
    ),
    // of several, only the one that carries an id
    (
      #""from":"55119""#, #"[{"wa_id":"1","profile":{"name":"A"}},{"wa_id":"55119","profile":{"name":"B"}}]"#,
      #"{"phone":"55119","name":"B"}"#
    ),
    (#""from":"55119""#, #"[{"wa_id":"1","profile":{"name":"A"}},{"wa_id":"2"}]"#, #"{"phone":"55119"}"#),
    // nobody but the contact says who
    (#""type":"text""#, #"[{"wa_id":"55119"}]"#, #"{"phone":"55119"}"#),
  ]) func `a contact is put together from the update and the contacts beside it`(
    ids: String, contacts: String, expected: String
  ) throws {
    let event = try only(
      Body.messages(#""contacts":\#(contacts),"messages":[{\#(ids),"id":"w","timestamp":"1"}]"#))
    #expect(event["data"]?["contact"] == (try JSON(parsing: Array(expected.utf8))))
  }

  @Test(
    arguments: [
      (#""type":"text","text":{"body":"hi"}"#, "hi"),
      (#""type":"button","button":{"text":"yes","payload":"p"}"#, "yes"),
      (#""type":"interactive","interactive":{"type":"list_reply","list_reply":{"title":"row"}}"#, "row"),
      (#""type":"interactive","interactive":{"type":"button_reply","button_reply":{"title":"b"}}"#, "b"),
      (#""type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"body":"Sent"}}"#, "Sent"),
      (#""type":"image","image":{"caption":"look"}"#, "look"), (#""type":"document","document":{"caption":"d"}"#, "d"),
      (#""type":"edit","edit":{"message":{"type":"text","text":{"body":"new"}}}"#, "new"),
      (#""type":"reaction","reaction":{"emoji":"x"}"#, nil), (#""type":"text","text":{"body":""}"#, nil),
      (#""type":"text","text":"hi""#, nil), (#""type":"interactive""#, nil), (#""type":7"#, nil),
    ] as [(String, String?)]) func `the text is what a person would read`(content: String, text: String?) throws
  {
    let event = try only(
      Body.messages(#""messages":[{"from":"55119","id":"w","timestamp":"1",\#(content)}]"#))
    #expect(event["type"]?.string == "waybill.message.received")
    #expect(event["data"]?["text"]?.string == text)
  }

  @Test func `a message of any length is received, its text cut between characters`() throws {
    let text = String(repeating: "é😮\\u0001", count: 40_000)
    let event = try only(
      Body.messages(#""messages":[{"from":"55119","id":"w","timestamp":"1","type":"text","text":{"body":"\#(text)"}}]"#)
    )
    let cut = try #require(event["data"]?["text"]?.string)
    #expect(cut.utf8.count > 16_370 && cut.utf8.count <= 16_384)
    #expect(event["data"]?["text_cut"] == .bool(true))
  }

  @Test func `a referral is copied, and a huge one leaves its small members`() throws {
    let small = #"{"source_type":"ad","source_id":"1","ctwa_clid":"c","x":[1,2.5,null]}"#
    let event = try only(
      Body.messages(#""messages":[{"from":"55119","id":"w","timestamp":"1","type":"text","referral":\#(small)}]"#))
    #expect(event["data"]?["referral"] == (try JSON(parsing: Array(small.utf8))))
    let long = String(repeating: "x", count: 70_000)
    let huge = #"{"source_type":"ad","body":"\#(long)"}"#
    let other = try only(
      Body.messages(#""messages":[{"from":"55119","id":"w","timestamp":"1","type":"text","referral":\#(huge)}]"#))
    #expect(other["data"]?["referral"] == .object(["source_type": .string("ad")]))
  }

  @Test func `a status is copied field by field`() throws {
    let event = try only(
      Body.messages(
        #""statuses":[{"id":"w","status":"failed","timestamp":1791201600,"recipient_id":"55119","conversation":"#
          + #"{"id":"c","expiration_timestamp":1791201660,"origin":{"type":"utility"}},"pricing":{"billable":false,"#
          + #""pricing_model":"PMP","pricing_type":"regular","category":"group_utility","subtype":"paid_exempt"},"#
          + #""errors":[{"code":"131049","title":"held"},{"code":1,"title":"second"}]}]"#))
    #expect(event["id"]?.string == "w:failed")
    let expected = try JSON(
      parsing: Array(
        (#"{"message":"w","number":"777","contact":{"phone":"55119"},"status":"failed","window":{"id":"c","#
          + #""expires_at":"2026-10-05T12:01:00Z","origin":"utility"},"pricing":{"billable":false,"model":"PMP","#
          + #""type":"regular","category":"group_utility","subtype":"paid_exempt"},"#
          + #""error":{"code":131049,"title":"held"}}"#).utf8))
    #expect(event["data"] == expected)
  }

  @Test func `a status in a group is of its participant, or of the group when it names none`() throws {
    let one = try only(
      Body.messages(
        #""statuses":[{"id":"w","status":"read","timestamp":"1","recipient_id":"5511900000","recipient_type":"group","#
          + #""recipient_participant_id":"5511911111"}]"#))
    #expect(one["id"]?.string == "w:read:5511911111")
    #expect(one["data"]?["participant"]?.string == "5511911111")
    #expect(one["data"]?["contact"] == .object(["phone": .string("5511911111")]))
    #expect(one["data"]?["group"]?.string == "5511900000")
    let all = try only(
      Body.messages(
        #""statuses":[{"id":"w","status":"sent","timestamp":"1","recipient_id":"5511900000","recipient_type":"group","#
          + #""recipient_participant_id":""}]"#))
    #expect(all["id"]?.string == "w:sent")
    #expect(all["data"]?["participant"] == nil)
    #expect(all["data"]?["contact"] == .object(["user": .string("5511900000")]))
  }

  @Test func `the number decides the account before the WABA does`() throws {
    let body = Body.messages(#""messages":[{"from":"55119","id":"w","timestamp":"1"}]"#)
    let both = try only(body) { number, waba in number == "777" ? "by-number" : waba == "42" ? "by-waba" : nil }
    #expect(both["subject"]?.string == "by-number")
    let waba = try only(body) { number, waba in waba == "42" ? "by-waba" : nil }
    #expect(waba["subject"]?.string == "by-waba")
  }

  @Test func `a thousand updates in one POST stay in the order of the document`() throws {
    var statuses: [String] = []
    for index in 0..<1_000 {
      statuses.append(
        #"{"id":"w\#(index)","status":"sent","timestamp":"1","recipient_id":"\#(5_511_900_000 + index)"}"#)
    }
    let events = try translated(Body.messages(#""statuses":[\#(statuses.joined(separator: ","))]"#))
    #expect(events.map { $0["id"]?.string } == (0..<1_000).map { "w\($0):sent" })
  }
}
