internal import Glibc
internal import LMDB

extension EventLog {
  /// Writes a consistent copy of the log into the new file `path`, while readers and the writer go on; then syncs it,
  /// checks all of it, and only then gives it its name.
  ///
  /// While it runs the file's free pages are not used again.
  /// - Throws: ``LogError/occupied(path:)`` when there is something at `path`; ``LogError/damaged(path:place:reason:)``
  ///   with the first problem when the copy is not sound.
  @discardableResult
  public func backup(
    to path: String, progress: (_ done: UInt64, _ total: UInt64) -> Void = { _, _ in }
  ) throws(LogError) -> VerifyReport {
    try logErrors {
      if FileSystem.size(of: path) != nil { throw LogError.occupied(path: path) }
      let partial = path + ".partial"
      do {
        try LogFolder.write(partial) { descriptor in try environment.copy(toDescriptor: descriptor) }
        let report = try unsafe Self.requireSound(partial, extract, progress)
        try LogFolder.rename(partial, to: path)
        return report
      } catch {
        if let failed = error as? LMDBError, failed.code == EEXIST { throw LogError.occupied(path: partial) }
        unsafe unlink(partial)
        throw Self.fullDisk(error, partial) ?? error
      }
    }
  }

  /// Makes a new data folder out of a backup file, after checking all of it.
  /// - Throws: ``LogError/occupied(path:)`` when the folder is there and not empty.
  @discardableResult
  @safe
  public static func restore(
    from file: String, to folder: String, extract: @escaping FactsReader,
    progress: (_ done: UInt64, _ total: UInt64) -> Void = { _, _ in }
  ) throws(LogError) -> VerifyReport {
    try logErrors {
      guard LogFolder.isFile(file) else { throw LogError.noLog(path: file) }
      if try !LogFolder.isEmpty(folder) { throw LogError.occupied(path: folder) }
      let report = try unsafe requireSound(file, extract, progress)
      try LogFolder.make(folder)
      let target = folder + "/log/data.mdb"
      try LogFolder.write(target + ".partial") { descriptor in try LogFolder.copy(file, to: descriptor) }
      try LogFolder.rename(target + ".partial", to: target)
      return report
    }
  }

  private static func requireSound(
    _ file: String, _ extract: @escaping FactsReader, _ progress: (UInt64, UInt64) -> Void
  ) throws -> VerifyReport {
    let report = try open(at: file, readOnly: true, extract: extract).verify(progress: progress)
    if let problem = report.problems.first {
      throw LogError.damaged(path: problem.file, place: problem.place, reason: problem.reason)
    }
    return report
  }

  private static func fullDisk(_ error: any Error, _ path: String) -> LogError? {
    let free = FileSystem.freeBytes(at: LogFolder.parent(of: path)) ?? .max
    guard let error = error as? LMDBError, error.code == ENOSPC || (error.code == EIO && free < 4 << 20) else {
      return nil
    }
    return .diskFull(path: path, freeBytes: free)
  }
}
