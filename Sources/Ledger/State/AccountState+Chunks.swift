extension AccountState {
  /// Lets `visitor` go through the lists that grow with the account's events.
  mutating func visitLists(_ visitor: inout some ListVisitor) {
    messages.visitLists(&visitor)
    inbounds.visitLists(&visitor)
    visitor.visit(&replies)
    windows.visitLists(&visitor)
    agentCharges.visitLists(&visitor)
    funds.allocations.visitLists(&visitor)
    funds.debts.visitLists(&visitor)
    desk.days.visitLists(&visitor)
    visitor.visit(&desk.conversations)
  }
}
