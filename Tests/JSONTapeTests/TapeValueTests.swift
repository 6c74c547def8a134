@testable import JSONTape
import Testing

@Suite struct TapeValueTests {
  let parser = TapeParser()

  func parse(_ json: String) throws -> TapeValue { try parser.parse(copying: json.utf8) }

  @Test(
    arguments: [
      ("null", .null), ("true", .bool), ("0", .int64), ("-9223372036854775808", .int64),
      ("9223372036854775807", .int64),
      ("9223372036854775808", .uint64), ("18446744073709551615", .uint64), ("1.0", .double), ("1e2", .double),
      ("\"\"", .string), ("[]", .array), ("{}", .object),
    ] as [(String, TapeValue.Kind)])
  func `a value has the kind it was written as`(source: String, kind: TapeValue.Kind) throws {
    #expect(try parse(source).kind == kind)
  }

  @Test func `a value answers only for its own kind`() throws {
    let number = try parse("7")
    #expect(number.text == nil && number.bool == nil && number.count == 0 && number["a"] == nil)
    #expect(!number.isObject && !number.isArray && !number.isNull && !number.isString)
    let string = try parse("\"7\"")
    #expect(string.int64 == nil && string.uint64 == nil && string.double == nil && string.isString)
    #expect(try parse("null").isNull)
    #expect(try parse("true").bool == true)
    #expect(try parse("false").bool == false)
  }

  @Test(
    arguments: [
      ("-9223372036854775808", Int64.min, nil), ("-1", -1, nil), ("-0", 0, 0), ("0", 0, 0),
      ("9223372036854775807", Int64.max, UInt64(Int64.max)), ("9223372036854775808", nil, 1 << 63),
      ("18446744073709551615", nil, UInt64.max), ("1.0", nil, nil), ("1e2", nil, nil),
    ] as [(String, Int64?, UInt64?)])
  func `an integer is given where it fits`(source: String, signed: Int64?, unsigned: UInt64?) throws {
    let value = try parse(source)
    #expect(value.int64 == signed)
    #expect(value.uint64 == unsigned)
  }

  @Test(
    arguments: [
      ("0.1", 0.1), ("-0.0", -0.0), ("5e-324", .leastNonzeroMagnitude), ("1e-400", 0),
      ("1.7976931348623157e308", .greatestFiniteMagnitude),
      ("9007199254740993.0", 9_007_199_254_740_992), ("-3", -3), ("18446744073709551615", 18_446_744_073_709_551_616),
    ] as [(String, Double)])
  func `any number is given as the nearest double`(source: String, expected: Double) throws {
    let double = try #require(try parse(source).double)
    #expect(double.bitPattern == expected.bitPattern)
  }

  @Test func `members come in the order of the document, equal names included`() throws {
    let value = try parse(#"{"b":1,"a":{"b":2},"b":[3],"":null}"#)
    var names: [String] = []
    value.forEachMember { name, _ in names.append(name.string) }
    #expect(names == ["b", "a", "b", ""])
    #expect(value["b"]?.int64 == 1)
    #expect(value["a"]?["b"]?.int64 == 2)
    #expect(value[""]?.isNull == true)
    #expect(value["c"] == nil)
    #expect(value.count == 4)
  }

  @Test func `elements come in order and nested ones are skipped`() throws {
    let value = try parse(#"[1,[2,[3]],{"a":[4]},5.5,18446744073709551615,"6",true,null]"#)
    var kinds: [TapeValue.Kind] = []
    value.forEachElement { kinds.append($0.kind) }
    #expect(kinds == [.int64, .array, .object, .double, .uint64, .string, .bool, .null])
    #expect(value.count == 8)
  }

  @Test func `walking stops at the first error`() throws {
    struct Enough: Error {}
    var seen = 0
    let array = try parse("[1,2,3]")
    #expect(throws: Enough.self) {
      try array.forEachElement { value throws(Enough) in
        seen += 1
        if value.int64 == 2 { throw Enough() }
      }
    }
    #expect(seen == 2)
    let object = try parse(#"{"a":1,"b":2,"c":3}"#)
    #expect(throws: Enough.self) {
      try object.forEachMember { name, _ throws(Enough) in
        seen += 1
        if name == "b" { throw Enough() }
      }
    }
    #expect(seen == 4)
  }

  @Test func `walking what is not such a container calls nothing`() throws {
    let object = try parse("{}")
    object.forEachElement { _ in Issue.record("an object has no elements") }
    object.forEachMember { _, _ in Issue.record("an empty object has no members") }
    let array = try parse("[1]")
    array.forEachMember { _, _ in Issue.record("an array has no members") }
    #expect(array.count == 1)
  }

  @Test func `a count too large for the tape is counted`() {
    // The tape has 0xFFFFFF when there are as many or more; here there are two, to be quick.
    let saturated = UInt64(0xFF_FFFF) << 32
    let word = { (tag: Unicode.Scalar) in UInt64(tag.value) << 56 }
    let array = [word("r"), word("[") | saturated | 5, word("t"), word("n"), word("]"), word("r")]
    let object = [word("r"), word("{") | saturated | 9, word("\""), 1, word("t"), word("\""), 1, word("n"), word("}")]
    for words in [array, object] {
      unsafe words.withUnsafeBufferPointer {
        #expect(unsafe TapeValue(words: $0.baseAddress!, position: 1).count == 2)
      }
    }
  }
}
