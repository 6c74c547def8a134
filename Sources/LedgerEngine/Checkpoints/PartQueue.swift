import EventLog

/// Reads parts ahead on another thread, since to decompress one and to decode another take about as long.
final class PartQueue: Sendable {
  private struct Progress {
    var ready: [Result<[UInt8], LogError>] = []
    var readyByteCount = 0
    var isStopped = false
  }

  private static let byteLimit = 64 << 20
  private let progress = Monitor(Progress())
  private let thread: PlatformThread

  init(_ parts: ArraySlice<CheckpointStore.Part>, of store: CheckpointStore) {
    thread = PlatformThread(name: "parts") { [progress] in
      store.read(parts) { bytes in
        let isWanted = progress.wait { progress in
          progress.isStopped ? false : progress.readyByteCount < Self.byteLimit ? true : nil
        }
        guard isWanted else { return false }
        progress.signal { progress in
          progress.ready.append(bytes)
          progress.readyByteCount += (try? bytes.get().count) ?? 0
        }
        return true
      }
    }
  }

  /// The next part. Call it once for each part, at most.
  func next() throws(LogError) -> [UInt8] {
    let part: Result<[UInt8], LogError> = progress.wait { progress in
      guard !progress.ready.isEmpty else { return nil }
      let first = progress.ready.removeFirst()
      progress.readyByteCount -= (try? first.get().count) ?? 0
      return first
    }
    progress.signal { _ in }
    return try part.get()
  }

  func stop() {
    progress.signal { $0.isStopped = true }
    thread.join()
  }
}
