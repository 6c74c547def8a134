import Glibc
import NIOCore

/// Who is at the other end of the socket, as the kernel knows it (`SO_PEERCRED`).
public struct Peer: Hashable, Sendable {
  public var process: Int32
  public var user: UInt32
  public var group: UInt32

  public init(process: Int32, user: UInt32, group: UInt32) {
    self.process = process
    self.user = user
    self.group = group
  }

  /// The peer of the connection this task serves.
  @TaskLocal static var current: Peer?

  static func of(_ channel: any Channel) -> EventLoopFuture<Peer?> {
    guard let provider = channel as? any SocketOptionProvider else {
      return channel.eventLoop.makeSucceededFuture(nil)
    }
    let credentials: EventLoopFuture<Credentials> = provider.unsafeGetSocketOption(
      level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
    return credentials.map { Peer(process: $0.process, user: $0.user, group: $0.group) }
  }

  /// Linux's `struct ucred`.
  private struct Credentials: BitwiseCopyable, Sendable {
    var process: Int32
    var user: UInt32
    var group: UInt32
  }
}
