import Glibc
import Testing

@testable import LedgerEngine

@Suite struct ThreadUrgencyTests {
  /// The calling thread's nice value and policy, as the kernel tells.
  private static func own() -> (nice: Int32, policy: Int32) {
    (getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0), sched_getscheduler(0))
  }

  @Test(
    arguments: [(.prompt, 0, 0), (.writing, 0, 0), (.bulk, 10, 3), (.background, 15, 3)]
      as [(ThreadUrgency, Int32, Int32)])
  func `a thread has the urgency it is started with`(urgency: ThreadUrgency, nicer: Int32, policy: Int32) async throws {
    let (before, own) = try await PlatformThread.run(name: "test") {
      let before = Self.own()
      urgency.applyToThisThread()
      return (before, Self.own())
    }
    #expect(own.nice == min(before.nice + nicer, 19) && own.policy == policy)
  }

  @Test func `threads of a pool have the pool's urgency, and other threads keep theirs`() async {
    let before = Self.own()
    let pool = ThreadPool(name: "test", urgency: .bulk, threadCount: 1)
    let own = await pool.run { Self.own() }
    pool.close()
    #expect(own == (min(before.nice + 10, 19), 3) && before.policy == Self.own().policy)
  }

  @Test func `a thread's urgency is the same whoever starts it`() async throws {
    let before = Self.own()
    let own = await withCheckedContinuation { continuation in
      _ = PlatformThread(name: "outer", urgency: .bulk, isJoined: false) {
        _ = PlatformThread(name: "inner", urgency: .bulk, isJoined: false) {
          continuation.resume(returning: Self.own())
        }
      }
    }
    #expect(own == (min(before.nice + 10, 19), 3))
  }
}
