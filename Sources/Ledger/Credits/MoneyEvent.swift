import JSONTape

/// The events that name or move an account's own money; charges are not among them.
enum MoneyEvent {
  case payment(PaymentReceived)
  case refund(payment: Text, amount: Micros)
  case grant(CreditGranted)
  case void(grant: Text)
  case adjustment(Text, amount: Micros)

  /// Nil for all others. A failed payment names a payment, but moves nothing.
  init?(_ data: EventData) {
    switch data {
    case .paymentReceived(let event): self = .payment(event)
    case .paymentRefunded(let payment, let amount): self = .refund(payment: payment, amount: amount)
    case .creditGranted(let event): self = .grant(event)
    case .creditVoided(let grant): self = .void(grant: grant)
    case .balanceAdjusted(let adjustment, let amount): self = .adjustment(adjustment, amount: amount)
    case .paymentFailed, .chargeCorrected, .accountOpened, .accountConfigured, .numberAdded, .rateCardPublished,
      .marketsPublished, .templateUpdated, .teamDefined, .agentDefined, .messageReceived, .messageSent,
      .messageStatus, .windowOpened, .conversationAssigned, .conversationUnassigned, .conversationResolved,
      .conversationReopened, .conversationSnoozed, .conversationLabelled, .conversationUnlabelled,
      .conversationPrioritised, .tierReported, .statementClosed, .contactErased, .zoneResolved, .whatsAppKept,
      .withoutEffect:
      return nil
    }
  }
}
