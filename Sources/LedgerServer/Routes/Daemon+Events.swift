import HTTPTypes
import HummingbirdCore
import JSONTape
import Ledger
import LedgerEngine
import NIOCore
import ServiceLifecycle

extension Daemon {
  func eventRoutes() -> [Route] {
    [
      Route(
        method: .post, path: EventIntake.path, summary: "Append events: all of them or none.", role: .append,
        headers: [
          Route.Parameter(
            name: "Waybill-Expected-Last", summary: "Append only if the log ends at this sequence number.")
        ],
        accepts: EventMedia.types, refusals: [409, 413, 415, 422, 507]),
      Route(
        method: .get, path: "/v1/events",
        summary:
          "Records in order, one a line; with Accept: text/event-stream for ever, resuming behind Last-Event-ID.",
        role: .read,
        query: [
          Route.Parameter(name: "from", summary: "First sequence number."),
          Route.Parameter(name: "to", summary: "The sequence number behind the last."),
          Route.Parameter(name: "account", summary: "Only events of this account."),
          Route.Parameter(name: "type", summary: "Only events of this type, such as waybill.message.sent."),
          Route.Parameter(name: "limit", summary: "At most so many."),
        ],
        headers: [Route.Parameter(name: "Last-Event-ID", summary: "Begin behind this sequence number.")],
        answers: [.lines, .eventStream], respond: readEvents),
    ]
  }

  private static let lastEventField = Call.fieldName("Last-Event-ID")

  @Sendable private func readEvents(_ call: Call) async throws -> Response {
    let engine = try engine()
    var filter = RecordFilter(
      from: try call.query.number("from") ?? 1, to: try call.query.number("to"), account: call.query["account"],
      type: call.query["type"])
    if let type = filter.type, EventType(string: type) == nil {
      throw Problem(
        400, "bad_parameter", "type=\(type) is not an event type", remedy: "name one such as waybill.message.sent")
    }
    let limit = try call.query.number("limit", minimum: 1).map { Int(clamping: $0) }
    guard call.accepts(Route.Content.eventStream.rawValue) else {
      let end = engine.lastSequence + 1
      filter.to = min(filter.to ?? end, end)
      return .stream(.lines) { [filter] writer in
        try await Self.write(engine, filter, .lines, limit: limit, to: &writer)
      }
    }
    if let text = call.header(Self.lastEventField) {
      guard let last = UInt64(text) else {
        throw Problem(400, "bad_header", "Last-Event-ID is \(text)", remedy: "send the id of the last event you saw")
      }
      filter.from = last + 1
    }
    return .stream(.eventStream) { [filter] writer in
      try await Self.follow(engine, filter, limit: limit, to: &writer)
    }
  }

  /// Writes what there is, page by page; the next page is read when the client has taken the one before.
  /// - Returns: how many records, and where to go on.
  @discardableResult
  private static func write(
    _ engine: Engine, _ filter: RecordFilter, _ style: RecordPage.Style, limit: Int?,
    to writer: inout any ResponseBodyWriter
  ) async throws -> (count: Int, next: UInt64) {
    var filter = filter
    var count = 0
    while true {
      let page = try await engine.records(filter, style, limit: limit.map { $0 - count })
      count += page.count
      (filter.from, filter.places) = (page.next, page.places)
      if !page.bytes.isEmpty { try await writer.write(ByteBuffer(bytes: page.bytes)) }
      if page.isLast || count == limit { return (count, page.next) }
    }
  }

  private static let heartbeat = Duration.seconds(15)

  /// Follows the log until the client leaves, the limit is reached or the daemon stops.
  private static func follow(
    _ engine: Engine, _ filter: RecordFilter, limit: Int?, to writer: inout any ResponseBodyWriter
  ) async throws {
    var filter = filter
    var left = limit
    try await writer.write(ByteBuffer(string: ": waybill\n\n"))
    while true {
      let written = try await write(engine, filter, .events, limit: left, to: &writer)
      filter.from = written.next
      left = left.map { $0 - written.count }
      if left == 0 || filter.to.map({ filter.from >= $0 }) == true { return }
      let next = filter.from
      let wake = await cancelWhenGracefulShutdown { await engine.waitForEvents(after: next - 1, atMost: heartbeat) }
      if wake == .stopping || Task.isShuttingDownGracefully { return }
      if wake == .nothing { try await writer.write(ByteBuffer(string: ": waiting\n\n")) }
    }
  }
}

extension Appended {
  /// The answer to a request that appends.
  var json: [UInt8] {
    var json: [UInt8] = []
    json.reserveCapacity(112)
    json.append(#"{"first":"#)
    Self.write(first, to: &json)
    json.append(#","last":"#)
    Self.write(last, to: &json)
    json.append(#","appended":"#)
    json.append(decimal: UInt64(appended))
    json.append(#","duplicates":"#)
    json.append(decimal: UInt64(duplicates))
    json.append(UInt8(ascii: "}"))
    return json
  }

  /// A place in the log is a string, since it may be larger than a number that every reader of JSON takes exactly.
  private static func write(_ sequence: UInt64?, to json: inout [UInt8]) {
    guard let sequence else { return json.append("null") }
    json.append(UInt8(ascii: "\""))
    json.append(decimal: sequence)
    json.append(UInt8(ascii: "\""))
  }
}
