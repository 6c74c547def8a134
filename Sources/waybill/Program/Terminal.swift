import WaybillTables

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Where the program writes: data to standard output, everything else to standard error.
struct Terminal: Sendable {
  var output: Int32
  var errorOutput: Int32
  /// How data is laid out on standard output.
  var data: TextRenderer
  /// How remarks are laid out on standard error.
  var errors: TextRenderer
  /// Whether somebody watches standard error, so that a progress bar makes sense.
  var showsProgress: Bool

  static let standard = Terminal(
    output: 1, errorOutput: 2, data: TextRenderer(isColoured: isColourful(1)),
    errors: TextRenderer(isColoured: isColourful(2)), showsProgress: isatty(2) == 1)

  private static func isColourful(_ descriptor: Int32) -> Bool {
    guard isatty(descriptor) == 1, environment("TERM") != "dumb" else { return false }
    return (environment("NO_COLOR") ?? "").isEmpty
  }

  static func environment(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
  }

  func write(_ text: String) { write(Array(text.utf8)[...]) }

  func write(_ bytes: ArraySlice<UInt8>) {
    // A reader that has gone, as `head` does, wants nothing more: that is no error.
    if !Terminal.send(bytes, to: output) { exit(0) }
  }

  func complain(_ line: String) { _ = Terminal.send(Array((line + "\n").utf8)[...], to: errorOutput) }

  func writeError(_ text: String) { _ = Terminal.send(Array(text.utf8)[...], to: errorOutput) }

  /// False when nobody reads any more.
  private static func send(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Bool {
    unsafe bytes.withUnsafeBytes { buffer in
      var sent = 0
      while sent < buffer.count {
        let count = unsafe Glibc.write(descriptor, buffer.baseAddress! + sent, buffer.count - sent)
        if count > 0 {
          sent += count
        } else if errno != EINTR && errno != EAGAIN {
          return false
        }
      }
      return true
    }
  }
}
