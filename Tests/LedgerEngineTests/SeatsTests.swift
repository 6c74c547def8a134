import Foundation
import Synchronization
import Testing

@testable import LedgerEngine

@Suite struct SeatsTests {
  /// Processors that this process may use, again and again if it has fewer.
  private static func processors(_ count: Int) -> [Int32] { Array(repeating: 0, count: count) }

  /// Waits for what another thread is about to do.
  private static func wait(until isTrue: () -> Bool) {
    let end = ContinuousClock.now.advanced(by: .seconds(60))
    while !isTrue() {
      guard ContinuousClock.now < end else { return #expect(Bool(false), "it never came") }
      sched_yield()
    }
  }

  @Test(arguments: [1, 2, 3])
  func `no more threads work at a time than there are seats, and all get one`(count: Int) {
    let seats = Seats(processors: Self.processors(count))
    let working = Atomic(0)
    let most = Atomic(0)
    let done = Atomic(0)
    let claims: [Seats.Claim] = [.folding, .writing, .sealing, .checking, .checking, .folding, .sealing]
    let threads = claims.enumerated().map { number, claim in
      let body = { @Sendable in
        let seat = Seat(claim, of: seats)
        func work() {
          let now = working.add(1, ordering: .relaxed).newValue
          _ = most.max(now, ordering: .relaxed)
          for _ in 0..<((number * 7) % 5) { sched_yield() }
          working.subtract(1, ordering: .relaxed)
        }
        for round in 0..<400 {
          seat.during {
            work()
            if round % 3 == number % 3 { seat.giveWay() }
            work()
            if round % 5 == number % 5 { seat.without { _ = sched_yield() } }
            work()
          }
          done.add(1, ordering: .relaxed)
        }
      }
      return PlatformThread(name: "seat-\(number)", body)
    }
    for thread in threads { thread.join() }
    let (highest, rounds) = (most.load(ordering: .relaxed), done.load(ordering: .relaxed))
    #expect(highest <= count && rounds == 400 * claims.count)
    #expect(seats.waitingCount == 0)
  }

  /// Runs threads with these claims against one seat that is taken until all wait; tells in which order they got it.
  private static func order(of claims: [Seats.Claim], waitingBefore: Duration = .zero) -> [Int] {
    let seats = Seats(processors: [0])
    let order = Mutex<[Int]>([])
    let holder = Seat(.folding, of: seats)
    var threads: [PlatformThread] = []
    holder.during {
      for (number, claim) in claims.enumerated() {
        threads.append(
          PlatformThread(name: "waits-\(number)") {
            let seat = Seat(claim, of: seats)
            seat.during { order.withLock { $0.append(number) } }
          })
        wait { seats.waitingCount == number + 1 }
        if number == 0 {
          let until = ContinuousClock.now.advanced(by: waitingBefore)
          wait { ContinuousClock.now >= until }
        }
      }
    }
    for thread in threads { thread.join() }
    return order.withLock { $0 }
  }

  @Test func `the more urgent goes first, and of the same urgency who came first`() {
    // Unless the machine stood still for twenty milliseconds meanwhile, after which who has waited so long goes first.
    let claims: [Seats.Claim] = [.checking, .sealing, .checking, .writing, .folding, .sealing]
    let isAsWanted = (0..<50).contains { _ in Self.order(of: claims) == [4, 3, 1, 5, 0, 2] }
    #expect(isAsWanted)
  }

  @Test func `who has waited for long goes before the urgent`() {
    #expect(Self.order(of: [.checking, .folding], waitingBefore: .milliseconds(25)) == [0, 1])
  }

  @Test func `who works lets the more urgent go first, and nobody else`() {
    let seats = Seats(processors: [0])
    let steps = Mutex<[String]>([])
    let note = { @Sendable (step: String) in steps.withLock { $0.append(step) } }
    let sealer = Seat(.sealing, of: seats)
    var threads: [PlatformThread] = []
    sealer.during {
      for (number, claim) in [Seats.Claim.checking, .sealing].enumerated() {
        threads.append(PlatformThread(name: "equal-\(number)") { Seat(claim, of: seats).during { note("\(claim)") } })
        Self.wait { seats.waitingCount == number + 1 }
      }
      sealer.giveWay()
      note("goes on")
      threads.append(PlatformThread(name: "urgent") { Seat(.folding, of: seats).during { note("folding") } })
      Self.wait { seats.waitingCount == 3 }
      sealer.giveWay()
      note("done")
    }
    for thread in threads { thread.join() }
    let seen = steps.withLock { $0 }
    #expect(seen.first == "goes on" && seen.firstIndex(of: "folding")! < seen.firstIndex(of: "done")!)
    #expect(Set(seen) == ["goes on", "folding", "done", "checking", "sealing"] && seen.count == 5)
  }

  @Test func `while who has a seat sleeps another has it, and without one nothing changes`() {
    let seats = Seats(processors: [0])
    let writer = Seat(.writing, of: seats)
    var hasRun = false
    writer.without { hasRun = true }
    #expect(hasRun)
    let isDone = Atomic(false)
    writer.during {
      let other = PlatformThread(name: "other") {
        Seat(.checking, of: seats).during { isDone.store(true, ordering: .relaxed) }
      }
      Self.wait { seats.waitingCount == 1 }
      writer.without { other.join() }
      let wasDone = isDone.load(ordering: .relaxed)
      #expect(wasDone)
    }
  }

  @Test func `a thread that was moved to a processor may run where it might before`() async throws {
    @Sendable func allowed() throws -> String {
      let status = try String(contentsOfFile: "/proc/thread-self/status", encoding: .utf8)
      return String(status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") }!)
    }
    let before = try allowed()
    let seats = Seats(processors: [0])
    let after = try await PlatformThread.run(name: "moved") { () throws -> String in
      let seat = Seat(.writing, of: seats)
      for _ in 0..<100 { seat.during { _ = sched_yield() } }
      return try seat.during { try allowed() }
    }
    let handed = Mutex("")
    let holder = Seat(.folding, of: seats)
    var waiting: PlatformThread?
    holder.during {
      waiting = PlatformThread(name: "handed") {
        Seat(.writing, of: seats).during { handed.withLock { $0 = (try? allowed()) ?? "" } }
      }
      Self.wait { seats.waitingCount == 1 }
    }
    waiting?.join()
    #expect(after == before && handed.withLock { $0 } == before)
  }

  @Test(arguments: [1, 2])
  func `large requests from many clients are written and folded with as few seats as there can be`(count: Int)
    async throws
  {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("waybill-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let (clients, requests, events) = (4, 5, 700)
    func digestOfRun() async throws -> String {
      let engine = try await Engine.open(DataFolder(path, Seats(processors: Self.processors(count))))!
      try await TestLedger.append([Events.account()], to: engine)
      let appended = try await withThrowingTaskGroup(of: Int.self) { group in
        for client in 0..<clients {
          group.addTask {
            var appended = 0
            for request in 0..<requests {
              appended += try await Self.append(
                (0..<events).map { Events.payment("p\(client)-\(request)-\($0)") }, to: engine)
            }
            return appended
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(appended == clients * requests * events)
      let digest = engine.folding.state.withLock { $0.digest }
      await engine.close()
      return digest
    }
    let digest = try await digestOfRun()
    #expect(try TestLedger.digestFromZero(path) == digest)
  }

  /// Hands in a large request, which is checked on a thread of the engine's.
  private static func append(_ lines: [String], to engine: Engine) async throws -> Int {
    let submission = engine.makeSubmission()
    defer { engine.recycle(submission) }
    submission.append(contentsOf: Array(lines.joined(separator: "\n").utf8))
    let outcome = await withCheckedContinuation { continuation in
      let client = WaitingTask(continuation)
      submission.client = client
      if !engine.submit(submission, checking: .lines) { client.answered([submission]) }
    }
    return try outcome.get().appended
  }
}
