internal import Crypto

/// Meta's signature of a webhook: HMAC-SHA256 of the body's raw bytes under the app secret.
///
/// Source: facts on webhooks, section 1.
public struct WebhookSignature: Sendable {
  /// The header that carries it.
  public static let headerName = "X-Hub-Signature-256"

  /// Has taken in the secret, and nothing else.
  private let code: HMAC<SHA256>

  /// - Returns: nil without a secret: then nothing is signed.
  public init?(secret: String?) {
    guard let secret, !secret.isEmpty else { return nil }
    code = HMAC(key: SymmetricKey(data: Array(secret.utf8)))
  }

  /// Whether `header` signs `rawBody`. The comparison takes the same time wherever the two differ.
  ///
  /// Refuses a missing header, another prefix, and anything but 64 hexadecimal digits.
  public func verify(header: String?, rawBody: [UInt8]) -> Bool {
    guard let header, let claimed = Self.digest(in: header) else { return false }
    return authenticationCode(of: rawBody) == claimed
  }

  /// The header's value for a body: for tests, and for replaying deliveries to a daemon.
  public func header(for rawBody: [UInt8]) -> String {
    Self.prefix + hexadecimal(authenticationCode(of: rawBody))
  }

  private func authenticationCode(of rawBody: [UInt8]) -> HMAC<SHA256>.MAC {
    var code = code
    code.update(data: rawBody)
    return code.finalize()
  }

  private static let prefix = "sha256="

  /// The 32 bytes behind `sha256=`.
  private static func digest(in header: String) -> [UInt8]? {
    let bytes = Array(header.utf8)
    guard bytes.count == prefix.utf8.count + 64, header.hasPrefix(prefix) else { return nil }
    var digest: [UInt8] = []
    digest.reserveCapacity(32)
    for index in stride(from: prefix.utf8.count, to: bytes.count, by: 2) {
      guard let high = hexadecimalValue(bytes[index]), let low = hexadecimalValue(bytes[index + 1]) else { return nil }
      digest.append(high << 4 | low)
    }
    return digest
  }
}

/// Lower-case hexadecimal digits of `bytes`.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var text: [UInt8] = []
  for byte in bytes { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
  return String(decoding: text, as: UTF8.self)
}

private func hexadecimalValue(_ digit: UInt8) -> UInt8? {
  switch digit {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
  default: nil
  }
}
