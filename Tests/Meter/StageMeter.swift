import Foundation

/// In the order in which an event passes them.
enum Stage: Int, CaseIterable, Comparable {
  case parse, check, identity, admit, fold

  init(name: String) {
    guard let stage = Stage.allCases.first(where: { "\($0)" == name }) else {
      print("no stage '\(name)': \(Stage.allCases.map { "\($0)" }.joined(separator: ", ")) or all")
      exit(2)
    }
    self = stage
  }

  static func < (left: Stage, right: Stage) -> Bool { left.rawValue < right.rawValue }
}

/// Time and allocations of one stage.
struct StageMeter {
  private var nanoseconds: UInt64 = 0
  private var allocations: UInt64 = 0

  @inline(__always)
  mutating func measure(_ body: () -> Void) {
    let allocationsBefore = Self.allocationCount()
    let start = Self.processorTime()
    body()
    nanoseconds += Self.processorTime() - start
    allocations += Self.allocationCount() - allocationsBefore
  }

  func line(perEvents count: Int) -> String {
    let nanosecondsEach = Double(nanoseconds) / Double(max(count, 1))
    let counted = Self.counter == nil ? "-" : String(allocations)
    return String(format: "%.1f", nanosecondsEach) + " " + counted
  }

  private static func processorTime() -> UInt64 {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// `tools/allocations.c`, where it was preloaded.
  private static let counter: (@convention(c) () -> UInt64)? = {
    guard let symbol = unsafe dlsym(nil, "allocation_count") else { return nil }
    return unsafe unsafeBitCast(symbol, to: (@convention(c) () -> UInt64).self)
  }()

  private static func allocationCount() -> UInt64 { counter?() ?? 0 }
}
