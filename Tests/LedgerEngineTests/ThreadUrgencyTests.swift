import Glibc
import Testing

@testable import LedgerEngine

@Suite struct ThreadUrgencyTests {
  /// The calling thread's nice value and policy, as the kernel tells.
  private static func own() -> (nice: Int32, policy: Int32) {
    (getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0), sched_getscheduler(0))
  }

  @Test(arguments: [(.prompt, 0, 0), (.bulk, 5, 3), (.background, 10, 3)] as [(ThreadUrgency, Int32, Int32)])
  func `a thread has the urgency it is started with`(urgency: ThreadUrgency, nice: Int32, policy: Int32) async throws {
    let own = try await PlatformThread.run(name: "test") {
      urgency.applyToThisThread()
      return Self.own()
    }
    #expect(own.nice == nice && own.policy == policy)
  }

  @Test func `threads of a pool have the pool's urgency, and other threads keep theirs`() async {
    let before = Self.own()
    let pool = ThreadPool(name: "test", urgency: .bulk, threadCount: 1)
    let own = await pool.run { Self.own() }
    pool.close()
    #expect(own == (5, 3) && before.nice == 0)
  }
}
