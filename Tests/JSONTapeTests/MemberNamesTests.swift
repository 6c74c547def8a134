import JSONTape
import Testing

@Suite struct MemberNamesTests {
  static let known: [StaticString] = [
    "id", "i", "type", "eightlet", "eightles", "ninechars", "ninecharz", "sixteen_letters_", "sixteen_letters-",
    "seventeen_letters", "a_name_of_more_than_twenty", "",
  ]
  static let names: MemberNames = [
    "id", "i", "type", "eightlet", "eightles", "ninechars", "ninecharz", "sixteen_letters_", "sixteen_letters-",
    "seventeen_letters", "a_name_of_more_than_twenty", "",
  ]
  static let strange = [
    "ID", "idd", "d", "typ", "types", "eightle", "eightlets", "ninechar_", "nine_hars", "seventeen_lettert",
    "seventeen-letters", "a_name_of_more_than_twentz", "a_name_of-more_than_twenty", "\u{0}", "é",
  ]
  static let values = ["null", "0", "-1.5", "\"\"", "\"null\"", "true", "{}", "[]", #"{"id":{"id":[1]}}"#, "[{\"type\":2}]"]

  let parser = TapeParser()

  /// What ten naive lines say: the value of each known name, and the first one that stands twice.
  func naively(_ object: TapeValue) -> (values: [Int: UInt32], twice: Int?) {
    var seen: Set<Int> = []
    var values: [Int: UInt32] = [:]
    var twice: Int?
    object.forEachMember { name, value in
      guard twice == nil, let index = Self.known.firstIndex(where: { Text($0) == name }) else { return }
      if !seen.insert(index).inserted { twice = index }
      if !value.isNull { values[index] = value.place }
    }
    return (values, twice)
  }

  @Test func `members are found in any order, among strange ones, and twice`() throws {
    var random = SeededGenerator(seed: runSeed &+ 6)
    var refusedCount = 0
    for _ in 0..<4_000 {
      var members = (0..<Int.random(in: 0...14, using: &random)).map { _ in
        random.chance(1, in: 3)
          ? Self.strange.randomElement(using: &random)! : Self.known.randomElement(using: &random)!.description
      }
      if !random.chance(1, in: 3) { members = Array(Set(members)).sorted() }
      members.shuffle(using: &random)
      let source = members.map { name in
        let written = name.isEmpty || random.chance(4, in: 5) ? escaped(name) : "\\u00" + hex(name.utf8.first!) + rest(name)
        return "\"\(written)\":\(Self.values.randomElement(using: &random)!)"
      }
      let object = try parser.parse(copying: "{\(source.joined(separator: ","))}".utf8)
      let expected = naively(object)
      var places = MemberPlaces(repeating: 0)
      let twice = object.find(Self.names, &places)
      try #require(twice == expected.twice, "WAYBILL_SEED=\(runSeed) \(source)")
      if twice != nil { refusedCount += 1 }
      guard twice == nil else { continue }
      for index in 0..<Self.names.count {
        try #require(places[index] == expected.values[index] ?? 0, "WAYBILL_SEED=\(runSeed) \(source)")
      }
    }
    #expect(refusedCount > 400)
  }

  @Test func `what is no object has no members`() throws {
    for source in ["[]", #"["id",1]"#, "7", "\"id\"", "null"] {
      var places = MemberPlaces(repeating: 0)
      #expect(try parser.parse(copying: source.utf8).find(Self.names, &places) == nil)
      #expect((0..<16).allSatisfy { places[$0] == 0 })
    }
  }

  @Test func `names keep their numbers`() {
    #expect(Self.names.count == Self.known.count)
    for (index, name) in Self.known.enumerated() { #expect(Self.names[index] == Text(name)) }
  }

  private func escaped(_ name: String) -> String { name == "\u{0}" ? "\\u0000" : name }

  private func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

  /// All but the first byte of a name whose first character is one byte; else nothing, which is a strange name as well.
  private func rest(_ name: String) -> String { name.utf8.first! < 0x80 ? String(name.dropFirst()) : "" }
}
