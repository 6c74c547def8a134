import JSONTape
import Testing

@testable import Ledger

struct CorrectionParsingTests {
  @Test(
    arguments: [
      ("-0.0125", nil), ("1000000", nil), ("-1000000", nil), ("1000000.000001", .badValue),
      ("-1000000.000001", .badValue), ("0", .badValue), ("-0", .badValue), ("999999999999", .badValue),
    ] as [(String, Refusal.Code?)])
  func `a correction has a sign and the bound of a price`(amount: String, code: Refusal.Code?) throws {
    let parser = TapeParser()
    let data = try parser.parse(copying: Array(#"{"message":"m","amount":"\#(amount)","reason":"r"}"#.utf8))
    do {
      _ = try ChargeCorrected(data)
      #expect(code == nil)
    } catch {
      #expect(error.code == code)
      #expect(error.pointer == "/data/amount")
    }
  }
}
