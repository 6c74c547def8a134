import JSONTape
import Ledger

/// Events of a WABA that move money: templates, tiers, eligibility, primary location (RULES 34).
enum AccountTranslation {
  static func accountUpdate(_ change: Change) -> Translation {
    guard let value = change.value, let event = value["event"]?.text else { return .kept(.notUnderstood) }
    switch event {
    case "VOLUME_BASED_PRICING_TIER_UPDATE": return tier(change)
    case "AUTH_INTL_PRICE_ELIGIBILITY_UPDATE": return eligibility(change)
    case "BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE": return primaryLocation(change)
    default: return .kept(eventsWithoutEffect.contains(event.string) ? .noEffect : .notUnderstood)
    }
  }

  private static let eventsWithoutEffect: Set<String> = [
    "ACCOUNT_DELETED", "ACCOUNT_OFFBOARDED", "ACCOUNT_RECONNECTED", "ACCOUNT_RESTRICTION", "ACCOUNT_UPDATE",
    "ACCOUNT_VIOLATION", "AD_ACCOUNT_LINKED", "DISABLED_UPDATE", "MM_LITE_TERMS_SIGNED", "PARTNER_ADDED",
    "PARTNER_APP_INSTALLED", "PARTNER_APP_UNINSTALLED", "PARTNER_CLIENT_CERTIFICATION_STATUS_UPDATE",
    "PARTNER_REMOVED", "VERIFIED_ACCOUNT",
  ]

  // MARK: Templates

  static func templateStatus(_ change: Change) -> Translation {
    guard let value = change.value, let name = value["message_template_name"]?.identifier, let time = change.entryTime,
      let status = value["event"]?.nonEmpty
    else { return .kept(.notUnderstood) }
    return .event(type: "template.updated", id: nil, time: time) { data in
      data.member("template", name)
      data.member("language", value["message_template_language"]?.nonEmpty)
      data.member("category", value["message_template_category"]?.nonEmpty.map(category))
      data.member("status", status)
    }
  }

  /// With `correct_category` this is an advance notice, in which `new_category` is still the one in force.
  static func templateCategory(_ change: Change) -> Translation {
    guard let value = change.value, let name = value["message_template_name"]?.identifier, let time = change.entryTime,
      let current = value["new_category"]?.nonEmpty
    else { return .kept(.notUnderstood) }
    return .event(type: "template.updated", id: nil, time: time) { data in
      data.member("template", name)
      data.member("language", value["message_template_language"]?.nonEmpty)
      data.member("category", category(current))
      guard let coming = value["correct_category"]?.nonEmpty else { return }
      data.member("coming") {
        $0.member("category", category(coming))
        $0.member("at", value["category_update_timestamp"]?.moment)
      }
    }
  }

  /// As cards and statuses spell it.
  private static func category(_ name: String) -> String {
    String(name.lowercased().map { $0 == "-" ? "_" : $0 })
  }

  // MARK: Prices

  private static let messageCategories: Set<String> = [
    "authentication", "authentication_international", "general_purpose_ai", "group_marketing", "group_service",
    "group_utility", "marketing", "marketing_lite", "service", "utility",
  ]

  private static func tier(_ change: Change) -> Translation {
    guard let info = change.value?["volume_tier_info"], let name = info["pricing_category"]?.nonEmpty else {
      return .kept(.notUnderstood)
    }
    let category = category(name)
    guard messageCategories.contains(category) else { return .kept(.noEffect) }
    guard let region = info["region"]?.nonEmpty, let at = info["tier_update_time"]?.moment,
      let month = info["effective_month"]?.text, CalendarMonth(month) != nil,
      let bounds = info["tier"]?.nonEmpty.flatMap(TierBounds.init)
    else { return .kept(.notUnderstood) }
    return .event(type: "tier.reported", id: nil, time: change.entryTime ?? at) { data in
      data.member("market", MarketNames.spelling(of: region))
      data.member("category", category)
      data.member("month", month.string)
      data.key("lower")
      data.number(bounds.lower)
      data.key("upper")
      if let upper = bounds.upper { data.number(upper) } else { data.string("MAX") }
      data.member("at", at)
    }
  }

  private static func eligibility(_ change: Change) -> Translation {
    guard let rate = change.value?["auth_international_rate_eligibility"], let start = rate["start_time"]?.moment else {
      return .kept(.notUnderstood)
    }
    return .event(type: "auth_international.reported", id: nil, time: change.entryTime ?? start) { data in
      data.member("start", start)
      data.key("exceptions")
      data.beginArray()
      rate["exception_countries"]?.forEachElement { exception in
        data.beginObject()
        data.member("country", exception["country_code"]?.nonEmpty)
        data.member("start", exception["start_time"]?.moment)
        data.endObject()
      }
      data.endArray()
    }
  }

  private static func primaryLocation(_ change: Change) -> Translation {
    guard let country = change.value?["country"]?.nonEmpty, let time = change.entryTime else {
      return .kept(.notUnderstood)
    }
    return .event(type: "primary_location.reported", id: nil, time: time) { $0.member("country", country) }
  }
}

/// Meta's `"25000001:50000000"` and `"0:MAX"`, both bounds inside.
struct TierBounds: Hashable {
  var lower: UInt64
  /// Nil is without bound.
  var upper: UInt64?

  init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let lower = UInt64(parts[0]) else { return nil }
    self.lower = lower
    if parts[1] == "MAX" { return }
    guard let upper = UInt64(parts[1]), upper >= lower else { return nil }
    self.upper = upper
  }
}

/// Markets as the rate cards spell them.
enum MarketNames {
  private static let all = [
    "Argentina", "Bangladesh", "Brazil", "Chile", "Colombia", "Egypt", "France", "Germany", "Hong Kong", "Hungary",
    "India", "Indonesia", "Iraq", "Israel", "Italy", "Kazakhstan", "Kuwait", "Malaysia", "Mexico", "Morocco",
    "Netherlands", "Nepal", "Nigeria", "North America", "Oman", "Other", "Pakistan", "Peru", "Poland", "Qatar",
    "Rest of Africa", "Rest of Asia Pacific", "Rest of Central & Eastern Europe", "Rest of Latin America",
    "Rest of Middle East", "Rest of Western Europe", "Romania", "Russia", "Saudi Arabia", "Singapore", "South Africa",
    "Spain", "Sri Lanka", "Turkey", "Ukraine", "United Arab Emirates", "United Kingdom",
  ]

  /// One provider relays `INDIA` for `India`; a name that no card has stays as it is.
  static func spelling(of name: String) -> String {
    let folded = name.lowercased()
    return all.first { $0.lowercased() == folded } ?? name
  }
}
