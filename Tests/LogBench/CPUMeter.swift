import Foundation

/// The processor's time that each of this process's threads takes, from now on.
struct CPUMeter {
  private let began = ContinuousClock.now
  private let before = Self.nanosecondsByThread()

  /// Prints what went by since the meter was made, in all and by thread, for each of `count` things.
  func report(_ title: String, _ count: Int) {
    let wall = (ContinuousClock.now - began) / .nanoseconds(1) / Double(count)
    var total = 0.0
    var parts: [String: Double] = [:]
    for (thread, (name, after)) in Self.nanosecondsByThread() {
      // A thread's number may be given again to another one.
      let start = min(before[thread]?.nanoseconds ?? 0, after)
      let share = Double(after - start) / Double(count)
      total += share
      parts[name, default: 0] += share
    }
    print(String(format: "%@: %.0f ns of CPU each, %.0f ns by the clock", title, total, wall))
    for (name, share) in parts.sorted(by: { $0.value > $1.value }) where share >= 1 {
      print(String(format: "    %@ %.0f ns", name, share))
    }
  }

  private static func nanosecondsByThread() -> [String: (name: String, nanoseconds: UInt64)] {
    var found: [String: (String, UInt64)] = [:]
    for thread in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? [] {
      let folder = "/proc/self/task/\(thread)"
      guard let statistics = try? String(contentsOfFile: folder + "/schedstat", encoding: .utf8),
        let name = try? String(contentsOfFile: folder + "/comm", encoding: .utf8),
        let nanoseconds = statistics.split(separator: " ").first.flatMap({ UInt64($0) })
      else { continue }
      found[thread] = (name.trimmingCharacters(in: .whitespacesAndNewlines), nanoseconds)
    }
    return found
  }
}
