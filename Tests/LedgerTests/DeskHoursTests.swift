import Testing

@testable import Ledger

/// Business time: versions, holidays, daylight saving, and against counting minutes one by one (RULES.md 29, 45).
@Suite struct DeskHoursTests {
  var scene = DeskScene()
  static let workdays = ["mon", "tue", "wed", "thu", "fri"]
  static let nineToSix = Dictionary(uniqueKeysWithValues: workdays.map { ($0, ["09:00-18:00"]) })
  static let always = Dictionary(
    uniqueKeysWithValues: (workdays + ["sat", "sun"]).map { ($0, ["00:00-24:00"]) })
  /// Europe/Berlin: summer time from 2026-03-29T01:00Z to 2026-10-25T01:00Z.
  static let berlin = zone([(0, 1), (1_774_746_000, 2), (1_792_890_000, 1)])
  /// Midnight of 2026-10-04 does not exist; midnight of 2027-03-07 happens at the end of a repeated hour.
  static let asuncion = zone([(0, -4), (1_791_086_400, -3), (1_804_388_400, -4)])

  static func zone(_ transitions: [(Int64, Int32)]) -> Zone {
    Zone(transitions: transitions.map { .init(at: Timestamp(seconds: $0.0), offsetSeconds: $0.1 * 3_600) })!
  }

  func business(_ from: String, _ to: String) -> String {
    let (start, end) = (DeskScene.instant(from), DeskScene.instant(to))
    let clock = scene.around(from).clock(scene.desk.hours)
    return clock?.elapsed(from: start, to: end).description ?? "none"
  }

  @Test(
    arguments: [
      ("09:00", "18:00", "PT9H"), ("08:59", "09:00", "PT0S"), ("09:00", "09:01", "PT1M"), ("17:59", "18:00", "PT1M"),
      ("18:00", "06T09:00", "PT0S"), ("17:59", "06T09:01", "PT2M"), ("08:00", "19:00", "PT9H"),
      ("09:00", "09:00", "PT0S"), ("10:00", "09:00", "PT0S"),
      ("02T17:00", "09:30", "PT1H30M"),  // Friday to Monday
      ("03T00:00", "05T00:00", "PT0S"),  // the weekend
      ("01T00:00", "15T00:00", "PT90H"),
    ])
  mutating func `only the hours that are open count`(from: String, to: String, shown: String) {
    scene.open(Self.nineToSix)
    #expect(business(from, to) == shown)
  }

  @Test mutating func `a day without hours, a holiday and the hours between two stretches are closed`() {
    scene.open(
      ["mon": ["09:00-12:00", "13:00-18:00"], "tue": ["00:00-24:00"]], holidays: ["2026-10-12", "2026-01-01"])
    #expect(business("09:00", "18:00") == "PT8H")
    #expect(business("11:59", "13:01") == "PT2M")
    #expect(business("06T00:00", "07T00:00") == "PT24H")
    #expect(business("07T00:00", "12T00:00") == "PT0S")
    #expect(business("12T00:00", "13T00:00") == "PT0S")
    #expect(business("19T00:00", "20T00:00") == "PT8H")
  }

  @Test mutating func `before the first hours calendar time counts, then each version from its own instant`() {
    scene.open(at: "12:00", Self.nineToSix)
    #expect(business("00:00", "12:00") == "PT12H")
    #expect(business("00:00", "06T00:00") == "PT18H")
    scene.open(at: "06T10:00", ["tue": ["08:00-11:00"]])
    #expect(business("12:00", "06T12:00") == "PT8H")
    #expect(business("06T09:59", "06T10:01") == "PT2M")
    scene.open(at: "05T18:00", [:])  // folded later, dated between: closed from Monday evening on
    #expect(business("12:00", "06T12:00") == "PT7H")
    scene.open(at: "06T10:00", ["tue": ["10:00-10:30"]])  // of one instant the later folded holds
    #expect(business("12:00", "06T12:00") == "PT6H30M")
  }

  @Test(
    arguments: [
      ("24T00:00", "26T00:00", ["sat": ["00:00-24:00"], "sun": ["00:00-24:00"]], "PT47H"),
      ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", ["sun": ["00:00-24:00"]], "PT25H"),
      ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", ["sun": ["01:00-04:00"]], "PT4H"),
      ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", ["sun": ["01:00-02:00"]], "PT1H"),
      ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", ["sun": ["01:00-02:30"]], "PT1H30M"),
      ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", ["sun": ["02:30-04:00"]], "PT2H30M"),
      ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", ["sun": ["03:00-04:00"]], "PT1H"),
      ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", ["sun": ["00:00-24:00"]], "PT23H"),
      ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", ["sun": ["01:00-04:00"]], "PT2H"),
      ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", ["sun": ["02:00-03:00"]], "PT0S"),
      ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", ["sun": ["02:30-04:00"]], "PT1H"),
      ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", ["sun": ["01:30-02:30"]], "PT30M"),
    ])
  mutating func `on the days that clocks change the wall clock rules`(
    from: String, to: String, week: [String: [String]], shown: String
  ) {
    scene.zone = Self.berlin
    scene.open(week)
    #expect(business(from, to) == shown)
  }

  /// The clocks go back to 02:00 at 01:00 UTC; before it reads 02:15 again, new hours come.
  @Test mutating func `hours that begin within a repeated hour know whether business was open before it`() {
    scene.zone = Self.berlin
    scene.open(["sun": ["00:00-24:00"]])
    scene.open(at: "2026-10-25T01:15:00Z", ["sun": ["02:30-04:00"]])
    #expect(business("2026-10-25T00:30:00Z", "2026-10-25T01:15:00Z") == "PT45M")
    #expect(business("2026-10-25T01:15:00Z", "2026-10-25T04:00:00Z") == "PT1H45M")
    scene.open(at: "2026-10-25T01:20:00Z", ["sun": ["02:00-02:30"]])
    #expect(business("2026-10-25T01:15:00Z", "2026-10-25T04:00:00Z") == "PT5M")
  }

  @Test(arguments: [("sat", "PT24H"), ("sun", "PT23H"), ("mon", "PT24H")])
  mutating func `a day without a midnight starts at its first instant`(day: String, shown: String) {
    scene.zone = Self.asuncion
    scene.open([day: ["00:00-24:00"]])
    #expect(business("2026-10-02T12:00:00Z", "2026-10-07T12:00:00Z") == shown)
  }

  @Test(arguments: [("sat", "PT25H"), ("sun", "PT24H")])
  mutating func `a day whose last hour is repeated ends once`(day: String, shown: String) {
    scene.zone = Self.asuncion
    scene.open([day: ["00:00-24:00"]])
    #expect(business("2027-03-05T12:00:00Z", "2027-03-09T12:00:00Z") == shown)
  }

  @Test mutating func `hours have their own zone`() {
    scene.zones["Europe/Berlin"] = Self.berlin
    scene.open(["mon": ["09:00-18:00"]], zone: "Europe/Berlin")
    #expect(business("06:59", "07:01") == "PT1M")
    #expect(business("15:59", "16:01") == "PT1M")
  }

  @Test mutating func `business times stand beside calendar times once hours are given, and never before`() {
    scene.receive("08:00")
    scene.assign("08:00", agent: "priya")
    scene.send("09:10", by: "priya")
    scene.resolve("10:00")
    let bare = #"{"n":1,"median":"PT1H10M","p90":"PT1H10M"}"#
    #expect(scene.workload("20:00")["agents.0.first_response"] == bare)
    scene.open(Self.nineToSix)
    let full = #"{"n":1,"median":"PT1H10M","p90":"PT1H10M","business_median":"PT10M","business_p90":"PT10M"}"#
    #expect(scene.workload("20:00")["agents.0.first_response"] == full)
    #expect(scene.times("20:00", by: [.agent])["lines.0.first_response"] == full)
    #expect(scene.times("20:00")["total.resolution.business_median"] == "PT1H")
    let none = #"{"n":0,"median":null,"p90":null,"business_median":null,"business_p90":null}"#
    #expect(scene.workload("06T20:00")["agents.0.first_response"] == none)
  }

  @Test mutating func `time to the end of the calendar is told as fast as any other`() {
    scene.zone = Self.berlin
    scene.open(at: "1970-01-01T00:00:00Z", Self.nineToSix, holidays: ["0001-01-01", "1970-01-02", "9999-12-31"])
    for _ in 0..<1_000 { #expect(business("1970-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z") == "PT18854325H") }
    #expect(business("1970-01-01T00:00:00Z", "1970-01-08T00:00:00Z") == "PT36H")
    #expect(business("9999-12-27T00:00:00Z", "9999-12-31T23:59:59Z") == "PT36H")
  }

  @Test(arguments: [("06T09:15", "0"), ("06T09:16", "1")])
  mutating func `what was agreed is held to in business time`(now: String, attention: String) {
    scene.open(Self.nineToSix)
    scene.agree(first: "PT30M")
    scene.receive("17:45")
    #expect(scene.workload(now)["attention"] == attention)
    #expect(scene.workload("06T09:15")["longest_wait"] == "PT15H30M")
  }

  @Test(arguments: 1...8)
  mutating func `business time is what counting minutes gives`(seed: UInt64) throws {
    var random = RandomSource(seed: seed)
    scene.zone = seed.isMultiple(of: 2) ? Self.berlin : Self.asuncion
    let first = DeskScene.instant("2026-10-01T00:00:00Z").rawValue / 60_000_000
    let changes = (0..<3).map { _ in first + Int64.random(in: -2_000...50_000, using: &random) }
    for change in changes {
      let week = Dictionary(
        uniqueKeysWithValues: (Self.workdays + ["sat", "sun"]).map { ($0, Self.randomDay(&random)) })
      scene.open(
        at: Timestamp(rawValue: change * 60_000_000).description, week,
        holidays: ["2026-10-0\(Int.random(in: 1...9, using: &random))"])
    }
    for _ in 0..<10 {
      let start = first + Int64.random(in: 0...45_000, using: &random)
      let end = start + Int64.random(in: 0...3_000, using: &random)
      let counted = (start..<end).count { Self.isOpen(minute: $0, scene.desk.hours, scene.zone) }
      let shown = business(
        Timestamp(rawValue: start * 60_000_000).description, Timestamp(rawValue: end * 60_000_000).description)
      #expect(shown == Duration64(rawValue: Int64(counted) * 60_000_000).description, "seed \(seed)")
      try holdsToWhatWasAgreed(Timestamp(rawValue: end * 60_000_000), &random)
    }
  }

  /// Whoever waits since the latest start of a longer wait, or since before, waits too long, and nobody else.
  private func holdsToWhatWasAgreed(_ now: Timestamp, _ random: inout RandomSource) throws {
    let clock = try #require(scene.around("2026-10-01T00:00:00Z").clock(scene.desk.hours))
    let agreed = Duration64(rawValue: Int64.random(in: 0...200_000_000_000, using: &random))
    let latest = clock.latestStart(ofMoreThan: agreed, until: now)
    #expect(clock.elapsed(from: latest, to: now) > agreed)
    #expect(clock.elapsed(from: Timestamp(rawValue: latest.rawValue + 1), to: now) <= agreed)
    for _ in 0..<20 {
      let since = Timestamp(rawValue: now.rawValue - Int64.random(in: -1_000...2_000_000_000_000, using: &random))
      #expect((since <= latest) == (clock.elapsed(from: since, to: now) > agreed), "\(agreed) until \(now)")
    }
    let never = clock.latestStart(ofMoreThan: Duration64(rawValue: .max), until: now)
    #expect(never < Timestamp(rawValue: 0))
  }

  /// Up to three stretches of a day; none begins or ends where a clock repeats itself.
  static func randomDay(_ random: inout RandomSource) -> [String] {
    let hours = Array(Set((0..<6).map { _ in Int.random(in: 4...22, using: &random) })).sorted()
    return stride(from: 0, to: hours.count - 1, by: 2).map { index in
      let (opens, closes) = (hours[index], hours[index + 1])
      return "\(opens < 10 ? "0" : "")\(opens):15-\(closes < 10 ? "0" : "")\(closes):45"
    }
  }

  static func isOpen(minute: Int64, _ hours: BusinessHours, _ zone: Zone) -> Bool {
    let now = Timestamp(rawValue: minute * 60_000_000)
    guard let version = hours.versions.last(where: { $0.from <= now }) else { return true }
    let local = now.rawValue + Int64(zone.offsetSeconds(at: now)) * 1_000_000
    let day = zone.day(of: now)
    let minuteOfDay = Int(local / 60_000_000 % 1_440)
    return !version.holidays.contains(day)
      && version.week[day.weekday].contains { $0.opensAtMinute <= minuteOfDay && minuteOfDay < $0.closesAtMinute }
  }
}
