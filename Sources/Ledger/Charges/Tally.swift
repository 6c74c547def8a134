/// What a group of messages came to.
struct Tally: Sendable {
  var sent = 0
  var delivered = 0
  var charged = 0
  var free = InlineArray<6, Int>(repeating: 0)
  var failed = 0
  var unrated = 0
  var held = MicrosTotal.zero
  var amount = MicrosTotal.zero

  mutating func add(_ other: Tally) {
    sent += other.sent
    delivered += other.delivered
    charged += other.charged
    for index in free.indices { free[index] += other.free[index] }
    failed += other.failed
    unrated += other.unrated
    held += other.held
    amount += other.amount
  }

  func writeFree(to json: inout JSONWriter) {
    json.key("free")
    json.beginObject()
    for reason in FreeReason.allCases where free[Int(reason.rawValue)] > 0 {
      json.key(reason.name)
      json.number(free[Int(reason.rawValue)])
    }
    json.endObject()
  }

  /// The members of a line of charges, without its keys.
  func write(to json: inout JSONWriter) {
    json.count("sent", sent)
    json.count("delivered", delivered)
    json.count("charged", charged)
    writeFree(to: &json)
    json.count("failed", failed)
    json.count("unrated", unrated)
    json.key("held")
    json.money(held)
    json.key("amount")
    json.money(amount)
  }
}

extension JSONWriter {
  mutating func count(_ name: StaticString, _ value: Int) {
    key(name)
    number(value)
  }
}

extension AccountState {
  /// What one record adds to the figures, each part with the moment that dates it (RULES.md 19). Every figure about
  /// charges and usage is a sum of these.
  func contributions(_ message: Message, at now: Timestamp, _ add: (Timestamp, Tally) -> Void) {
    if message.isBase, let sentAt = message.sentAt {
      var part = Tally()
      part.sent = 1
      if !message.hold.isZero, sentAt > holdLimit(at: now) { part.held = MicrosTotal(message.hold) }
      add(sentAt, part)
    }
    if message.isBase, message.isFailed, let failedAt = message.failedAt {
      var part = Tally()
      part.failed = 1
      add(failedAt, part)
    }
    if let deliveredAt = message.deliveredAt { add(deliveredAt, delivered(message)) }
  }

  private func delivered(_ message: Message) -> Tally {
    var part = Tally()
    part.delivered = 1
    part.amount = MicrosTotal(message.rating.amount)
    switch message.rating.outcome {
    case .charged: part.charged = 1
    case .free: part.free[Int(message.rating.reason)] = 1
    case .unrated: part.unrated = 1
    case .pending: break
    }
    return part
  }
}
