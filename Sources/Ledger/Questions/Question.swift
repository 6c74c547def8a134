/// One question about the ledger, as the path and query of a `GET` put it (INTERFACE.md 2).
public struct Question: Sendable, Hashable {
  public enum Subject: Hashable, Sendable {
    case accounts, account, balance, charges, explain(message: String), payments, credits, usage, allowances
    case workload, conversations, responseTimes, unrated, differences
  }

  public var subject: Subject
  /// Nil for ``Subject/accounts``.
  public var account: String?
  /// Only events whose `time` is not after it, and it is "now".
  public var asOf: Timestamp?
  /// Only events up to it.
  public var at: SequenceNumber?
  /// The subject's own parameters, checked when it is answered.
  public var parameters: [Parameter]

  public struct Parameter: Hashable, Sendable {
    public var name: String
    public var value: String

    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// - Parameters:
  ///   - path: what follows `/v1`, each part percent-decoded: `["accounts", "acme", "balance"]`.
  ///   - query: in the order of the request, percent-decoded.
  /// - Returns: nil when the path is no question.
  /// - Throws: a ``Refusal`` of status 400 that names the parameter at fault.
  public init?(path: [String], query: [Parameter]) throws(Refusal) {
    guard let (subject, account) = Self.subject(path) else { return nil }
    self.subject = subject
    self.account = account
    parameters = []
    for parameter in query {
      switch parameter.name {
      case "as_of": asOf = try Self.instant(parameter)
      case "at": at = try Self.sequence(parameter)
      default:
        guard subject.parameterNames.contains(parameter.name) else { throw Self.unknown(parameter, of: subject) }
        parameters.append(parameter)
      }
    }
  }

  private static func subject(_ path: [String]) -> (Subject, String?)? {
    guard path.first == "accounts" else { return nil }
    switch path.count {
    case 1: return (.accounts, nil)
    case 2: return (.account, path[1])
    case 3: return fixed[path[2]].map { ($0, path[1]) }
    case 4 where path[2] == "charges": return (.explain(message: path[3]), path[1])
    default: return nil
    }
  }

  private static let fixed: [String: Subject] = [
    "balance": .balance, "charges": .charges, "payments": .payments, "credits": .credits, "usage": .usage,
    "allowances": .allowances, "workload": .workload, "conversations": .conversations,
    "response-times": .responseTimes, "unrated": .unrated, "differences": .differences,
  ]

  private static func instant(_ parameter: Parameter) throws(Refusal) -> Timestamp {
    guard let instant = Timestamp(string: parameter.value) else {
      throw bad(parameter, "give an RFC 3339 instant such as 2026-10-03T09:15:02Z (a + must be sent as %2B)")
    }
    return instant
  }

  private static func sequence(_ parameter: Parameter) throws(Refusal) -> SequenceNumber {
    guard let number = UInt64(parameter.value), number <= UInt64(Int64.max) else {
      throw bad(parameter, "give a sequence number")
    }
    return SequenceNumber(rawValue: number)
  }

  static func bad(_ parameter: Parameter, _ remedy: String) -> Refusal {
    Refusal(
      .badQuestion, status: 400, "\(parameter.name)=\(parameter.value.prefix(64)) is not understood", remedy: remedy,
      pointer: "?\(parameter.name)")
  }

  private static func unknown(_ parameter: Parameter, of subject: Subject) -> Refusal {
    let known = (["as_of", "at"] + subject.parameterNames).joined(separator: ", ")
    return Refusal(
      .badQuestion, status: 400, "the parameter \(parameter.name.prefix(64)) is not known here",
      remedy: "use \(known)", pointer: "?\(parameter.name.prefix(64))")
  }

  func parameter(_ name: String) -> Parameter? { parameters.last { $0.name == name } }
}

extension Question.Subject {
  /// What may be asked of it beside a moment.
  public var parameterNames: [String] {
    switch self {
    case .charges, .responseTimes, .usage: ["from", "to", "month", "by"]
    case .conversations: ["state", "agent", "team", "label", "limit"]
    case .allowances: ["month"]
    case .unrated, .differences: ["limit"]
    default: []
    }
  }
}
