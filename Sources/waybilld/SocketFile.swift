import Glibc

/// The file of the Unix socket: a stale one is removed, a live one is somebody else's.
struct SocketFile {
  let path: String

  /// Removes a socket file nobody listens on any more.
  /// - Throws: when somebody listens, when the path is another kind of file, or when its folder is not there.
  func prepare() throws(SettingsError) {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else {
      if errno == ENOENT { return try checkFolder() }
      throw SettingsError(
        description: "the socket \(path) cannot be looked at: \(unsafe String(cString: strerror(errno)))")
    }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw SettingsError(description: "\(path) is there already and is no socket; choose another path with --socket")
    }
    guard !isLive else {
      throw SettingsError(
        description: "another daemon listens on \(path); stop it, or choose another path with --socket")
    }
    guard unsafe unlink(path) == 0 else {
      throw SettingsError(
        description: "the stale socket \(path) cannot be removed: \(unsafe String(cString: strerror(errno)))")
    }
  }

  /// Lets the group connect.
  func open() throws(SettingsError) {
    guard unsafe chmod(path, 0o660) == 0 else {
      throw SettingsError(description: "the mode of \(path) cannot be set: \(unsafe String(cString: strerror(errno)))")
    }
  }

  func remove() { _ = unsafe unlink(path) }

  private func checkFolder() throws(SettingsError) {
    let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    let name = path.hasPrefix("/") ? (folder.isEmpty ? "/" : folder) : (folder.isEmpty ? "." : folder)
    guard unsafe access(name, W_OK | X_OK) == 0 else {
      throw SettingsError(
        description:
          "no socket can be made in \(name): \(unsafe String(cString: strerror(errno))); create the folder, or choose another path with --socket"
      )
    }
  }

  private var isLive: Bool {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { target in
      unsafe target.copyBytes(from: path.utf8.prefix(107))
    }
    return unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { target in
        unsafe connect(descriptor, target, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
  }
}
