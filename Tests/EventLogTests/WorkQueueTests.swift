import Dispatch
import Synchronization
import Testing

@testable import EventLog

@Suite struct WorkQueueTests {
  @Test
  func `jobs run one after the other in their order, also those that a job adds, on a thread while there are any`() {
    let order = Mutex<[Int]>([])
    let started = Mutex<[String]>([])
    let threads = TestThreads { name, body in
      started.withLock { $0.append(name) }
      return body
    }
    let queue = WorkQueue("test", threads)
    let gate = DispatchSemaphore(value: 0)
    queue.finish()  // with nothing to do
    queue.add {
      gate.wait()
      order.withLock { $0.append(0) }
      queue.add { order.withLock { $0.append(100) } }
    }
    for number in 1...99 { queue.add { order.withLock { $0.append(number) } } }
    #expect(order.withLock { $0 } == [] && started.withLock { $0 } == ["test"])
    gate.signal()
    queue.finish()
    #expect(order.withLock { $0 } == Array(0...100) && started.withLock { $0 } == ["test"])
    queue.add { order.withLock { $0 = [] } }
    queue.finish()
    #expect(order.withLock { $0 } == [] && started.withLock { $0 } == ["test", "test"])
  }
}
