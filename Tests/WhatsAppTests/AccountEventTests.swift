import Testing
import WhatsApp

struct AccountEventTests {
  private func only(_ field: String, _ value: String, time: String? = "1791201600") throws -> JSON {
    let events = try translated(Body.change("\"\(field)\"", value, time: time))
    #expect(events.count == 1)
    return try #require(events.first)
  }

  @Test func `a template's category in force is the new one, in an advance notice too`() throws {
    let template =
      #""message_template_id":1563912508540305,"message_template_name":"t","message_template_language":"pt_BR""#
    let update = try only(
      "template_category_update", "{\(template),\"previous_category\":\"UTILITY\",\"new_category\":\"MARKETING\"}")
    #expect(update["type"]?.string == "waybill.template.updated")
    #expect(update["time"]?.string == "2026-10-05T12:00:00Z")
    #expect(
      update["data"]
        == .object(["template": .string("t"), "language": .string("pt_BR"), "category": .string("marketing")]))
    let notice = try only(
      "template_category_update",
      "{\(template),\"correct_category\":\"MARKETING\",\"new_category\":\"UTILITY\",\"category_update_timestamp\":1791288000}"
    )
    #expect(notice["data"]?["category"]?.string == "utility")
    #expect(
      notice["data"]?["coming"]
        == .object(["category": .string("marketing"), "at": .string("2026-10-06T12:00:00Z")]))
    let silent = try only("template_category_update", "{\(template)}")
    #expect(silent["data"]?["reason"]?.string == "not_understood")
  }

  private func tier(_ change: (String) -> String = { $0 }) throws -> JSON {
    try only(
      "account_update",
      change(
        #"{"event":"VOLUME_BASED_PRICING_TIER_UPDATE","volume_tier_info":{"tier_update_time":1791201500,"#
          + #""pricing_category":"AUTHENTICATION-INTERNATIONAL","tier":"100001:1000000","effective_month":"2026-10","#
          + #""region":"INDIA"}}"#))
  }

  @Test func `a tier update becomes tier.reported in the cards' spelling`() throws {
    let event = try tier()
    #expect(event["type"]?.string == "waybill.tier.reported")
    let expected = try JSON(
      parsing: Array(
        (#"{"market":"India","category":"authentication_international","month":"2026-10","lower":100001,"#
          + #""upper":1000000,"at":"2026-10-05T11:58:20Z"}"#).utf8))
    #expect(event["data"] == expected)
    let top = try tier { $0.replacing("100001:1000000", with: "0:MAX").replacing("INDIA", with: "Atlantis") }
    #expect(top["data"]?["upper"]?.string == "MAX")
    #expect(top["data"]?["market"]?.string == "Atlantis")
  }

  @Test(arguments: [
    ("AUTHENTICATION-INTERNATIONAL", "CALLING", "no_effect"), ("100001:1000000", "1000000", "not_understood"),
    ("100001:1000000", "9:8", "not_understood"), ("100001:1000000", "-1:8", "not_understood"),
    ("2026-10", "2026-13", "not_understood"), ("INDIA", "", "not_understood"),
    ("VOLUME_BASED_PRICING_TIER_UPDATE", "SOMETHING_NEW", "not_understood"),
    ("VOLUME_BASED_PRICING_TIER_UPDATE", "ACCOUNT_DELETED", "no_effect"),
  ]) func `a tier that is no message's or no tier is kept`(old: String, new: String, reason: String) throws {
    let event = try tier { $0.replacing(old, with: new) }
    #expect(event["type"]?.string == "waybill.whatsapp.kept")
    #expect(event["data"]?["reason"]?.string == reason)
  }

  @Test func `eligibility and the primary location become facts`() throws {
    let eligibility = try only(
      "account_update",
      #"{"event":"AUTH_INTL_PRICE_ELIGIBILITY_UPDATE","auth_international_rate_eligibility":{"start_time":1748780624,"#
        + #""exception_countries":[{"country_code":"ID","start_time":1751347424}]}}"#)
    #expect(eligibility["type"]?.string == "waybill.auth_international.reported")
    let exceptions = JSON.array([.object(["country": .string("ID"), "start": .string("2025-07-01T05:23:44Z")])])
    #expect(eligibility["data"] == .object(["start": .string("2025-06-01T12:23:44Z"), "exceptions": exceptions]))
    let location = try only(
      "account_update", #"{"event":"BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE","country":"BR"}"#)
    #expect(location["type"]?.string == "waybill.primary_location.reported")
    #expect(location["data"] == .object(["country": .string("BR")]))
  }

  @Test func `the id of an account event depends on content and time, not on the order of members`() throws {
    let first = try only("account_update", #"{"event":"BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE","country":"BR"}"#)
    let turned = try only("account_update", #"{"country":"BR","event":"BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE"}"#)
    #expect(first == turned)
    let other = try only("account_update", #"{"event":"BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE","country":"PT"}"#)
    let later = try only(
      "account_update", #"{"event":"BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE","country":"BR"}"#, time: "1791201601")
    #expect(Set([first, other, later].map { $0["id"]?.string }).count == 3)
  }

  @Test func `a partner's event belongs to the WABA it names`() throws {
    let events = try translated(try Fixtures.bytes("webhooks/account-partner-added.json")) { _, waba in
      waba == "980198427658004" ? "client" : nil
    }
    #expect(events.first?["source"]?.string == "/whatsapp/980198427658004")
    #expect(events.first?["subject"]?.string == "client")
  }
}

extension String {
  func replacing(_ old: String, with new: String) -> String {
    split(separator: old, omittingEmptySubsequences: false).joined(separator: new)
  }
}
