/// The state in parts, so that a checkpoint is written account by account and only what changed is written again.
///
/// Shared part and accounts in order, one after the other, are the canonical bytes of ``encode(into:)``.
extension State {
  /// The last event that changed the account, counted from 0.
  public func lastChange(ofAccount index: Int) -> SequenceNumber { accounts[index].lastChange }

  /// Everything that is not one account's.
  public func encodeShared(into encoder: inout StateEncoder) {
    encoder.write(Self.foldVersion)
    encoder.write(sequence)
    encoder.write(keptCount)
    reference.encode(into: &encoder)
    accountNames.encode(into: &encoder)
    owners.encode(into: &encoder)
  }

  public func encodeAccount(_ index: Int, into encoder: inout StateEncoder) { accounts[index].encode(into: &encoder) }

  /// Who the contacts are: kept beside the state, outside its digest, so that a person can be forgotten.
  public func encodeContacts(ofAccount index: Int, into encoder: inout StateEncoder) {
    accounts[index].contacts.encode(into: &encoder)
  }

  /// - Parameter account: gives the parts of an account; they are asked for in order of their index.
  /// - Throws: what `account` throws, and ``StateDecodingError`` for bytes that are no state.
  public init(
    shared: inout StateDecoder, account: (_ index: Int) throws -> (state: StateDecoder, contacts: StateDecoder)
  ) throws {
    try self.init(sharedOnly: &shared)
    for index in 0..<accountNames.count {
      var parts = try account(index)
      try decodeAccount(from: &parts.state, contacts: &parts.contacts)
      guard parts.state.isAtEnd, parts.contacts.isAtEnd else { throw parts.state.failure("more than an account") }
    }
  }
}
