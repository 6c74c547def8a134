/// One measured stretch: a wait that a reply ended, a cycle that was resolved, a cycle's time until somebody was assigned.
struct DeskSample: Hashable, Sendable, BitwiseCopyable {
  enum Kind: UInt8, Sendable, CaseIterable { case firstResponse, nextResponse, resolution, queue }

  var began: Timestamp
  var ended: Timestamp
  var pair: PairID
  /// Who is credited: who replied, or the assignee for resolutions and queues. None for an echo.
  var agent: NameID
  var team: NameID
  /// The labels of the conversation at that time.
  var labels: LabelSetID
  var kind: Kind

  /// Never negative: what is dated before it began took no time (RULES.md 28).
  var duration: Duration64 { max(ended.since(began), .zero) }
}

extension DeskSample {
  /// - Parameter time: the end of the sample before it, then its own.
  func encode(into encoder: inout StateEncoder, after time: inout Int64) {
    encoder.write(kind.rawValue)
    encoder.write(ended.rawValue - time)
    encoder.write(ended.rawValue - began.rawValue)
    encoder.write(pair.rawValue)
    encoder.write(agent)
    encoder.write(team)
    encoder.write(labels.rawValue)
    time = ended.rawValue
  }

  init(
    from decoder: inout StateDecoder, after time: inout Int64, _ names: borrowing Names, _ pairs: borrowing Pairs,
    _ labelSets: LabelSets
  ) throws(StateDecodingError) {
    guard let kind = Kind(rawValue: try decoder.readUInt8()) else { throw decoder.failure("an unknown kind of sample") }
    self.kind = kind
    time &+= try decoder.readInt64()
    ended = Timestamp(rawValue: time)
    began = Timestamp(rawValue: time &- (try decoder.readInt64()))
    guard (0...Timestamp.latest.rawValue).contains(time), (0...Timestamp.latest.rawValue).contains(began.rawValue)
    else {
      throw decoder.failure("an instant beyond the calendar")
    }
    pair = try decoder.readPair(in: pairs)
    agent = try decoder.readName(in: names)
    team = try decoder.readName(in: names)
    labels = LabelSetID(rawValue: try decoder.readUInt32())
    guard labelSets.contains(labels) else { throw decoder.failure("labels that are not there") }
  }
}
