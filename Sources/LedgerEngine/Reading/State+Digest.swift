import Crypto
public import Ledger

extension State {
  /// SHA-256 of the canonical serialisation, in hexadecimal.
  public var digest: String {
    var hash = SHA256()
    var encoder = StateEncoder { stretch in
      unsafe stretch.withUnsafeBytes { unsafe hash.update(bufferPointer: $0) }
    }
    encode(into: &encoder)
    encoder.finish()
    let digits = Array("0123456789abcdef".utf8)
    let text = hash.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }
}

extension Engine {
  /// Of the live state.
  public var digest: String {
    get async throws {
      try await waitForAccount(named: nil)
      return folding.state.withLock { $0 }.digest
    }
  }
}
