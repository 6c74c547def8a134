import Glibc

/// Tells systemd what the daemon is doing (`sd_notify`), when systemd asked for it.
struct ServiceManager: Sendable {
  private let address: String?

  init() {
    address = unsafe getenv("NOTIFY_SOCKET").map { unsafe String(cString: $0) }
  }

  func ready() { notify("READY=1\nSTATUS=Taking events\n") }
  func replaying(_ text: String) { notify("STATUS=\(text)\nEXTEND_TIMEOUT_USEC=60000000\n") }
  func stopping() { notify("STOPPING=1\nSTATUS=Finishing accepted requests\n") }

  /// An address that starts with `@` is in the abstract namespace, where the first byte is zero.
  private func notify(_ message: String) {
    guard let address, var unixAddress = Self.unixAddress(address) else { return }
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    let byteCount = socklen_t(MemoryLayout<sa_family_t>.size + address.utf8.count)
    unsafe withUnsafePointer(to: &unixAddress) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { target in
        _ = unsafe sendto(descriptor, message, message.utf8.count, Int32(MSG_NOSIGNAL), target, byteCount)
      }
    }
  }

  private static func unixAddress(_ path: String) -> sockaddr_un? {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    guard !path.isEmpty, path.utf8.count < 108 else { return nil }
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { target in
      unsafe target.copyBytes(from: path.utf8)
      if path.utf8.first == UInt8(ascii: "@") { unsafe target[0] = 0 }
    }
    return address
  }
}
