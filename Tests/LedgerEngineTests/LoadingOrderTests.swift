import Testing

@testable import LedgerEngine

@Suite struct LoadingOrderTests {
  @Test func `each account is taken once, and first what is wanted`() {
    var order = LoadingOrder(count: 30)
    order.want([20, 21, 3, 22, 23, 24])
    var taken: [[Int]] = []
    while let next = order.take(onlyWanted: true) { taken.append(next) }
    #expect(Set(taken.joined()) == [3, 20, 21, 22, 23, 24] && taken.joined().count == 6)
    #expect(order.take(onlyWanted: false) == [0, 1, 2, 4, 5, 6, 7, 8])
    // What was taken meanwhile is not taken for being wanted.
    order.want([4, 29])
    #expect(order.take(onlyWanted: false) == [29])
    while let next = order.take(onlyWanted: false) { taken.append(next) }
    #expect(taken.joined().count == 21 && order.absentCount == 30)
  }

  @Test func `an account is there once it was added, and all are with the last`() {
    var order = LoadingOrder(count: 2)
    #expect(order.added([1]).isEmpty && order.has(1) && !order.has(0) && !order.has(nil))
    #expect(order.added([0]).isEmpty && order.has(nil) && order.absentCount == 0)
    #expect(LoadingOrder(count: 0).has(nil))
  }

  @Test func `who sleeps for an account wakes with it, and everybody when nothing more is read`() async {
    let order = Monitor(LoadingOrder(count: 3))
    let sleeping = Monitor(0)
    let slept = Monitor<[String]>([])
    await withTaskGroup { group in
      for account in [0, 2, nil] as [Int?] {
        group.addTask {
          await withCheckedContinuation { continuation in
            let sleeps = order.withLock { $0.sleep(until: account, continuation) }
            #expect(sleeps)
            sleeping.withLock { $0 += 1 }
          }
          slept.withLock { $0.append(account.map(String.init) ?? "all") }
        }
      }
      while sleeping.withLock({ $0 }) < 3 { await Task.yield() }
      // Who waits for one goes before the others.
      #expect(order.withLock { $0.take(onlyWanted: true) }.map(Set.init) == [0, 2])
      for continuation in order.withLock({ $0.added([2]) }) { continuation.resume() }
      await group.next()
      #expect(slept.withLock { $0 } == ["2"])
      for continuation in order.withLock({ $0.stop() }) { continuation.resume() }
    }
    #expect(slept.withLock { Set($0) } == ["2", "0", "all"])
    #expect(order.withLock { $0.take(onlyWanted: false) } == nil)
  }
}
