/// Where a credit came from.
enum CreditKind: UInt8, Sendable {
  case payment, grant, adjustment
  /// What a correction returned beyond what its charge had burned (RULES.md 42); shown as an adjustment.
  case correction
}

/// Money that an account may spend: a payment, a grant, a positive adjustment, or the rest of a correction.
struct Credit: Hashable, Sendable {
  /// The name of the payment, grant or adjustment; none for a correction, which is known by its sequence.
  var name: NameID
  var kind: CreditKind
  /// Granted for nothing: promotional; else paid.
  var isPromotional: Bool
  /// 0…100; the lower burns first.
  var priority: UInt8
  var amount: Micros
  /// What nobody has burned, taken back or voided yet; 0…`amount`. Not touched by expiry, which is a matter of the instant.
  var remaining: Micros
  /// What `credit.voided` took.
  var voided = Micros.zero
  var effectiveAt: Timestamp
  /// The first instant at which it cannot be spent any more.
  var expiresAt: Timestamp?
  var sequence: SequenceNumber

  func isExpired(at moment: Timestamp) -> Bool {
    guard let expiresAt else { return false }
    return expiresAt <= moment
  }

  /// What can be spent at `moment`.
  func remaining(at moment: Timestamp) -> Micros { isExpired(at: moment) ? .zero : remaining }

  /// Burning order: priority, expiry (none last), promotional first, effective time, sequence.
  /// Source: DESIGN.md, "Money".
  func burns(before other: Credit) -> Bool {
    if priority != other.priority { return priority < other.priority }
    if expiresAt != other.expiresAt { return (expiresAt?.rawValue ?? .max) < (other.expiresAt?.rawValue ?? .max) }
    if isPromotional != other.isPromotional { return isPromotional }
    return (effectiveAt, sequence) < (other.effectiveAt, other.sequence)
  }
}

extension Credit {
  func encode(into encoder: inout StateEncoder) {
    encoder.write(name)
    encoder.write(kind.rawValue)
    encoder.write(isPromotional)
    encoder.write(priority)
    encoder.write(amount)
    encoder.write(remaining)
    encoder.write(voided)
    encoder.write(effectiveAt)
    encoder.write(expiresAt)
    encoder.write(sequence)
  }

  init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    name = try decoder.readName()
    guard let kind = CreditKind(rawValue: try decoder.readUInt8()) else { throw decoder.failure("no kind of credit") }
    self.kind = kind
    isPromotional = try decoder.readBool()
    priority = try decoder.readUInt8()
    amount = try decoder.readMicros()
    remaining = try decoder.readMicros()
    voided = try decoder.readMicros()
    effectiveAt = try decoder.readTimestamp()
    expiresAt = try decoder.readOptionalTimestamp()
    sequence = try decoder.readSequence()
    guard remaining >= .zero, voided >= .zero, remaining <= amount else {
      throw decoder.failure("a credit of \(amount) with \(remaining) left")
    }
  }
}
