import EventLog

/// The threads of a data folder's log, and the seats of those that do an event's work.
struct EngineThreads: LogThreads {
  let seats: Seats
  /// The writer's, which appends to the log.
  let writer: Seat

  init(_ seats: Seats) {
    self.seats = seats
    writer = Seat(.writing, of: seats)
  }

  var processorCount: Int { Processors.allowed.count }

  func start(_ name: String, for work: LogWork, _ body: @escaping @Sendable () -> Void) {
    // The writer waits for sealers, so they are as urgent as it is.
    _ = PlatformThread(name: name, urgency: work == .sealing ? .writing : .bulk, isJoined: false, body)
  }

  func seal(_ body: (_ giveWay: () -> Void) -> Void) {
    let seat = Seat(.sealing, of: seats)
    seat.during { body(seat.giveWay) }
  }

  func wait<Result>(in body: () throws -> Result) rethrows -> Result { try writer.without(body) }
}
