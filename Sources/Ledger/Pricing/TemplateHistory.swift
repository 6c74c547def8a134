/// The categories that templates have had, since the one at the time of use decides (facts, section 1).
struct TemplateHistory: Sendable {
  private struct Entry: Sendable, BitwiseCopyable {
    var language: NameID
    /// In the reference's names.
    var category: NameID
    var time: Timestamp
  }

  /// The list of each template, by the number of its name; each in the order folded.
  private var lists = ChunkedArray<UInt32>()
  private var entries = ListPool<Entry>()

  init() {}

  mutating func add(template: NameID, language: NameID, category: NameID, at time: Timestamp) {
    lists.extend(to: Int(template.rawValue) + 1, with: 0)
    entries.append(Entry(language: language, category: category, time: time), to: &lists[Int(template.rawValue)])
  }

  /// The last category folded whose time is not after `moment`, of the same language first (RULES.md 7).
  func category(of template: NameID, language: NameID, at moment: Timestamp) -> NameID? {
    guard Int(template.rawValue) < lists.count else { return nil }
    let list = lists[Int(template.rawValue)]
    let known =
      entries.last(list) { $0.time <= moment && $0.language == language } ?? entries.last(list) { $0.time <= moment }
    return known?.category
  }

  func encode(into encoder: inout StateEncoder) {
    let known = lists.indices.filter { lists[$0] != 0 }
    encoder.write(known) { encoder, template in
      encoder.write(template)
      encoder.write(entries.array(lists[template])) { encoder, version in
        encoder.write(version.language)
        encoder.write(version.category)
        encoder.write(version.time)
      }
    }
  }

  init(from decoder: inout StateDecoder, names: borrowing Names) throws(StateDecodingError) {
    for _ in 0..<(try decoder.readCount()) {
      let template = try decoder.readName(in: names)
      for _ in 0..<(try decoder.readCount()) {
        add(
          template: template, language: try decoder.readName(), category: try decoder.readName(),
          at: try decoder.readTimestamp())
      }
    }
  }
}
