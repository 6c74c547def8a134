import Testing

@testable import WaybillTables

private let plain = TextRenderer(isColoured: false)

@Suite struct LayoutTests {
  @Test func `money aligns at the point, counts at the right, text at the left`() {
    let rows = JSONValue.array([
      .object([.init("name", .string("a")), .init("n", .number("7")), .init("amount", .string("4.352"))]),
      .object([.init("name", .string("longer")), .init("n", .number("1200")), .init("amount", .string("-120"))]),
      .object([.init("name", .null), .init("n", .number("0")), .init("amount", .string("0.0068"))]),
    ])
    let table = Table(
      rows.elements, [.init("name", "name"), .init("n", "n", .count), .init("amount", "amount", .money)])
    #expect(
      plain.text(table) == """
        name       n     amount
        a          7     4.352
        longer  1200  -120
        -          0     0.0068

        """)
  }

  @Test func `a title wider than its money stands over the last digit`() {
    let table = Table([.init("t", .string("1.5"))].map { .object([$0]) }, [.init("t", "amount", .money)])
    #expect(plain.text(table) == "amount\n   1.5\n")
  }

  @Test func `wide characters take two columns and combining marks none`() {
    #expect("日本".displayWidth == 4)
    #expect("e\u{301}".displayWidth == 1)
    #expect("👍".displayWidth == 2)
    #expect("ção".displayWidth == 3)
    let table = Table(
      [
        .object([.init("a", .string("日本")), .init("b", .string("x"))]),
        .object([.init("a", .string("ab")), .init("b", .string("y"))]),
      ],
      [.init("a", "a"), .init("b", "b")])
    #expect(plain.text(table) == "a     b\n日本  x\nab    y\n")
  }

  @Test func `text from outside cannot move the cursor`() {
    let table = Table([.object([.init("a", .string("x\u{1B}[2Jy\nz\u{9B}"))])], [.init("a", "a")])
    #expect(plain.text(table) == "a\nx\u{FFFD}[2Jy z\u{FFFD}\n")
  }

  @Test func `without colour there is no escape, with colour padding stays outside it`() {
    let table = Table([.object([.init("a", .string("-1"))])], [.init("a", "amount", .money)])
    #expect(!plain.text(table).contains("\u{1B}"))
    #expect(TextRenderer(isColoured: true).text(table) == "\u{1B}[1mamount\u{1B}[0m\n    \u{1B}[31m-1\u{1B}[0m\n")
  }

  @Test func `the total stands under a rule and says that it is one`() {
    let table = Table(
      [.object([.init("a", .string("x")), .init("n", .number("1"))])], [.init("a", "a"), .init("n", "n", .count)],
      total: .object([.init("n", .number("1"))]))
    #expect(plain.text(table) == "a      n\nx      1\n--------\ntotal  1\n")
    #expect(CSV.text(table) == "a,n\r\nx,1\r\n")
  }

  @Test func `a column without any value is left out unless it always stands`() {
    let rows = [JSONValue.object([.init("a", .string("x")), .init("b", .null)])]
    #expect(Table(rows, [.init("a", "a"), .init("b", "b", always: false)]).columns.filter(\.isShown).map(\.title) == ["a"])
    #expect(Table(rows, [.init("a", "a"), .init("b", "b")]).columns.filter(\.isShown).map(\.title) == ["a", "b"])
  }

  @Test(arguments: [
    ("2026-10-03T09:15:02Z", "2026-10-03 09:15:02 UTC"),
    ("2026-10-03T09:15:02.5-03:00", "2026-10-03 09:15:02-03:00"),
    ("2026-10-03T09:15:02.962364Z", "2026-10-03 09:15:02 UTC"), ("2026-10-03", "2026-10-03"), ("soon", "soon"),
  ])
  func `an instant is readable, and anything else stays`(instant: String, shown: String) {
    let cell = Cell(.string(instant), .instant)
    #expect(cell.shown == shown)
    #expect(cell.raw == instant)
  }

  @Test(arguments: [
    ("plain", "plain"), ("a,b", "\"a,b\""), ("say \"hi\"", "\"say \"\"hi\"\"\""), ("two\nlines", "\"two\nlines\""),
    ("back\rslash", "\"back\rslash\""), ("", ""), ("\r\n", "\"\r\n\""), (" space ", " space "),
  ])
  func `CSV quotes what RFC 4180 says`(field: String, written: String) {
    #expect(CSV.quoted(field) == written)
  }

  @Test func `a line of one empty field is not an empty line`() {
    #expect(CSV.line([""]) == "\"\"\r\n")
    #expect(CSV.line(["", ""]) == ",\r\n")
  }

  @Test func `an answer keeps the order of members, decimal strings and numbers as they are`() throws {
    let text = #"{"z":"0.10","a":12345678901234567890,"n":null,"t":[true,-1],"s":"\"\\\n\u0001é"}"#
    let answer = try JSONValue(json: Array(text.utf8))
    #expect(answer.members.map(\.name) == ["z", "a", "n", "t", "s"])
    #expect(answer["z"] == .string("0.10"))
    #expect(answer["a"] == .number("12345678901234567890"))
    #expect(try JSONValue(json: Array(answer.json.utf8)) == answer)
    #expect(answer.json == text)
  }
}
