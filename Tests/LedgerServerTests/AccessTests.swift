import Testing

@testable import LedgerServer

@Suite struct AccessTests {
  private let owner = Peer(process: 1, user: 4_000_001, group: 4_000_001)
  private let member = Peer(process: 2, user: 4_000_002, group: 4_000_001)
  private let stranger = Peer(process: 3, user: 4_000_003, group: 4_000_003)

  private func policy(_ grants: [Role: [String]] = [:]) -> AccessPolicy {
    AccessPolicy(grants: grants, owner: 4_000_001, ownerGroup: 4_000_001)
  }

  @Test func `without grants the owner may do everything, its group append and read, others nothing`() {
    #expect(Role.allCases.allSatisfy { policy().roles(of: owner).allow($0) })
    #expect(policy().roles(of: Peer(process: 9, user: 0, group: 0)) == .admin)
    #expect(policy().roles(of: member) == [.append, .read])
    #expect(policy().roles(of: stranger).isEmpty)
  }

  @Test func `a grant to a user or group replaces the default of that role alone`() {
    let policy = policy([.read: ["4000003"], .audit: ["@4000001"]])
    #expect(policy.roles(of: stranger) == .read)
    #expect(policy.roles(of: member) == [.append, .audit])
    #expect(policy.roles(of: member).allow(.read))  // who audits may read
    #expect(self.policy([.append: []]).roles(of: member) == .read)
  }

  @Test func `an admin may do everything, an auditor reads and does not append`() {
    #expect(Role.allCases.allSatisfy { Roles.admin.allow($0) })
    #expect(Roles.audit.allow(.read) && !Roles.audit.allow(.append) && !Roles.audit.allow(.admin))
    #expect(!Roles.append.allow(.read))
  }

  @Test func `names that the system does not know are found`() {
    let unknown = policy([.read: ["root", "no-such-user-here"], .admin: ["@root", "@no-such-group-here"]])
      .unknownNames()
    #expect(unknown.map(\.name) == ["no-such-user-here", "@no-such-group-here"])
  }

  @Test(arguments: [
    ("subscribe", "secret", true), ("subscribe", "Secret", false), ("subscribe", "secre", false),
    ("subscribe", "", false),
    ("unsubscribe", "secret", false),
  ])
  func `a handshake needs the mode and the token`(mode: String, token: String, isRight: Bool) {
    let receiver = WebhookReceiver(signature: nil, verifyToken: "secret")
    #expect(receiver.isSubscription(mode: mode, token: token) == isRight)
    #expect(!WebhookReceiver(signature: nil, verifyToken: nil).isSubscription(mode: mode, token: token))
    #expect(!WebhookReceiver(signature: nil, verifyToken: "").isSubscription(mode: mode, token: ""))
  }
}
