internal import LMDB

extension EventLog {
  /// Bytes of the log's file in use, and how many its memory map can hold.
  public var usage: (usedBytes: Int, mapBytes: Int) {
    let usage = environment.usage
    return (usage.usedBytes, usage.mapBytes)
  }
}
