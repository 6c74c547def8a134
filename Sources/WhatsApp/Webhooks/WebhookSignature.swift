internal import Crypto

/// Meta's signature of a webhook: HMAC-SHA256 of the body's raw bytes under the app secret.
///
/// Source: facts on webhooks, section 1.
public enum WebhookSignature {
  /// The header that carries it.
  public static let headerName = "X-Hub-Signature-256"

  /// Whether `header` signs `rawBody`. The comparison takes the same time wherever the two differ.
  ///
  /// Refuses a missing header, another prefix, anything but 64 hexadecimal digits, and everything while no secret is
  /// set.
  public static func verify(header: String?, rawBody: some Collection<UInt8>, secret: String?) -> Bool {
    guard let header, let secret, !secret.isEmpty, let claimed = digest(in: header) else { return false }
    let key = SymmetricKey(data: Array(secret.utf8))
    return HMAC<SHA256>.isValidAuthenticationCode(claimed, authenticating: Array(rawBody), using: key)
  }

  /// The header's value for a body: for tests, and for replaying deliveries to a daemon.
  public static func header(for rawBody: some Collection<UInt8>, secret: String) -> String {
    let key = SymmetricKey(data: Array(secret.utf8))
    let code = HMAC<SHA256>.authenticationCode(for: Array(rawBody), using: key)
    return prefix + hexadecimal(code)
  }

  private static let prefix = "sha256="

  /// The 32 bytes behind `sha256=`.
  private static func digest(in header: String) -> [UInt8]? {
    let bytes = Array(header.utf8)
    guard bytes.count == prefix.utf8.count + 64, header.hasPrefix(prefix) else { return nil }
    var digest: [UInt8] = []
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
