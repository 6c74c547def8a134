/// What an account did, day by day.
struct UsageLines: Sendable {
  private struct Line: Sendable {
    var tally = Tally()
    var received = 0
    var pairs: Set<PairID> = []
  }

  private var lines: [CalendarDay: Line] = [:]
  private var total = Line()
  private let isByDay: Bool

  /// - Complexity: O(messages of the account).
  init(_ account: AccountState, range: TimeRange, byDay isByDay: Bool, at now: Timestamp) {
    self.isByDay = isByDay
    for index in 0..<UInt32(account.messages.count) {
      let message = account.messages[index]
      account.contributions(message, at: now) { moment, part in
        guard range.contains(moment) else { return }
        add(account.zone.day(of: moment)) { $0.tally.add(part) }
      }
    }
    for inbound in account.inbounds.records where range.contains(inbound.time) {
      add(account.zone.day(of: inbound.time)) { line in
        line.received += 1
        line.pairs.insert(inbound.pair)
      }
    }
    for reply in account.replies where range.contains(reply.time) {
      add(account.zone.day(of: reply.time)) { $0.pairs.insert(reply.pair) }
    }
  }

  private mutating func add(_ day: CalendarDay, _ body: (inout Line) -> Void) {
    body(&lines[day, default: Line()])
    body(&total)
  }

  func write(to json: inout JSONWriter) {
    json.key("lines")
    json.beginArray()
    if isByDay {
      for (day, line) in lines.sorted(by: { $0.key < $1.key }) {
        json.beginObject()
        json.key("day")
        json.day(day)
        Self.write(line, to: &json)
        json.endObject()
      }
    }
    json.endArray()
    json.key("total")
    json.beginObject()
    Self.write(total, to: &json)
    json.endObject()
  }

  private static func write(_ line: Line, to json: inout JSONWriter) {
    json.count("conversations", line.pairs.count)
    json.count("received", line.received)
    json.count("sent", line.tally.sent)
    json.count("delivered", line.tally.delivered)
    json.count("failed", line.tally.failed)
    json.count("charged", line.tally.charged)
    line.tally.writeFree(to: &json)
    json.count("unrated", line.tally.unrated)
    json.key("amount")
    json.money(line.tally.amount)
  }
}
