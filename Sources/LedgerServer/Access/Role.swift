/// What a peer may do. `admin` may do everything, `audit` may also read.
public enum Role: String, CaseIterable, Hashable, Sendable {
  case append, read, audit, admin
}

/// A set of roles, as bits.
public struct Roles: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public init(_ role: Role) {
    switch role {
    case .append: self = .append
    case .read: self = .read
    case .audit: self = .audit
    case .admin: self = .admin
    }
  }

  public static let append = Roles(rawValue: 1)
  public static let read = Roles(rawValue: 2)
  public static let audit: Roles = [Roles(rawValue: 4), .read]
  public static let admin: Roles = [Roles(rawValue: 8), .append, .audit]

  public func allow(_ role: Role) -> Bool { isSuperset(of: Roles(role)) }
}
