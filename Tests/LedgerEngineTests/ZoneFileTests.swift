import Testing

@testable import LedgerEngine

@Suite struct ZoneFileTests {
  @Test(
    arguments: [
      // 2026-03-29T01:00Z to summer time; 2039-10-30T01:00Z from it: beyond a slim file's table, by its rule alone.
      ("Europe/Berlin", 1_774_746_000, 7200), ("Europe/Berlin", 2_203_549_200, 3600),
      ("America/New_York", 1_772_953_200, -14_400), ("America/Sao_Paulo", 1_550_368_800, -10_800),
      ("Australia/Lord_Howe", 1_791_041_400, 39_600),
    ] as [(String, Int64, Int64)])
  func `a change of offset stands at its second`(zone: String, at: Int64, offset: Int64) throws {
    let transitions = try #require(SystemZones.transitions(of: zone))
    #expect(transitions.contains(ZoneFile.Transition(at: at, offsetSeconds: offset)), "\(zone)")
    #expect(transitions[0].at == SystemZones.span.start)
    #expect(
      zip(transitions, transitions.dropFirst()).allSatisfy { $0.at < $1.at && $0.offsetSeconds != $1.offsetSeconds })
  }

  @Test func `a zone without changes is one offset`() {
    #expect(SystemZones.transitions(of: "Asia/Kolkata")?.map(\.offsetSeconds) == [19_800])
    #expect(SystemZones.transitions(of: "UTC")?.map(\.offsetSeconds) == [0])
  }

  @Test(arguments: [
    "", "/etc/passwd", "../zoneinfo/UTC", "Europe/../UTC", "Europe", "Nowhere/Town", "Europe//Berlin", "zone.tab",
  ])
  func `what is no zone's name has no transitions`(name: String) { #expect(SystemZones.transitions(of: name) == nil) }

  @Test(
    arguments: [
      ("<-03>3", -10_800, nil, nil), ("IST-5:30", 19_800, nil, nil),
      ("EST5EDT,M3.2.0,M11.1.0", -18_000, 1_772_953_200, 1_793_512_800),  // 2026-03-08T07:00Z, 2026-11-01T06:00Z
      ("CET-1CEST,M3.5.0,M10.5.0/3", 3600, 1_774_746_000, 1_792_890_000),
      ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 37_800, 1_775_314_800, 1_791_041_400),
    ] as [(String, Int64, Int64?, Int64?)])
  func `a rule for later years gives its changes`(rule: String, standard: Int64, first: Int64?, second: Int64?) throws {
    let parsed = try #require(PosixZoneRule(footer: Array("\n\(rule)\n".utf8)))
    #expect(parsed.standardOffset == standard)
    let year = parsed.transitions(from: 1_767_225_600, to: 1_798_761_600).map(\.at)  // 2026
    #expect(year == [first, second].compactMap { $0 })
  }
}
