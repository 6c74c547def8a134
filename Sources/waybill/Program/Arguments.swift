/// What people may write and the parser does not take as it is.
enum Arguments {
  /// - Options of all commands may stand before the command's name: they move behind it.
  /// - `-5` is an amount, not an option: its hyphen becomes U+2212, which `Amount` reads back.
  static func prepared(_ arguments: [String]) -> [String] {
    var rest = arguments[...]
    var moved: [String] = []
    while let first = rest.first {
      if first == "--json" || first == "--csv" || first.hasPrefix("--socket=") {
        moved.append(rest.removeFirst())
      } else if first == "--socket", rest.count >= 2 {
        moved += rest.prefix(2)
        rest = rest.dropFirst(2)
      } else {
        break
      }
    }
    guard let command = rest.first, !command.hasPrefix("-"), command != "help" else { return arguments }
    let end = rest.firstIndex(of: "--") ?? rest.endIndex
    let own = rest[..<end].map { isNegativeAmount($0) ? "\u{2212}" + $0.dropFirst() : $0 }
    return own + moved + rest[end...]
  }

  private static func isNegativeAmount(_ argument: String) -> Bool {
    argument.hasPrefix("-") && argument.dropFirst().first?.isNumber == true
  }
}
