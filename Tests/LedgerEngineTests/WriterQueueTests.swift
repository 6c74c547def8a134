import JSONTape
import Testing

@testable import LedgerEngine

@Suite struct WriterQueueTests {
  private func submission(_ byteCount: Int) -> Submission {
    let submission = Submission()
    submission.append(contentsOf: [UInt8](repeating: 32, count: byteCount))
    return submission
  }

  @Test func `what does not fit beside accepted requests is busy, and fits again when they are answered`() throws {
    var queue = WriterQueue(byteLimit: 10_000, groupByteLimit: 100_000)
    #expect(queue.add(submission(5000)) == nil)
    #expect(queue.add(submission(5000)) == .busy)
    let taken = queue.take()
    let group = try #require(taken)
    #expect(queue.add(submission(5000)) == .busy)  // taken is not answered
    queue.release(group)
    #expect(queue.acceptedByteCount == 0)
    #expect(queue.add(submission(5000)) == nil)
  }

  @Test func `a request larger than the limit is taken when it is alone`() {
    var queue = WriterQueue(byteLimit: 10_000, groupByteLimit: 10_000)
    #expect(queue.add(submission(50_000)) == nil)
    #expect(queue.add(submission(1)) == .busy)
    let taken = queue.take()
    #expect(taken?.submissions.count == 1)
  }

  @Test func `a group takes as many requests as fit, in order, and at least one`() throws {
    var queue = WriterQueue(byteLimit: 1 << 30, groupByteLimit: 10_000)
    let all = [4000, 4000, 4000, 50_000, 10].map(submission)
    for submission in all { #expect(queue.add(submission) == nil) }
    var groups: [[Int]] = []
    while let group = queue.take() {
      groups.append(group.submissions.map { taken in all.firstIndex { $0 === taken }! })
      queue.release(group)
    }
    #expect(groups == [[0, 1], [2], [3], [4]])
    #expect(queue.acceptedByteCount == 0 && queue.count == 0)
  }

  @Test func `room taken for a body that is still to come is held until the request is released`() {
    var queue = WriterQueue(byteLimit: 10_000, groupByteLimit: 100_000)
    let early = submission(0)
    #expect(queue.accept(early, 6000) == nil)
    #expect(queue.add(submission(5000)) == .busy)
    early.append(contentsOf: [UInt8](repeating: 32, count: 6000))
    #expect(queue.add(early) == nil && queue.acceptedByteCount == 7024)  // it is not counted again
    queue.release(early)
    queue.release(early)
    #expect(queue.acceptedByteCount == 0)
    #expect(queue.add(submission(5000)) == nil)
  }

  @Test func `large requests wait for room, and get it in the order they came`() {
    var queue = WriterQueue(byteLimit: 20_000, groupByteLimit: 100_000)
    let (first, second, third, fourth) = (submission(0), submission(0), submission(0), submission(0))
    #expect(queue.acceptOrWait(first, 12_000) == .given)
    #expect(queue.acceptOrWait(second, 15_000) == .awaited && queue.acceptOrWait(third, 1_000) == .awaited)
    #expect(queue.acceptOrWait(fourth, 3_000) == .awaited && queue.roomlessCount == 3)
    // A small request that is here already is no burden.
    #expect(queue.acceptInTurn(submission(0), 100) == .busy && queue.add(submission(100)) == nil)
    #expect(queue.acceptRoomless().isEmpty)
    queue.release(first)
    let given = queue.acceptRoomless()
    #expect(given.count == 2 && given[0] === second && given[1] === third)
    #expect(queue.acceptedByteCount == 15_000 + 1_000 + 100 + 3 * 1_024)
    #expect(queue.stopWaiting(fourth) && !queue.stopWaiting(fourth) && !queue.stopWaiting(second))
    queue.release(second)
    #expect(queue.acceptRoomless().isEmpty && queue.roomlessCount == 0)
    #expect(queue.acceptInTurn(submission(0), 3_000) == nil)
  }

  @Test func `no more than so many wait for room, and none when the queue is closed`() {
    var queue = WriterQueue(byteLimit: 10_000, groupByteLimit: 10_000)
    #expect(queue.acceptOrWait(submission(0), 9_000) == .given)
    for _ in 0..<64 { #expect(queue.acceptOrWait(submission(0), 9_000) == .awaited) }
    let late = submission(0)
    #expect(queue.acceptOrWait(late, 9_000) == .refused && late.outcome == .failure(.busy))
    queue.close()
    #expect(queue.acceptOrWait(late, 9_000) == .refused && late.outcome == .failure(.closing))
    #expect(queue.acceptRoomless().isEmpty)
  }

  @Test func `a closed queue takes nothing more and gives out what it has`() {
    var queue = WriterQueue(byteLimit: 10_000, groupByteLimit: 10_000)
    #expect(queue.add(submission(1)) == nil)
    queue.close()
    #expect(queue.add(submission(1)) == .closing && queue.accept(submission(1), 1) == .closing)
    let taken = queue.take()
    #expect(taken?.submissions.count == 1)
    let next = queue.take()
    #expect(next == nil)
  }
}

@Suite struct SameJSONTests {
  private func isSame(_ left: String, _ right: String, leavingOut omitted: [Text] = []) throws -> Bool {
    let (a, b) = (TapeParser(), TapeParser())
    return try a.parse(copying: Array(left.utf8)).isSame(as: b.parse(copying: Array(right.utf8)), leavingOut: omitted)
  }

  @Test(arguments: [
    (#"{"a":1,"b":[true,null,"x"]}"#, #"{"b":[true,null,"x"],"a":1}"#), (#""é""#, #""\u00e9""#), ("1", "1.0"),
    ("1e2", "100"), ("{}", "{ }"), ("18446744073709551615", "18446744073709551615"),
  ])
  func `values that are the same JSON are the same`(left: String, right: String) throws {
    #expect(try isSame(left, right))
    #expect(try isSame(right, left))
  }

  @Test(arguments: [
    (#"{"a":1}"#, #"{"a":2}"#), (#"{"a":1}"#, #"{"a":1,"b":2}"#), ("[1,2]", "[2,1]"), ("[1]", "[1,1]"),
    ("null", "false"),
    (#""1""#, "1"), ("9007199254740993", "9007199254740992"), ("{}", "[]"), (#"{"a":null}"#, "{}"), ("true", "false"),
  ])
  func `values that differ are not the same`(left: String, right: String) throws {
    #expect(try !isSame(left, right))
    #expect(try !isSame(right, left))
  }

  @Test func `the daemon's members do not count, on the record's side alone`() throws {
    let record = #"{"id":"1","data":{"sequence":"7"},"sequence":"9","recordedtime":"t"}"#
    #expect(try isSame(#"{"data":{"sequence":"7"},"id":"1"}"#, record, leavingOut: ["sequence", "recordedtime"]))
    #expect(try !isSame(#"{"data":{"sequence":"8"},"id":"1"}"#, record, leavingOut: ["sequence", "recordedtime"]))
    #expect(
      try !isSame(
        #"{"data":{"sequence":"7"},"id":"1","sequence":"9"}"#, record, leavingOut: ["sequence", "recordedtime"]))
  }
}
