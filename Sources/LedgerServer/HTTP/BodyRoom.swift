import Synchronization

/// Bounds the bytes of bodies that are being received or worked on and are in no queue: whoever may reach the socket can
/// send them, before anybody knows whether they are worth anything.
final class BodyRoom: Sendable {
  private let byteLimit: Int
  private let heldByteCount = Mutex(0)

  init(byteLimit: Int) { self.byteLimit = byteLimit }

  /// - Returns: whether there was room. One body alone always has it, whatever its length.
  fileprivate func take(_ byteCount: Int, besides ownByteCount: Int) -> Bool {
    heldByteCount.withLock { held in
      guard held == ownByteCount || held + byteCount <= byteLimit else { return false }
      held += byteCount
      return true
    }
  }

  fileprivate func giveBack(_ byteCount: Int) { heldByteCount.withLock { $0 -= byteCount } }

  var byteCount: Int { heldByteCount.withLock { $0 } }
}

/// A body in a ``BodyRoom``, which has its room back when nobody needs the body any longer.
final class HeldBody {
  private let room: BodyRoom
  private(set) var bytes: [UInt8] = []

  init(in room: BodyRoom) { self.room = room }

  deinit { room.giveBack(bytes.count) }

  /// - Returns: whether there was room.
  func append(_ more: some Collection<UInt8>) -> Bool {
    guard room.take(more.count, besides: bytes.count) else { return false }
    bytes += more
    return true
  }
}
