import JSONTape
import Testing

@testable import Ledger

struct NamesTests {
  @Test func `names are numbered from 1 in the order first seen`() {
    var names = Names()
    #expect(names.intern("b").rawValue == 1)
    #expect(names.intern("a").rawValue == 2)
    #expect(names.intern("b").rawValue == 1)
    #expect(names.count == 2)
    #expect(names.string(NameID(rawValue: 2)) == "a")
    #expect(names.intern(nil as Text?) == .none)
    #expect(names.string(.none).isEmpty)
  }

  @Test func `finding does not number`() {
    var names = Names()
    #expect(names.find("a" as Text) == nil)
    let id = names.intern("a")
    #expect(names.find("a" as Text) == id)
    #expect(names.find("a" as String) == id)
    #expect(names.find("A" as String) == nil)
    #expect(names.find("" as String) == nil)
    #expect(names.count == 1)
  }

  @Test func `an empty name, names with zero bytes and names alike to the eye are names of their own`() {
    var names = Names()
    let ids = ["", "\0", "\0\0", "caf\u{e9}", "cafe\u{301}", "a", "ab"].map { (text: StaticString) in
      names.intern(Text(text))
    }
    #expect(Set(ids).count == 7)
    #expect(names.string(ids[0]).isEmpty)
    #expect(names.find("" as Text) == ids[0])
  }

  @Test func `ten thousand names are found again, before and after decoding`() throws {
    var names = Names()
    for number in 0..<10_000 { intern("name \(number)", in: &names) }
    var encoder = StateEncoder()
    names.encode(into: &encoder)
    var decoder = StateDecoder(encoder.bytes)
    let copy = try Names(from: &decoder)
    #expect(decoder.isAtEnd)
    #expect(copy.count == 10_000)
    for number in 0..<10_000 {
      let found = (names.find("name \(number)"), copy.find("name \(number)"))
      guard found.0?.rawValue == UInt32(number + 1), found.1 == found.0 else {
        Issue.record("name \(number) is \(found)")
        return
      }
    }
  }

  private func intern(_ string: String, in names: inout Names) {
    var string = string
    string.withUTF8 { unsafe _ = names.intern(Text(buffer: $0)) }
  }

  @Test func `names are ordered by their bytes, none first`() {
    var names = Names()
    let (b, a, ab, z) = (names.intern("b"), names.intern("a"), names.intern("ab"), names.intern("\u{e9}"))
    let sorted = [z, b, ab, .none, a].sorted { names.isOrdered($0, before: $1) }
    #expect(sorted == [.none, a, ab, b, z])
    #expect(!names.isOrdered(a, before: a))
    #expect(!names.isOrdered(.none, before: .none))
  }
}
