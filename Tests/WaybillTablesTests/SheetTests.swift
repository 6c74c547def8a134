import Foundation
import Testing

@testable import WaybillTables

/// Each answer of INTERFACE.md section 3, laid out for a pipe and as CSV, beside the answer in `Golden/`.
/// `UPDATE_GOLDEN=1` writes them anew; review reads them.
@Suite struct SheetTests {
  static let sheets: [(String, @Sendable (JSONValue) -> Sheet)] = [
    ("accounts", Sheet.accounts), ("balance", Sheet.balance), ("charges", Sheet.charges),
    ("charges-total", Sheet.charges), ("usage", Sheet.usage), ("explain", Sheet.explain),
    ("payments", Sheet.payments), ("credits", Sheet.credits), ("allowances", Sheet.allowances),
    ("unrated", Sheet.unrated), ("differences", Sheet.differences), ("workload", Sheet.workload),
    ("conversations", Sheet.conversations), ("response-times", Sheet.responseTimes), ("alerts", Sheet.alerts),
    ("questions", Sheet.questions), ("verification", Sheet.verification), ("appended", Sheet.appended),
  ]

  @Test(arguments: sheets.indices)
  func `an answer is laid out as its golden file shows`(index: Int) throws {
    let (name, sheet) = Self.sheets[index]
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")
    let json = try Data(contentsOf: folder.appendingPathComponent("\(name).json"))
    let laidOut = sheet(try JSONValue(json: Array(json)))
    let (output, remarks) = laidOut.text(TextRenderer(isColoured: false))
    let page = output + remarks.map { "! \($0)\n" }.joined() + "---\n" + CSV.text(laidOut.csv)
    let golden = folder.appendingPathComponent("\(name).txt")
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil {
      try Data(page.utf8).write(to: golden)
    }
    #expect(page == String(decoding: try Data(contentsOf: golden), as: UTF8.self))
    for line in output.split(separator: "\n") { #expect(line.last != " ") }
  }

  @Test(arguments: ["payments", "credits", "unrated", "differences", "conversations", "accounts", "alerts"])
  func `an empty answer is a sentence on standard error and only a header in CSV`(name: String) throws {
    let sheet = try #require(Self.sheets.first { $0.0 == name }).1
    let laidOut = sheet(.object([.init("lines", .array([])), .init(name, .array([]))]))
    let (output, remarks) = laidOut.text(TextRenderer(isColoured: false))
    #expect(output.isEmpty)
    #expect(remarks.count == 1)
    #expect(remarks[0].last == "." || remarks[0].contains("waybill "))
    #expect(CSV.text(laidOut.csv).split(separator: "\r\n").count == 1)
  }
}
