import JSONTape

/// How a model is written down: where white space stands and which characters are escaped.
struct Rendering {
  /// What to choose white space from; empty for compact JSON with only the needed escapes.
  let spaces: [String]

  static let compact = Rendering(spaces: [])
  static let onOneLine = Rendering(spaces: ["", "", " ", "\t", "\r", "  "])
  static let anyhow = Rendering(spaces: ["", "", " ", "\t", "\r\n", "\n"])

  func render(_ model: Model, using random: inout SeededGenerator) -> String {
    switch model {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .int(let value): "\(value)"
    case .uint(let value): "\(value)"
    case .double(let value): "\(value)"
    case .string(let value): quoted(value, using: &random)
    case .array(let elements): list("[", elements.map { render($0, using: &random) }, "]", using: &random)
    case .object(let members): list("{", members.map { member($0, using: &random) }, "}", using: &random)
    }
  }

  private func member(_ member: Model.Member, using random: inout SeededGenerator) -> String {
    let name = quoted(member.name, using: &random) + space(&random)
    return name + ":" + space(&random) + render(member.value, using: &random)
  }

  private func list(_ open: String, _ parts: [String], _ close: String, using random: inout SeededGenerator) -> String {
    var result = open + space(&random)
    for (index, part) in parts.enumerated() {
      if index > 0 { result += "," + space(&random) }
      result += part + space(&random)
    }
    return result + close
  }

  private func space(_ random: inout SeededGenerator) -> String { spaces.randomElement(using: &random) ?? "" }

  private func quoted(_ string: [UInt8], using random: inout SeededGenerator) -> String {
    var result = String.UnicodeScalarView("\"".unicodeScalars)
    for scalar in String(decoding: string, as: UTF8.self).unicodeScalars {
      if !spaces.isEmpty && random.chance(1, in: 5) {
        result.append(contentsOf: units(of: scalar, using: &random).unicodeScalars)
      } else if let escape = neededEscape(of: scalar) {
        result.append(contentsOf: escape.unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
    return String(result) + "\""
  }

  private func units(of scalar: Unicode.Scalar, using random: inout SeededGenerator) -> String {
    String(scalar).utf16.map { unit in
      let digits = String(unit, radix: 16, uppercase: Bool.random(using: &random))
      return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }.joined()
  }

  private func neededEscape(of scalar: Unicode.Scalar) -> String? {
    let short: [Unicode.Scalar: String] = [
      "\"": #"\""#, "\\": #"\\"#, "\u{8}": #"\b"#, "\t": #"\t"#, "\n": #"\n"#, "\u{C}": #"\f"#, "\r": #"\r"#,
    ]
    if let escape = short[scalar] { return escape }
    guard scalar.value < 0x20 else { return nil }
    return (scalar.value < 0x10 ? "\\u000" : "\\u00") + String(scalar.value, radix: 16)
  }
}

/// Ten naive lines that remove white space outside strings.
func naivelyMinified(_ json: String) -> String {
  var result = String.UnicodeScalarView()
  var isInString = false
  var isEscaped = false
  for scalar in json.unicodeScalars {
    if isInString || !" \t\r\n".unicodeScalars.contains(scalar) { result.append(scalar) }
    if scalar == "\"" && !isEscaped { isInString.toggle() }
    isEscaped = scalar == "\\" && !isEscaped
  }
  return String(result)
}

/// The tree of a tape value.
func model(_ value: TapeValue) -> Model {
  switch value.kind {
  case .null: return .null
  case .bool: return .bool(value.bool!)
  case .int64: return .int(value.int64!)
  case .uint64: return .uint(value.uint64!)
  case .double: return .double(value.double!)
  case .string: return .string(value.text!.array)
  case .array:
    var elements: [Model] = []
    value.forEachElement { elements.append(model($0)) }
    return .array(elements)
  case .object:
    var members: [Model.Member] = []
    value.forEachMember { members.append(.init(name: $0.array, value: model($1))) }
    return .object(members)
  }
}

/// What `appendJSON` writes.
func written(_ value: TapeValue) -> [UInt8] {
  var output: [UInt8] = []
  value.appendJSON(to: &output)
  return output
}
