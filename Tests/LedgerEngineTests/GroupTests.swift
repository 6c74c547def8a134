import Foundation
import Synchronization
import Testing

@testable import LedgerEngine

@Suite struct GroupTests {
  /// Notes what it is told at once, and how far the log is for readers then.
  private final class Client: AppendClient {
    struct Answer: Hashable {
      var last: [UInt64?]
      var end: UInt64
    }

    private let engine: Engine
    let answers = Monitor<[Answer]>([])

    init(_ engine: Engine) { self.engine = engine }

    func answered(_ submissions: [Submission]) {
      let answer = Answer(last: submissions.map { try? $0.outcome.get().last }, end: engine.lastSequence)
      answers.signal { $0.append(answer) }
    }

    func accepted(_ submission: Submission) { Issue.record("none waits for room") }
  }

  /// Hands in requests of so many events in one go, as one group.
  /// - Parameter stranger: the request whose account is not open, if one is to be refused.
  private static func answers(toRequestsOf counts: [Int], stranger: Int? = nil) async throws -> [Client.Answer] {
    let ledger = try await TestLedger()
    try await ledger.append([Events.account()])  // and its zone: the log ends at 2
    let engine: Engine = ledger.engine
    let client = Client(engine)
    let submissions = try counts.enumerated().map { request, count in
      let submission = engine.makeSubmission()
      let events = (0..<count).map {
        Events.number("\(request)\($0)", account: request == stranger ? "nobody" : "acme")
      }
      submission.append(contentsOf: Array(events.joined(separator: "\n").utf8))
      try submission.check(.lines)
      submission.client = client
      return submission
    }
    #expect(engine.submit(submissions).isEmpty)
    let answers = client.answers.wait { answers in
      answers.reduce(0) { $0 + $1.last.count } == counts.count ? answers : nil
    }
    await engine.close()
    return answers
  }

  @Test func `a large request is answered when it is folded, and does not wait for those behind it`() async throws {
    let answers = try await Self.answers(toRequestsOf: [2100, 2500, 2048, 10])
    #expect(
      answers == [
        .init(last: [2102], end: 2102), .init(last: [4602], end: 4602), .init(last: [6650], end: 6650),
        .init(last: [6660], end: 6660),
      ])
  }

  @Test func `a large request that is refused moves nobody's end, and the others are answered as ever`() async throws {
    #expect(
      try await Self.answers(toRequestsOf: [2100, 2500, 10], stranger: 0) == [
        .init(last: [nil], end: 2), .init(last: [2502], end: 2502), .init(last: [2512], end: 2512),
      ])
    #expect(
      try await Self.answers(toRequestsOf: [2100, 2500, 10], stranger: 1) == [
        .init(last: [2102], end: 2102), .init(last: [nil], end: 2102), .init(last: [2112], end: 2112),
      ])
  }

  @Test func `small requests of a group are answered together`() async throws {
    let answers = try await Self.answers(toRequestsOf: [700, 700, 647, 100, 1])
    #expect(answers == [.init(last: [702, 1402, 2049, 2149], end: 2149), .init(last: [2150], end: 2150)])
    #expect(try await Self.answers(toRequestsOf: [100, 100, 100]) == [.init(last: [102, 202, 302], end: 302)])
  }

  @Test func `parts of a group are its requests in order, and the rest is never nothing`() throws {
    func submission(_ count: Int) throws -> Submission {
      let submission = Submission()
      let events = (0..<count).map { Events.payment("p\($0)") }
      submission.append(contentsOf: Array("[\(events.joined(separator: ","))]".utf8))
      try submission.check(.array)
      return submission
    }
    for counts in [[], [0], [5000], [2048], [2048, 0], [0, 2047, 1, 3], [1, 4000, 4000]] {
      let all = try counts.map(submission)
      var group = Group(submissions: all)
      var parts: [Submission] = []
      while let part = group.takeLargePart() {
        #expect(part.submissions.reduce(0) { $0 + $1.count } >= 2048)
        parts += part.submissions
      }
      #expect(counts.isEmpty || !group.submissions.isEmpty)
      parts += group.submissions
      #expect(parts.elementsEqual(all, by: ===), "\(counts)")
    }
  }
}
