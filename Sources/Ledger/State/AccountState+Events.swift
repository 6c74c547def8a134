extension AccountState {
  // MARK: Money

  mutating func applyMoney(_ event: Event, at sequence: SequenceNumber) {
    switch event.data {
    case .paymentReceived(let payment):
      funds.receive(
        payment: names.intern(payment.payment), amount: payment.amount, method: names.intern(payment.method),
        expiresAt: payment.expiresAt, priority: payment.priority, at: event.time, sequence: sequence)
    case .paymentFailed(let payment, let amount, _):
      funds.fail(payment: names.intern(payment), amount: amount, at: event.time, sequence: sequence)
    case .paymentRefunded(let payment, let amount):
      funds.refund(payment: names.intern(payment), amount: amount, at: event.time, sequence: sequence)
    case .creditGranted(let grant):
      funds.grant(
        names.intern(grant.grant), amount: grant.amount, isPromotional: grant.isPromotional,
        expiresAt: grant.expiresAt, priority: grant.priority, at: event.time, sequence: sequence)
    case .creditVoided(let grant):
      funds.void(grant: names.intern(grant), at: event.time, sequence: sequence)
    case .balanceAdjusted(let adjustment, let amount):
      funds.adjust(names.intern(adjustment), by: amount, at: event.time, sequence: sequence)
    default: preconditionFailure("\(event.type.name) moves no money")
    }
  }

  // MARK: Desk

  mutating func applyDesk(_ event: Event) {
    let day = date(of: event.time).day
    switch event.data {
    case .teamDefined(let team, let name):
      desk.teamDefined(names.intern(team), name: names.intern(name))
    case .agentDefined(let agent, let name, let team):
      let agent = names.intern(agent)
      let team = names.intern(team)
      teams[UInt64(agent.rawValue)] = team.isNone ? nil : team
      desk.agentDefined(agent, name: names.intern(name), team: team)
    case .conversationAssigned(let name, let agent, let team):
      desk.assigned(pair(name), agent: names.intern(agent), team: names.intern(team), at: event.time, day: day)
    case .conversationUnassigned(let name): desk.unassigned(pair(name))
    case .conversationResolved(let name): desk.resolved(pair(name), at: event.time, day: day)
    case .conversationReopened(let name): desk.reopened(pair(name), at: event.time)
    case .conversationSnoozed(let name, let until): desk.snoozed(pair(name), until: until)
    case .conversationLabelled(let name, let labels): desk.labelled(pair(name), labels.map { names.intern($0) })
    case .conversationUnlabelled(let name, let labels): desk.unlabelled(pair(name), labels.map { names.intern($0) })
    case .conversationPrioritised(let name, let priority): desk.prioritised(pair(name), priority)
    default: preconditionFailure("\(event.type.name) does not concern the desk")
    }
  }

  // MARK: Settings

  mutating func apply(_ configured: AccountConfigured, at time: Timestamp) {
    settings.apply(configured, day: date(of: time).day, names: &names)
    desk.configured(configured, names: &names, at: time)
  }

  mutating func zoneChanged(reference: Reference) {
    guard let newer = reference.zone(named: zoneName) else { return }
    zone = newer
    dates = LocalDates()
  }
}
