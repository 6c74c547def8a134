import EventLog
import Ledger

/// Tells which chunks have not changed from one look to the next.
struct RestingChunks {
  /// Hashes of the chunks at the last look, and at the one under way.
  private var last: [ObjectIdentifier: UInt64] = [:]
  private var current: [ObjectIdentifier: UInt64] = [:]

  /// Whether a chunk is what it was at the last look. Another one in the same place with the same bytes may be taken for it,
  /// which does no harm.
  mutating func isResting(_ chunk: ListChunk) -> Bool {
    let hash = unsafe XXH64.hash(chunk.bytes)
    if last[chunk.identity] == hash { return true }
    current[chunk.identity] = hash
    return false
  }

  mutating func endLook() {
    swap(&last, &current)
    current.removeAll(keepingCapacity: true)
  }
}
