extension StringProtocol {
  /// How many columns a terminal gives this text: two for East Asian wide characters and emoji, none for marks that
  /// combine with the one before.
  var displayWidth: Int { reduce(0) { $0 + $1.displayWidth } }
}

extension Character {
  var displayWidth: Int {
    guard let first = unicodeScalars.first else { return 0 }
    if first.value < 0x300 { return 1 }
    if first.properties.generalCategory == .nonspacingMark || first.properties.generalCategory == .format { return 0 }
    let isWide =
      switch first.value {
      case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
        0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
        true
      default: unicodeScalars.contains { $0.value == 0xFE0F }
      }
    return isWide ? 2 : 1
  }
}

extension String {
  /// Control characters as `�`, so that a name or a text from outside can neither move the cursor nor break a row.
  var withoutControls: String {
    guard unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return self }
    var cleaned = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      if scalar.properties.generalCategory != .control {
        cleaned.append(scalar)
      } else {
        cleaned.append(scalar == "\n" || scalar == "\t" ? " " : "\u{FFFD}")
      }
    }
    return String(cleaned)
  }
}
