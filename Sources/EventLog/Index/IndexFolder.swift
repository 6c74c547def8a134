internal import Glibc
internal import LMDB

/// The run files of one log: making, merging and finding them.
struct IndexFolder: Sendable {
  let path: String
  let logIdentity: [UInt8]
  /// Records of a run that has not been merged.
  let recordsPerRun: Int

  /// The runs that together hold records 1 to some `n` not above `last`, in order. All other files are removed.
  func load(upTo last: UInt64) throws -> [IndexRun] {
    var candidates: [IndexRun] = []
    for name in try LogFolder.names(in: path) ?? [] {
      if let run = IndexRun(path: path + "/" + name, logIdentity: logIdentity), run.last <= last,
        name == IndexRun.name(run.first, run.last)
      {
        candidates.append(run)
      } else {
        unsafe _ = unlink(path + "/" + name)
      }
    }
    // After a crash in the middle of a merge both the parts and the whole may be there.
    candidates.sort { ($0.first, $1.last) < ($1.first, $0.last) }
    var runs: [IndexRun] = []
    for run in candidates {
      if run.first == (runs.last?.last ?? 0) + 1 { runs.append(run) } else { remove(run) }
    }
    return runs
  }

  func remove(_ run: IndexRun) {
    unsafe _ = unlink(run.file.path)
  }

  func seal(_ table: IndexTable) throws -> IndexRun {
    let sorted = IndexKind.allCases.map { table.sorted($0) }
    return try IndexRun.write(
      table.firstSequence, table.nextSequence - 1, counts: sorted.map(\.count), in: path, logIdentity: logIdentity
    ) { kind, writer in
      for entry in sorted[kind.rawValue] { try writer.add(entry) }
    }
  }

  /// How many runs of a size become one. More of them cost each look-up a cache line; fewer write each entry more often.
  private static let runsPerMerge = 8

  /// Which of the newest runs are to become one: eight of a size, and the smaller ones behind them. So there are at most
  /// seven of each size, each size eight times the one before.
  func toMerge(_ runs: [IndexRun]) -> ArraySlice<IndexRun>? {
    let sizes = runs.map { size(of: $0) }
    for size in 0...(sizes.max() ?? 0) {
      let start = (sizes.lastIndex { $0 > size } ?? -1) + 1
      if sizes[start...].count(where: { $0 == size }) >= Self.runsPerMerge { return runs[start...] }
    }
    return nil
  }

  private func size(of run: IndexRun) -> Int {
    var size = 0
    var most = UInt64(recordsPerRun)
    while run.recordCount > most {
      most *= UInt64(Self.runsPerMerge)
      size += 1
    }
    return size
  }

  /// One run in place of consecutive ones, which stay until they are removed.
  func merge(_ runs: ArraySlice<IndexRun>, while isWanted: () -> Bool) throws -> IndexRun {
    let runs = Array(runs)
    let counts = IndexKind.allCases.map { kind in runs.reduce(0) { $0 + $1.section(kind).count } }
    return try IndexRun.write(
      runs[0].first, runs[runs.count - 1].last, counts: counts, in: path, logIdentity: logIdentity
    ) { kind, writer in
      try Self.merge(runs, kind, while: isWanted, writer)
    }
  }

  private static func merge(
    _ runs: [IndexRun], _ kind: IndexKind, while isWanted: () -> Bool, _ writer: SectionWriter
  ) throws {
    var heads = MergeHeads(runs, kind)
    var added = 0
    while let entry = heads.next() {
      try writer.add(entry)
      added += 1
      if added.isMultiple(of: 65_536), !isWanted() { throw CancellationError() }
    }
  }
}
