/// The categories that templates have had, since the one at the time of use decides (facts, section 1).
struct TemplateHistory: Sendable {
  private struct Entry: Sendable {
    var language: NameID
    /// In the reference's names.
    var category: NameID
    var time: Timestamp
  }

  /// By template; each in the order folded.
  private var entries: [NameID: [Entry]] = [:]

  init() {}

  mutating func add(template: NameID, language: NameID, category: NameID, at time: Timestamp) {
    entries[template, default: []].append(Entry(language: language, category: category, time: time))
  }

  /// The last category folded whose time is not after `moment`, of the same language first (RULES.md 7).
  func category(of template: NameID, language: NameID, at moment: Timestamp) -> NameID? {
    guard let known = entries[template] else { return nil }
    let dated = known.filter { $0.time <= moment }
    return (dated.last { $0.language == language } ?? dated.last)?.category
  }

  func encode(into encoder: inout StateEncoder) {
    encoder.write(entries.sorted { $0.key < $1.key }) { encoder, entry in
      encoder.write(entry.key)
      encoder.write(entry.value) { encoder, version in
        encoder.write(version.language)
        encoder.write(version.category)
        encoder.write(version.time)
      }
    }
  }

  init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    for _ in 0..<(try decoder.readCount()) {
      let template = try decoder.readName()
      entries[template] = try decoder.readList { (decoder) throws(StateDecodingError) in
        Entry(language: try decoder.readName(), category: try decoder.readName(), time: try decoder.readTimestamp())
      }
    }
  }
}
