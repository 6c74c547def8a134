extension Funds {
  /// Canonical: the same funds give the same bytes, however they came about. Debts are numbered anew, settled ones left out.
  public func encode(into encoder: inout StateEncoder) {
    encoder.write(credits) { encoder, credit in credit.encode(into: &encoder) }
    payments.encode(into: &encoder)
    encoder.write(grants.sorted { $0.key < $1.key }) { encoder, grant in
      encoder.write(grant.key)
      encoder.write(grant.value)
    }
    encoder.write(adjustments.sorted { $0.key < $1.key }) { encoder, adjustment in
      encoder.write(adjustment.key)
      encoder.write(adjustment.value)
    }
    book.encode(into: &encoder)
    encoder.write(movements) { encoder, movement in movement.encode(into: &encoder) }
    encodeDebts(into: &encoder)
  }

  private func encodeDebts(into encoder: inout StateEncoder) {
    var numbers = [Int](repeating: 0, count: debts.debts.count)
    encoder.write(debts.openCount)
    var next = 0
    for (number, debt) in debts.debts.enumerated() where !debt.amount.isZero {
      numbers[number] = next
      next += 1
      encoder.write(debt.amount)
      encoder.write(debt.chargedAt)
      encoder.write(debt.owner.rawValue)
    }
    encodeAllocations(debtNumbers: numbers, into: &encoder)
  }

  /// Owners without anything at the end are left out.
  private func encodeAllocations(debtNumbers: [Int], into encoder: inout StateEncoder) {
    var count = allocations.ownerCount
    while count > 0, allocations.isEmpty(ChargeOwner(rawValue: UInt32(count - 1))) { count -= 1 }
    encoder.write(count)
    for owner in 0..<UInt32(count) {
      encoder.write(allocations.parts(of: ChargeOwner(rawValue: owner))) { encoder, part in
        let number = part.source.isDebt ? debtNumbers[part.source.number] : part.source.number
        encoder.write(number << 1 | (part.source.isDebt ? 1 : 0))
        encoder.write(part.amount)
      }
    }
  }

  /// - Throws: where altered bytes do not add up; never traps.
  public init(from decoder: inout StateDecoder) throws(StateDecodingError) {
    credits = try decoder.readList { (decoder) throws(StateDecodingError) in try Credit(from: &decoder) }
    for number in credits.indices where !credits[number].remaining.isZero { order.insert(number, of: credits) }
    payments = try PaymentList(from: &decoder, creditCount: credits.count)
    try decodeGrants(&decoder)
    try decodeAdjustments(&decoder)
    book = try Book(from: &decoder)
    movements = try decoder.readList { (decoder) throws(StateDecodingError) in try FundsMovement(from: &decoder) }
    for _ in 0..<(try decoder.readCount()) {
      let debt = DebtQueue.Debt(
        amount: try decoder.readMicros(), chargedAt: try decoder.readTimestamp(),
        owner: ChargeOwner(rawValue: try decoder.readUInt32()))
      guard debt.amount > .zero else { throw decoder.failure("a debt of \(debt.amount)") }
      _ = debts.append(debt)
    }
    try decodeAllocations(&decoder)
    try checkSums(decoder)
  }

  private mutating func decodeGrants(_ decoder: inout StateDecoder) throws(StateDecodingError) {
    var last = NameID.none
    for _ in 0..<(try decoder.readCount()) {
      let name = try decoder.readName()
      let credit = try decoder.readUInt64()
      guard last < name || grants.isEmpty, credit < UInt64(credits.count) else {
        throw decoder.failure("a grant without its credit")
      }
      grants[name] = Int(credit)
      last = name
    }
  }

  private mutating func decodeAdjustments(_ decoder: inout StateDecoder) throws(StateDecodingError) {
    var last = NameID.none
    for _ in 0..<(try decoder.readCount()) {
      let name = try decoder.readName()
      guard last < name || adjustments.isEmpty else { throw decoder.failure("adjustments out of order") }
      adjustments[name] = try decoder.readMicros()
      last = name
    }
  }

  private mutating func decodeAllocations(_ decoder: inout StateDecoder) throws(StateDecodingError) {
    var isRecorded = debts.debts.map { $0.owner == .none }
    var burned = [MicrosTotal](repeating: .zero, count: credits.count)
    for owner in 0..<UInt32(try decoder.readCount()) {
      for _ in 0..<(try decoder.readCount()) {
        let part = try readPart(&decoder, of: ChargeOwner(rawValue: owner))
        if part.source.isDebt {
          isRecorded[part.source.number] = true
        } else {
          burned[part.source.number] += part.amount
        }
        allocations.append(part, by: ChargeOwner(rawValue: owner))
      }
    }
    guard isRecorded.allSatisfy(\.self) else { throw decoder.failure("debts that no charge records") }
    for (credit, burned) in zip(credits, burned)
    where burned + MicrosTotal(credit.remaining) + MicrosTotal(credit.voided) > MicrosTotal(credit.amount) {
      throw decoder.failure("a credit of \(credit.amount) of which more was burned")
    }
  }

  private func readPart(
    _ decoder: inout StateDecoder, of owner: ChargeOwner
  ) throws(StateDecodingError) -> AllocationTable.Part {
    let code = try decoder.readUInt64()
    let amount = try decoder.readMicros()
    let isDebt = code & 1 == 1
    let number = code >> 1
    guard amount > .zero, number < UInt64(isDebt ? debts.debts.count : credits.count) else {
      throw decoder.failure("a part of no credit and no debt")
    }
    guard isDebt else {
      guard !allocations.owes(owner) else { throw decoder.failure("a credit burned above a debt") }
      return .init(source: .credit(Int(number)), amount: amount)
    }
    guard debts[Int(number)].owner == owner, debts[Int(number)].amount == amount else {
      throw decoder.failure("a debt that its charge records otherwise")
    }
    return .init(source: .debt(Int(number)), amount: amount)
  }

  private func checkSums(_ decoder: StateDecoder) throws(StateDecodingError) {
    var paid = MicrosTotal.zero
    var promotional = MicrosTotal.zero
    for credit in credits {
      if credit.isPromotional { promotional += credit.remaining } else { paid += credit.remaining }
    }
    guard paid == book[.creditsPaid], promotional == book[.creditsPromotional],
      debts.total == -book[.overdraft]
    else { throw decoder.failure("credits and debts that differ from the book") }
  }
}
