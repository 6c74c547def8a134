/// Lengths of time, and what stands in the middle of them and near their end.
struct SpanTally: Sendable {
  private var calendar: [Int64] = []
  private var business: [Int64] = []

  mutating func add(_ sample: DeskSample, _ clock: BusinessClock?) {
    calendar.append(sample.duration.rawValue)
    if let clock { business.append(clock.elapsed(from: sample.began, to: sample.ended).rawValue) }
  }

  /// `{"n":11,"median":"PT3M20S","p90":"PT12M"}`, with the business times where hours were given (RULES.md 29).
  func write(to json: inout JSONWriter, withBusiness: Bool) {
    json.beginObject()
    json.key("n")
    json.number(calendar.count)
    Self.write(calendar, "median", "p90", to: &json)
    if withBusiness { Self.write(business, "business_median", "business_p90", to: &json) }
    json.endObject()
  }

  private static func write(_ spans: [Int64], _ median: StaticString, _ high: StaticString, to json: inout JSONWriter) {
    let rising = spans.sorted()
    for (key, percent) in [(median, 50), (high, 90)] {
      json.key(key)
      if let span = nearestRank(rising, percent: percent) {
        json.duration(Duration64(rawValue: span))
      } else {
        json.null()
      }
    }
  }

  /// The ⌈percent · n / 100⌉th of a rising list; nil for an empty one.
  static func nearestRank(_ rising: [Int64], percent: Int) -> Int64? {
    rising.isEmpty ? nil : rising[(percent * rising.count + 99) / 100 - 1]
  }
}

/// The four kinds of times of one line of an answer.
struct ResponseTally: Sendable {
  private var spans = [SpanTally](repeating: SpanTally(), count: DeskSample.Kind.allCases.count)
  /// Conversations that wait and go on waiting.
  var waiting = 0

  mutating func add(_ sample: DeskSample, _ clock: BusinessClock?) {
    spans[Int(sample.kind.rawValue)].add(sample, clock)
  }

  func write(_ kinds: [DeskSample.Kind], to json: inout JSONWriter, withBusiness: Bool) {
    for kind in kinds {
      json.key(kind.key)
      spans[Int(kind.rawValue)].write(to: &json, withBusiness: withBusiness)
    }
  }
}

extension DeskSample.Kind {
  fileprivate var key: StaticString {
    switch self {
    case .firstResponse: "first_response"
    case .nextResponse: "next_response"
    case .resolution: "resolution"
    case .queue: "queue"
    }
  }
}
