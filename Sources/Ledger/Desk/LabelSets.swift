/// The number of a set of labels in a ``LabelSets``; 0 is the empty set.
struct LabelSetID: Hashable, Sendable, BitwiseCopyable {
  var rawValue: UInt32
  static let empty = LabelSetID(rawValue: 0)
}

/// Sets of labels, each kept once and numbered in the order first seen, so that a conversation and every sample hold
/// one number.
struct LabelSets: Sendable {
  /// Each rising; the first is empty.
  private var sets: [[NameID]] = [[]]
  private var ids: [[NameID]: UInt32] = [[]: 0]
  /// A short cut: the set that a set becomes with one label more.
  private var raised = IntMap<LabelSetID>()

  /// The labels, rising by their numbers.
  subscript(id: LabelSetID) -> [NameID] { sets[Int(id.rawValue)] }

  func contains(_ id: LabelSetID) -> Bool { Int(id.rawValue) < sets.count }

  /// One label more; what came of it once is known.
  mutating func adding(_ label: NameID, to id: LabelSetID) -> LabelSetID {
    let step = UInt64(id.rawValue) << 32 | UInt64(label.rawValue)
    if let known = raised[step] { return known }
    let known = self[id]
    let new = known.contains(label) ? id : intern((known + [label]).sorted())
    raised[step] = new
    return new
  }

  mutating func adding(_ labels: some Sequence<NameID>, to id: LabelSetID) -> LabelSetID {
    let known = self[id]
    let new = Set(labels).subtracting(known)
    return new.isEmpty ? id : intern((known + new).sorted())
  }

  mutating func removing(_ labels: some Sequence<NameID>, from id: LabelSetID) -> LabelSetID {
    let known = self[id]
    let gone = Array(labels)
    let rest = known.filter { !gone.contains($0) }
    return rest.count == known.count ? id : intern(rest)
  }

  func contains(_ label: NameID, in id: LabelSetID) -> Bool { self[id].contains(label) }

  private mutating func intern(_ rising: [NameID]) -> LabelSetID {
    if let known = ids[rising] { return LabelSetID(rawValue: known) }
    let id = UInt32(sets.count)
    sets.append(rising)
    ids[rising] = id
    return LabelSetID(rawValue: id)
  }

  func encode(into encoder: inout StateEncoder) {
    encoder.write(Array(sets.dropFirst())) { encoder, set in
      encoder.write(set) { encoder, label in encoder.write(label) }
    }
  }

  init() {}

  init(from decoder: inout StateDecoder, names: borrowing Names) throws(StateDecodingError) {
    for _ in 0..<(try decoder.readCount()) {
      let set = try decoder.readList { (decoder) throws(StateDecodingError) in try decoder.readName(in: names) }
      guard zip(set, set.dropFirst()).allSatisfy({ $0 < $1 }), ids[set] == nil else {
        throw decoder.failure("a set of labels out of order or twice")
      }
      _ = intern(set)
    }
  }
}
