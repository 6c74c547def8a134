/// Why something was refused: what a program, a person and an operator need. HTTP and the tool show these same words.
public struct Refusal: Error, Hashable, Sendable {
  /// For programs: part of the API, never renamed.
  public enum Code: String, Sendable, CaseIterable {
    case malformed, missingMember = "missing_member", wrongType = "wrong_type", duplicateMember = "duplicate_member"
    case badValue = "bad_value", unknownType = "unknown_type", reservedType = "reserved_type"
    case reservedMember = "reserved_member", tooLong = "too_long"
    case unknownAccount = "unknown_account", accountExists = "account_exists", numberTaken = "number_taken"
    case unknownPayment = "unknown_payment", paymentExists = "payment_exists", refundTooLarge = "refund_too_large"
    case unknownGrant = "unknown_grant", grantExists = "grant_exists", currencyMismatch = "currency_mismatch"
    case unknownZone = "unknown_zone", unknownContact = "unknown_contact", adjustmentExists = "adjustment_exists"
    case identityConflict = "identity_conflict", unexpectedLast = "unexpected_last"
    case badQuestion = "bad_question", unknownMessage = "unknown_message", notFound = "not_found"
    case beyondBounds = "beyond_bounds"
  }

  public var code: Code
  /// The HTTP status of INTERFACE.md 2.
  public var status: Int
  public var message: String
  public var remedy: String
  /// JSON pointer (RFC 6901) to the member at fault.
  public var pointer: String?
  /// Which event of the request, from 0.
  public var index: Int?

  public init(_ code: Code, status: Int, _ message: String, remedy: String, pointer: String? = nil) {
    self.code = code
    self.status = status
    self.message = message
    self.remedy = remedy
    self.pointer = pointer
  }

  public func at(index: Int) -> Refusal {
    var copy = self
    copy.index = index
    return copy
  }
}
