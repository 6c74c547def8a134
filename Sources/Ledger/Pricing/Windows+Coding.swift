extension Windows {
  func encode(into encoder: inout StateEncoder) {
    var earlier: [Stretch] = []
    encoder.write(entries.count)
    for entry in entries {
      stretches.read(entry.earlier, into: &earlier)
      encoder.write(earlier.count + (entry.hasService ? 1 : 0))
      for stretch in earlier { stretch.encode(into: &encoder) }
      if entry.hasService { entry.service.encode(into: &encoder) }
      encoder.write(entry.lastAnswer)
      if entry.lastAnswer != 0 { encoder.write(entry.answersEnd.minutes) }
      let hasMore = entry.referrals != 0 || entry.entryPoints != 0 || entry.answers != 0
      encoder.write(hasMore)
      if hasMore { encodeMore(entry, into: &encoder) }
    }
  }

  private func encodeMore(_ entry: Entry, into encoder: inout StateEncoder) {
    encoder.write(moments.array(entry.referrals)) { encoder, moment in encoder.write(moment) }
    encoder.write(points.array(entry.entryPoints)) { encoder, point in
      encoder.write(point.stretch.opensAt)
      encoder.write(point.stretch.closesAt)
      encoder.write(point.opener)
      encoder.write(point.isMetas)
    }
    encoder.write(listed.array(entry.answers)) { encoder, answer in
      encoder.write(answer.time)
      encoder.write(answer.message)
      encoder.write(answer.isSaid)
    }
  }

  init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    let count = try decoder.readCount()
    entries.reserve(count)
    for _ in 0..<count {
      var entry = Entry()
      for _ in 0..<(try decoder.readCount()) {
        let opensAt = try decoder.readInt64()
        let stretch = Stretch(
          opensAt: Timestamp(rawValue: opensAt), closesAt: Timestamp(rawValue: opensAt &+ (try decoder.readInt64())))
        guard stretch.opensAt > entry.service.closesAt, stretch.opensAt < stretch.closesAt else {
          throw decoder.failure("windows out of order")
        }
        if entry.hasService { stretches.append(entry.service, to: &entry.earlier) }
        entry.service = stretch
      }
      entry.lastAnswer = try decoder.readUInt32()
      if entry.lastAnswer != 0 { entry.answersEnd = UpperBound(minutes: try decoder.readUInt32()) }
      if try decoder.readBool() { try decodeMore(&entry, from: &decoder) }
      entries.append(entry)
    }
  }

  private mutating func decodeMore(
    _ entry: inout Entry, from decoder: inout StateDecoder
  ) throws(StateDecodingError) {
    for _ in 0..<(try decoder.readCount()) { moments.append(try decoder.readTimestamp(), to: &entry.referrals) }
    for _ in 0..<(try decoder.readCount()) {
      let stretch = Stretch(opensAt: try decoder.readTimestamp(), closesAt: try decoder.readTimestamp())
      points.append(
        EntryPoint(stretch: stretch, opener: try decoder.readUInt32(), isMetas: try decoder.readBool()),
        to: &entry.entryPoints)
      entry.entryPointsEnd.include(stretch.closesAt)
    }
    for _ in 0..<(try decoder.readCount()) {
      let answer = BusinessMessage(
        time: try decoder.readTimestamp(), message: try decoder.readUInt32(), isSaid: try decoder.readBool())
      listed.append(answer, to: &entry.answers)
      entry.answersEnd.include(answer.time)
    }
  }

  /// Whether all chains begin at a message that is there.
  func isSound(messageCount: Int) -> Bool { entries.allSatisfy { Int($0.lastAnswer) <= messageCount } }
}

extension Stretch {
  fileprivate func encode(into encoder: inout StateEncoder) {
    encoder.write(opensAt)
    encoder.write(closesAt.since(opensAt).rawValue)
  }
}
