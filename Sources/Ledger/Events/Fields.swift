import JSONTape

/// The names of the members that one kind of object may have, numbered from 0.
protocol MemberKey: RawRepresentable<Int>, CaseIterable, Sendable {
  /// Where objects of this kind stand; most are an event's `data`.
  associatedtype Place: ObjectPlace = InData
  static var names: MemberNames { get }
}

/// Where an object stands in an event. Only messages need it, so it costs nothing where it is always the same.
protocol ObjectPlace: Sendable {
  /// JSON pointer (RFC 6901).
  var pointer: String { get }
}

struct InData: ObjectPlace {
  var pointer: String { "/data" }
}

/// Another place, such as an element of a list.
struct Elsewhere: ObjectPlace {
  let pointer: String
}

/// The known members of one JSON object, found in one pass and read by type. Unknown members are passed over; a known one
/// that stands twice is refused, since readers would differ about which counts. `null` counts as absent.
struct Fields<Key: MemberKey> {
  private let object: TapeValue
  private let place: Key.Place
  /// By key the place of the value on the tape; 0 when it is absent. Small, since this is made for each object.
  private var places: MemberPlaces = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]

  @inline(__always)
  init(_ object: TapeValue, at place: Key.Place) throws(Refusal) {
    guard object.isObject else { throw .wrongType("an object", at: place.pointer) }
    self.object = object
    self.place = place
    if let twice = object.find(Key.names, &places) { throw .duplicateMember(at: path(twice)) }
  }

  private func path(_ index: Int) -> String { "\(place.pointer)/\(Key.names[index].string)" }
  @inline(never)
  func path(_ key: Key) -> String { path(key.rawValue) }

  @inline(__always)
  subscript(key: Key) -> TapeValue? {
    let place = places[key.rawValue]
    return place == 0 ? nil : object.value(at: place)
  }

  @inline(__always)
  private func required<Value>(_ value: Value?, _ key: Key) throws(Refusal) -> Value {
    guard let value else { throw .missingMember(at: path(key)) }
    return value
  }

  // MARK: Texts

  @inline(__always)
  func text(_ key: Key) throws(Refusal) -> Text? {
    guard let value = self[key] else { return nil }
    guard let text = value.text else { throw .wrongType("a string", at: path(key)) }
    return text
  }

  /// A text of 1 to 256 bytes.
  @inline(__always)
  func nameIfAny(_ key: Key) throws(Refusal) -> Text? {
    guard let text = try text(key) else { return nil }
    guard UInt(bitPattern: text.count &- 1) < 256 else { return try Self.checkName(text, at: path(key)) }
    return text
  }

  @inline(__always)
  func name(_ key: Key) throws(Refusal) -> Text { try required(try nameIfAny(key), key) }

  @inline(never)
  static func checkName(_ text: Text, at path: @autoclosure () -> String) throws(Refusal) -> Text {
    guard !text.isEmpty else { throw .badValue("is empty", remedy: "give a name of 1 to 256 bytes", at: path()) }
    guard text.count <= 256 else {
      throw Refusal(
        .tooLong, status: 422, "\(path()) has \(text.count) bytes", remedy: "give a name of at most 256 bytes",
        pointer: path())
    }
    return text
  }

  /// Nil when the member is absent.
  func names(_ key: Key) throws(Refusal) -> CheckedList<Text>? {
    guard let value = self[key] else { return nil }
    guard value.isArray else { throw .wrongType("an array", at: path(key)) }
    var index = 0
    try value.forEachElement { (element) throws(Refusal) in
      guard let text = element.text else { throw .wrongType("a string", at: "\(path(key))/\(index)") }
      _ = try Self.checkName(text, at: "\(path(key))/\(index)")
      index += 1
    }
    return CheckedList(value)
  }

  // MARK: Other scalars

  @inline(__always)
  func bool(_ key: Key) throws(Refusal) -> Bool? {
    guard let value = self[key] else { return nil }
    guard let bool = value.bool else { throw .wrongType("true or false", at: path(key)) }
    return bool
  }

  func integer(_ key: Key, in range: ClosedRange<Int64>) throws(Refusal) -> Int64? {
    guard let value = self[key] else { return nil }
    guard let integer = value.int64 else { throw .wrongType("a whole number", at: path(key)) }
    guard range.contains(integer) else {
      throw .badValue(
        "is \(integer)", remedy: "give a whole number from \(range.lowerBound) to \(range.upperBound)", at: path(key))
    }
    return integer
  }

  enum Sign { case positive, notNegative, signed }

  func amountIfAny(_ key: Key, _ sign: Sign) throws(Refusal) -> Micros? {
    guard let value = self[key] else { return nil }
    return try Self.checkAmount(value, sign, at: path(key))
  }

  func amount(_ key: Key, _ sign: Sign = .positive) throws(Refusal) -> Micros {
    try required(try amountIfAny(key, sign), key)
  }

  static func checkAmount(_ value: TapeValue, _ sign: Sign, at path: @autoclosure () -> String) throws(Refusal)
    -> Micros
  {
    guard let text = value.text else { throw .wrongType("a decimal string such as \"12.50\"", at: path()) }
    guard let amount = Micros(text) else {
      throw .badValue(
        "is \"\(text.excerpt)\"",
        remedy: "give a decimal string with at most 12 digits before the point and 6 behind it, without exponent",
        at: path())
    }
    switch sign {
    case .positive where amount.rawValue <= 0:
      throw .badValue("is \(amount)", remedy: "give an amount above zero", at: path())
    case .notNegative where amount.isNegative:
      throw .badValue("is \(amount)", remedy: "give an amount of zero or more", at: path())
    default: return amount
    }
  }

  @inline(__always)
  func instantIfAny(_ key: Key) throws(Refusal) -> Timestamp? {
    guard let text = try text(key) else { return nil }
    guard let instant = Timestamp(text) else {
      throw .badValue(
        "is \"\(text.excerpt)\"", remedy: "give an RFC 3339 instant such as 2026-10-03T09:15:02Z", at: path(key))
    }
    return instant
  }

  func instant(_ key: Key) throws(Refusal) -> Timestamp { try required(try instantIfAny(key), key) }

  func dayIfAny(_ key: Key) throws(Refusal) -> CalendarDay? {
    guard let text = try text(key) else { return nil }
    return try Self.checkDay(text, at: path(key))
  }

  static func checkDay(_ text: Text, at path: @autoclosure () -> String) throws(Refusal) -> CalendarDay {
    guard let day = CalendarDay(text) else {
      throw .badValue("is \"\(text.excerpt)\"", remedy: "give a day such as 2026-10-03", at: path())
    }
    return day
  }

  func day(_ key: Key) throws(Refusal) -> CalendarDay { try required(try dayIfAny(key), key) }

  func month(_ key: Key) throws(Refusal) -> CalendarMonth {
    let text = try required(try text(key), key)
    guard let month = CalendarMonth(text) else {
      throw .badValue("is \"\(text.excerpt)\"", remedy: "give a month such as 2026-10", at: path(key))
    }
    return month
  }

  func durationIfAny(_ key: Key) throws(Refusal) -> Duration64? {
    guard let text = try text(key) else { return nil }
    guard let duration = Duration64(text), duration > .zero else {
      throw .badValue("is \"\(text.excerpt)\"", remedy: "give an ISO 8601 duration such as PT15M", at: path(key))
    }
    return duration
  }

  func currency(_ key: Key) throws(Refusal) -> Text {
    let text = try required(try text(key), key)
    guard Currencies.contains(text) else {
      throw .badValue("is \"\(text.excerpt)\"", remedy: "give an ISO 4217 code such as USD", at: path(key))
    }
    return text
  }

  // MARK: Lists and objects

  func list<Element>(
    _ key: Key, _ body: (TapeValue, String) throws(Refusal) -> Element
  ) throws(Refusal) -> [Element]? {
    guard let value = self[key] else { return nil }
    guard value.isArray else { throw .wrongType("an array", at: path(key)) }
    var elements: [Element] = []
    elements.reserveCapacity(value.count)
    try value.forEachElement { (element) throws(Refusal) in
      elements.append(try body(element, "\(path(key))/\(elements.count)"))
    }
    return elements
  }

  @inline(__always)
  func contact(_ key: Key) throws(Refusal) -> ContactName { try ContactName(try required(self[key], key)) }

  func requiredList<Element>(
    _ key: Key, _ body: (TapeValue, String) throws(Refusal) -> Element
  ) throws(Refusal) -> [Element] { try required(try list(key, body), key) }
}

extension Fields where Key.Place == InData {
  @inline(__always)
  init(_ data: TapeValue) throws(Refusal) { try self.init(data, at: InData()) }
}

extension Text {
  /// For messages: cut to 64 bytes.
  var excerpt: String { count <= 64 ? string : prefix(64).string + "…" }
}

extension Refusal {
  static func wrongType(_ expected: String, at pointer: String) -> Refusal {
    Refusal(.wrongType, status: 400, "\(pointer) is not \(expected)", remedy: "send \(expected)", pointer: pointer)
  }
  static func missingMember(at pointer: String, or other: String? = nil) -> Refusal {
    let alternative = other.map { " or \($0)" } ?? ""
    return Refusal(
      .missingMember, status: 400, "\(pointer)\(alternative) is missing", remedy: "add it to the event",
      pointer: pointer)
  }
  static func duplicateMember(at pointer: String) -> Refusal {
    Refusal(
      .duplicateMember, status: 400, "\(pointer) stands more than once", remedy: "send each member once",
      pointer: pointer)
  }
  static func badValue(_ what: String, remedy: String, at pointer: String) -> Refusal {
    Refusal(.badValue, status: 422, "\(pointer) \(what)", remedy: remedy, pointer: pointer)
  }
}

/// ISO 4217 codes in use.
enum Currencies {
  static func contains(_ text: Text) -> Bool {
    guard text.count == 3 else { return false }
    var index = 0
    while index < codes.count {
      if codes[index] == text[0], codes[index + 1] == text[1], codes[index + 2] == text[2] { return true }
      index += 3
    }
    return false
  }

  /// Source: ISO 4217:2015 list one, without funds, metals and testing codes.
  private static let codes = Text(
    "AEDAFNALLAMDANGAOAARSAUDAWGAZNBAMBBDBDTBGNBHDBIFBMDBNDBOBBRLBSDBTNBWPBYNBZDCADCDFCHFCLPCNYCOPCRCCUPCVECZKDJFDKKDOPDZDEGPERNETBEURFJDFKPGBPGELGHSGIPGMDGNFGTQGYDHKDHNLHTGHUFIDRILSINRIQDIRRISKJMDJODJPYKESKGSKHRKMFKPWKRWKWDKYDKZTLAKLBPLKRLRDLSLLYDMADMDLMGAMKDMMKMNTMOPMRUMURMVRMWKMXNMYRMZNNADNGNNIONOKNPRNZDOMRPABPENPGKPHPPKRPLNPYGQARRONRSDRUBRWFSARSBDSCRSDGSEKSGDSHPSLESOSSRDSSPSTNSVCSYPSZLTHBTJSTMTTNDTOPTRYTTDTWDTZSUAHUGXUSDUYUUZSVEDVESVNDVUVWSTXAFXCDXCGXOFXPFYERZARZMWZWG"
  )
}
