import Glibc
import Synchronization

/// Who has which role. The daemon's own user and root have all of them. A role that nobody was given goes by the
/// default: the daemon's group may read and append, others nothing.
public struct AccessPolicy: Sendable {
  /// Users by name or number, and groups by name or number with `@` before it.
  public var grants: [Role: [String]]
  public var owner: UInt32
  public var ownerGroup: UInt32

  /// - Parameters: owner and group are this process's unless given.
  public init(grants: [Role: [String]] = [:], owner: UInt32? = nil, ownerGroup: UInt32? = nil) {
    self.grants = grants
    self.owner = owner ?? geteuid()
    self.ownerGroup = ownerGroup ?? getegid()
  }

  /// Names among the grants that this system does not know.
  public func unknownNames() -> [(role: Role, name: String)] {
    Role.allCases.flatMap { role in
      (grants[role] ?? []).filter { name in
        name.hasPrefix("@") ? Directory.group(named: name.dropFirst()) == nil : Directory.user(named: name) == nil
      }.map { (role, $0) }
    }
  }

  public func roles(of peer: Peer) -> Roles {
    if peer.user == owner || peer.user == 0 { return .admin }
    var groups: Set<UInt32>?
    func isMember(_ group: UInt32) -> Bool {
      let known = groups ?? Directory.groups(of: peer)
      groups = known
      return known.contains(group)
    }
    func isGranted(_ name: String) -> Bool {
      guard name.hasPrefix("@") else { return Directory.user(named: name) == peer.user }
      return Directory.group(named: name.dropFirst()).map(isMember) ?? false
    }
    var roles: Roles = []
    for role in Role.allCases {
      if let names = grants[role] {
        if names.contains(where: isGranted) { roles.formUnion(Roles(role)) }
      } else if role == .append || role == .read, isMember(ownerGroup) {
        roles.formUnion(Roles(role))
      }
    }
    return roles
  }
}

/// Remembers the roles of a peer for a minute, since looking up groups may ask the network.
final class AccessCache: Sendable {
  private struct Entry {
    var roles: Roles
    var validUntil: ContinuousClock.Instant
  }

  private let policy: AccessPolicy
  private let entries = Mutex<[UInt64: Entry]>([:])

  init(_ policy: AccessPolicy) { self.policy = policy }

  func roles(of peer: Peer) -> Roles {
    let key = UInt64(peer.user) << 32 | UInt64(peer.group)
    let now = ContinuousClock.now
    if let entry = entries.withLock({ $0[key] }), entry.validUntil > now { return entry.roles }
    let roles = policy.roles(of: peer)
    entries.withLock { entries in
      if entries.count >= 4096 { entries.removeAll(keepingCapacity: true) }
      entries[key] = Entry(roles: roles, validUntil: now + .seconds(60))
    }
    return roles
  }
}
