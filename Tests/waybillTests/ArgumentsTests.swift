import ArgumentParser
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

@testable import LedgerClient
@testable import waybill

@Suite struct ArgumentsTests {
  @Test(arguments: [
    (["--json", "balance", "acme"], ["balance", "acme", "--json"]),
    (["--socket", "x.sock", "--csv", "log"], ["log", "--socket", "x.sock", "--csv"]),
    (["--socket=x.sock", "append", "--", "-file"], ["append", "--socket=x.sock", "--", "-file"]),
    (["balance", "acme", "--json"], ["balance", "acme", "--json"]), (["--help"], ["--help"]), ([], []),
    (["--json"], ["--json"]), (["--socket"], ["--socket"]), (["--json", "help"], ["--json", "help"]),
    (["adjust", "acme", "-5"], ["adjust", "acme", "\u{2212}5"]), (["append", "-"], ["append", "-"]),
  ])
  func `options of all commands may stand before the command`(written: [String], prepared: [String]) {
    #expect(Arguments.prepared(written) == prepared)
  }

  @Test(
    arguments: [
      (["balance"], 2), (["balance", "acme", "--nonsense"], 2), (["nonsense"], 2),
      (["charges", "acme", "--month", "2026-13"], 2),
      (["charges", "acme", "--month", "2026-10", "--from", "2026-10-01"], 2), (["balance", "a", "--json", "--csv"], 2),
      (["pay", "acme", "ten"], 2), (["log", "--follow", "--to", "9"], 2), (["assign", "acme", "5511"], 2),
      (["account", "set", "acme"], 2), (["correct", "acme", "1", "--reason", "x"], 2), (["--help"], 0),
      (["balance", "--help"], 0), (["--version"], 0), (["--generate-completion-script", "bash"], 0),
      (["--socket", "/nowhere/x.sock", "balance", "acme"], 3),
      (["pay", "acme", "1", "--currency", "USD", "--socket", "/nowhere/x"], 3),
      (["append", "/nowhere/file", "--socket", "/nowhere/x"], 1),
    ] as [([String], Int32)])
  func `the exit status says what kind of failure it was`(arguments: [String], status: Int32) async {
    #expect(await Program.run(arguments, terminal: .silent) == status)
  }

  @Test(
    arguments: [
      ("12.50", "12.50"), ("\u{2212}0.0068", "-0.0068"), ("-3", "-3"), ("1e3", nil), ("", nil), ("-", nil),
      ("1,5", nil),
    ] as [(String, String?)])
  func `an amount is a decimal and keeps its digits`(written: String, text: String?) {
    #expect(Amount(argument: written)?.text == text)
  }

  @Test(arguments: [
    ("2026-10", "2026-10-01", "2026-11-01"), ("2026-12", "2026-12-01", "2027-01-01"),
  ])
  func `a month is from its first day to the next month's`(month: String, from: String, to: String) throws {
    let month = try #require(CalendarMonthArgument(argument: month))
    #expect(month.firstDay == from)
    #expect(month.next.firstDay == to)
  }

  @Test(arguments: ["2026", "2026-0", "2026-00", "2026-13", "26-10", "2026-10-01", "x"])
  func `what is no month is refused`(text: String) {
    #expect(CalendarMonthArgument(argument: text) == nil)
  }

  @Test func `business hours name days and spans`() throws {
    let hours = try #require(BusinessDays(argument: "mon-wed,sat=09:00-12:00,13:00-18:00"))
    #expect(hours.days == ["mon", "tue", "wed", "sat"])
    #expect(hours.spans == ["09:00-12:00", "13:00-18:00"])
    for wrong in ["mon", "mon=", "=09:00-12:00", "fri-mon=09:00-12:00", "monday=09:00-12:00", "mon-=09:00-12:00"] {
      #expect(BusinessDays(argument: wrong) == nil, "\(wrong)")
    }
  }

  @Test func `a new id is a random UUID and now is RFC 3339`() throws {
    let ids = Set((0..<100).map { _ in EventIdentity.newID() })
    #expect(ids.count == 100)
    for id in ids {
      #expect(id.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
    }
    #expect(EventIdentity.now().wholeMatch(of: /20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/) != nil)
    #expect(EventIdentity.source.hasPrefix("/waybill/"))
  }

  @Test(arguments: [400, 403, 404, 409, 413, 415, 422, 503, 507])
  func `a refusal exits with 1 and says where`(status: Int) {
    var problem = Problem(status: status, detail: "the amount is a number")
    problem.index = 2
    problem.pointer = "/data/amount"
    let failure = LedgerClientError.refused(problem).failure
    #expect(failure.status == 1)
    #expect(failure.sentence == "the amount is a number (event 3, at /data/amount)")
    #expect(!failure.nextStep.isEmpty)
  }

  @Test func `a place that the sentence names, or that is plain, is not named again`() {
    var problem = Problem(status: 422, detail: "/data/amount is no decimal")
    problem.index = 0
    problem.pointer = "/data/amount"
    #expect(LedgerClientError.refused(problem).failure.sentence == "/data/amount is no decimal")
    problem = Problem(status: 400, detail: "by=x is not understood")
    problem.pointer = "?by"
    #expect(LedgerClientError.refused(problem).failure.sentence == "by=x is not understood")
  }

  @Test func `a progress bar is full at the end and without a total none`() {
    #expect(Progress.line("append", 50, of: 100, "x") == "append  ███████████████░░░░░░░░░░░░░░░ 50 %  x")
    #expect(Progress.line("append", 200, of: 100, "x").contains("100 %"))
    #expect(Progress.line("append", 5, of: nil, "x") == "append  x")
  }
}

extension Terminal {
  /// Writes nowhere.
  static var silent: Terminal {
    var terminal = Terminal.standard
    terminal.output = unsafe open("/dev/null", O_WRONLY)
    terminal.errorOutput = terminal.output
    return terminal
  }
}
