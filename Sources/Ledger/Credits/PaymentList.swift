/// One payment as it is listed: what arrived, or what was tried and failed.
struct PaymentRow: Hashable, Sendable {
  var name: NameID
  var method: NameID
  var amount: Micros
  var refunded = Micros.zero
  /// How often `payment.failed` named it. A failure moves no money, before or after the money arrived.
  var failures: UInt32 = 0
  var time: Timestamp
  var sequence: SequenceNumber
  /// The credit it gave; nil as long as it only failed.
  var credit: Int?
}

/// The payments of an account, one row a name, in the order of the events that the rows show.
struct PaymentList: Sendable {
  private(set) var rows: [PaymentRow] = []
  /// For finding only; its order is never shown.
  private var positions: [NameID: Int] = [:]

  init() {}

  func position(of payment: NameID) -> Int? { positions[payment] }

  mutating func append(_ row: PaymentRow) {
    positions[row.name] = rows.count
    rows.append(row)
  }

  /// Takes a row out; those behind it move up.
  mutating func remove(at position: Int) -> PaymentRow {
    let row = rows.remove(at: position)
    positions[row.name] = nil
    for index in position..<rows.count { positions[rows[index].name] = index }
    return row
  }

  mutating func addRefund(_ amount: Micros, at position: Int) { rows[position].refunded += amount }
  mutating func addFailure(at position: Int) { rows[position].failures &+= 1 }
}

extension PaymentList {
  func encode(into encoder: inout StateEncoder) {
    encoder.write(rows) { encoder, row in
      encoder.write(row.name)
      encoder.write(row.method)
      encoder.write(row.amount)
      encoder.write(row.refunded)
      encoder.write(row.failures)
      encoder.write(row.time)
      encoder.write(row.sequence)
      encoder.write(Int64(row.credit ?? -1))
    }
  }

  init(from decoder: inout StateDecoder, creditCount: Int) throws(StateDecodingError) {
    for _ in 0..<(try decoder.readCount()) {
      let row = PaymentRow(
        name: try decoder.readName(), method: try decoder.readName(), amount: try decoder.readMicros(),
        refunded: try decoder.readMicros(), failures: try decoder.readUInt32(), time: try decoder.readTimestamp(),
        sequence: try decoder.readSequence(), credit: try Self.readCredit(&decoder, creditCount: creditCount))
      guard positions[row.name] == nil else { throw decoder.failure("the same payment twice") }
      append(row)
    }
  }

  private static func readCredit(
    _ decoder: inout StateDecoder, creditCount: Int
  ) throws(StateDecodingError) -> Int? {
    let number = try decoder.readInt64()
    guard number != -1 else { return nil }
    guard (0..<Int64(creditCount)).contains(number) else { throw decoder.failure("a payment without its credit") }
    return Int(number)
  }
}
