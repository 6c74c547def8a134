extension FundsFigures {
  /// The members of `balance` that are money's, from `balance` to `grants_total` (INTERFACE.md 3), into an open object.
  public func writeMembers(held: MicrosTotal, creditLimit: MicrosTotal, to json: inout JSONWriter) {
    json.member("balance", balance)
    json.member("held", held)
    json.member("available", available(held: held, creditLimit: creditLimit))
    json.member("credit_limit", creditLimit)
    json.member("overdraft", overdraft)
    json.key("credits")
    json.beginObject()
    json.member("paid", paid)
    json.member("promotional", promotional)
    json.endObject()
    json.key("next_expiry")
    if let nextExpiry {
      json.beginObject()
      json.member("amount", nextExpiry.amount)
      json.key("at")
      json.instant(nextExpiry.at)
      json.endObject()
    } else {
      json.null()
    }
    json.member("charged_total", chargedTotal)
    json.member("payments_total", paymentsTotal)
    json.member("grants_total", grantsTotal)
  }
}

extension Funds {
  /// The list behind `"payments":`, in the order of the events shown.
  public func writePayments(names: Names, to json: inout JSONWriter) {
    json.beginArray()
    for row in payments.rows {
      json.beginObject()
      json.key("payment")
      json.name(row.name, in: names)
      json.member("amount", MicrosTotal(row.amount))
      json.key("status")
      json.string(row.credit == nil ? "failed" : row.refunded.isZero ? "received" : "refunded")
      json.member("refunded", MicrosTotal(row.refunded))
      json.key("method")
      json.name(row.method, in: names)
      json.key("failures")
      json.number(row.failures)
      json.key("time")
      json.instant(row.time)
      json.key("sequence")
      json.sequence(row.sequence)
      json.endObject()
    }
    json.endArray()
  }

  /// The list behind `"credits":` at an instant, in the order they came. `remaining` is 0 once a credit has expired; its
  /// rest stands in `expired` then, so that the remainders add up to the balance's credits.
  public func writeCredits(at now: Timestamp, names: Names, to json: inout JSONWriter) {
    json.beginArray()
    for credit in credits {
      json.beginObject()
      json.key("id")
      write(nameOf: credit, names: names, to: &json)
      json.key("kind")
      json.string(credit.kind == .payment ? "payment" : credit.kind == .grant ? "grant" : "adjustment")
      json.member("amount", MicrosTotal(credit.amount))
      json.member("remaining", MicrosTotal(credit.remaining(at: now)))
      json.member("expired", MicrosTotal(credit.remaining - credit.remaining(at: now)))
      json.member("voided", MicrosTotal(credit.voided))
      json.key("expires_at")
      json.instant(credit.expiresAt)
      json.key("priority")
      json.number(credit.priority)
      json.key("promotional")
      json.bool(credit.isPromotional)
      json.key("time")
      json.instant(credit.effectiveAt)
      json.key("sequence")
      json.sequence(credit.sequence)
      json.endObject()
    }
    json.endArray()
  }

  /// The list behind `"burned":`: each credit once, in the order first burned; then, with credit `null`, what is still
  /// owed. The amounts add up to the charge.
  public func writeBurned(by owner: ChargeOwner, names: Names, to json: inout JSONWriter) {
    json.beginArray()
    for entry in burned(by: owner) {
      json.beginObject()
      json.key("credit")
      if let credit = entry.credit { write(nameOf: credits[credit], names: names, to: &json) } else { json.null() }
      json.member("amount", entry.amount)
      json.endObject()
    }
    json.endArray()
  }

  /// Credits by number, each once, in the order first burned; nil stands for the overdraft, last.
  func burned(by owner: ChargeOwner) -> [(credit: Int?, amount: MicrosTotal)] {
    var entries: [(credit: Int?, amount: MicrosTotal)] = []
    for part in allocations.parts(of: owner) {
      let credit = part.source.isDebt ? nil : part.source.number
      if let index = entries.firstIndex(where: { $0.credit == credit }) {
        entries[index].amount += part.amount
      } else {
        entries.append((credit, MicrosTotal(part.amount)))
      }
    }
    return entries
  }

  /// `correction-48211` for the rest of the correction at that sequence.
  private func write(nameOf credit: Credit, names: Names, to json: inout JSONWriter) {
    guard credit.kind == .correction else { return json.name(credit.name, in: names) }
    json.string("correction-\(credit.sequence.rawValue)")
  }
}

extension JSONWriter {
  fileprivate mutating func member(_ name: StaticString, _ value: MicrosTotal) {
    key(name)
    money(value)
  }
}
