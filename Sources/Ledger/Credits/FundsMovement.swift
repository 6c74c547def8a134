/// One event that moved an account's own money, as a statement lists it. Charges and expiries are not among them.
public struct FundsMovement: Hashable, Sendable {
  public enum Kind: UInt8, Sendable { case payment, grant, refund, void, adjustment }

  public var kind: Kind
  /// The payment, grant or adjustment.
  public var name: NameID
  /// What the balance rose by.
  public var amount: Micros
  public var time: Timestamp
  public var sequence: SequenceNumber
}

extension FundsMovement {
  func encode(into encoder: inout StateEncoder) {
    encoder.write(kind.rawValue)
    encoder.write(name)
    encoder.write(amount)
    encoder.write(time)
    encoder.write(sequence)
  }

  init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    guard let kind = Kind(rawValue: try decoder.readUInt8()) else { throw decoder.failure("no kind of movement") }
    self.kind = kind
    name = try decoder.readName()
    amount = try decoder.readMicros()
    time = try decoder.readTimestamp()
    sequence = try decoder.readSequence()
  }
}
