extension AccountState {
  /// Canonical: what other parts are computed from is left out, and nothing depends on the order of a hash table.
  ///
  /// It changes nothing. It is `mutating` so that it is called where the account lies: one that is only lent is copied first,
  /// which counts a hundred references.
  mutating func encode(into encoder: inout StateEncoder) {
    encoder.write(currency)
    encoder.write(bytes: zoneName.utf8)
    encoder.write(openedAt)
    encoder.write(openingSequence)
    encoder.write(lastChange)
    encoder.write(latestEventTime)
    encoder.write(eventCount)
    names.encode(into: &encoder)
    encoder.write(contacts.count)
    pairs.encode(into: &encoder)
    settings.encode(into: &encoder)
    encoder.write(numbers) { encoder, number in
      encoder.write(number.number)
      encoder.write(number.display)
      encoder.write(number.waba)
    }
    templates.encode(into: &encoder)
    encoder.write(teams.sorted) { encoder, entry in
      encoder.write(entry.key)
      encoder.write(entry.value)
    }
    windows.encode(into: &encoder)
    inbounds.encode(into: &encoder)
    replies.encodeBytes(into: &encoder)
    messages.encode(into: &encoder)
    allowances.encode(into: &encoder)
    tiers.encode(into: &encoder)
    encoder.write(lastChargeDay)
    agentCharges.encode(into: &encoder)
    funds.encode(into: &encoder)
    desk.encode(into: &encoder)
  }

  init(
    from decoder: inout StateDecoder, contacts: ContactBook, reference: Reference
  ) throws(StateDecodingError) {
    currency = try decoder.readName()
    guard !currency.isNone, Int(currency.rawValue) <= reference.names.count else {
      throw decoder.failure("an account without a currency")
    }
    currencyCode = reference.names.string(currency)
    zoneName = String(decoding: try decoder.readBytes(), as: UTF8.self)
    guard let zone = reference.zone(named: zoneName) else { throw decoder.failure("the unknown zone \(zoneName)") }
    self.zone = zone
    openedAt = try decoder.readTimestamp()
    openingSequence = try decoder.readSequence()
    lastChange = try decoder.readSequence()
    latestEventTime = try decoder.readTimestamp()
    eventCount = try decoder.readUInt64()
    names = try Names(from: &decoder)
    guard try decoder.readUInt64() == UInt64(contacts.count) else {
      throw decoder.failure("another number of contacts")
    }
    self.contacts = contacts
    pairs = try Pairs(from: &decoder, names: names, contacts: contacts)
    settings = try Settings(from: &decoder)
    numbers = try decoder.readList { (decoder) throws(StateDecodingError) in
      BusinessNumber(number: try decoder.readName(), display: try decoder.readName(), waba: try decoder.readName())
    }
    templates = try TemplateHistory(from: &decoder, names: names)
    for _ in 0..<(try decoder.readCount()) {
      let agent = try decoder.readUInt64()
      guard agent <= UInt64(names.count) else { throw decoder.failure("a name that is not there") }
      teams[agent] = try decoder.readName(in: names)
    }
    windows = try Windows(from: &decoder)
    inbounds = try Inbounds(from: &decoder, pairs: pairs)
    replies = try ChunkedArray(bytesFrom: &decoder)
    guard replies.allSatisfy({ $0.pair.index < pairs.count }) else { throw decoder.failure("a reply to nobody") }
    messages = try Messages(from: &decoder, pairs: pairs, contacts: contacts)
    guard windows.isSound(messageCount: messages.count) else { throw decoder.failure("an answer that is not there") }
    holds = Holds(from: messages)
    for (index, record) in messages.records.enumerated() where messages.ratings[record.rating].isUnrated {
      noteUnrated(UInt32(index))
    }
    allowances = try Allowances(from: &decoder)
    tiers = try TierCounters(from: &decoder)
    lastChargeDay = try decoder.readDay()
    agentCharges = try AgentCharges(from: &decoder)
    funds = try Funds(from: &decoder)
    desk = try Desk(from: &decoder, names: names, pairs: pairs)
  }
}
