import EventLog
public import JSONTape
public import Ledger

/// The events of one request on their way to the log: collected, parsed and checked by the thread that received them,
/// decided by the writer, folded, and then used again for another request.
///
/// Texts of its events point into its own buffers; so it stays whole until its events are folded.
public final class Submission: @unchecked Sendable {  // owned by one thread at a time, handed on through monitors
  /// The longest event, without white space. A record's length is kept in 16 bits, and the daemon adds two members.
  public static let eventByteLimit = 65_536 - 128

  let parser = EventBatchParser()
  private(set) var events: [Event] = []
  /// What the log's indexes need of each; the recorded time is the writer's.
  private(set) var facts: [RecordFacts] = []
  /// Unless nil: appended only if the log ends here, or if all events were there already.
  public var expectedLast: UInt64?
  /// Who hears what became of it.
  public var client: (any AppendClient)?
  /// The client's own note: for whom it is.
  public var owner: AnyObject?
  /// Counted against the queue's limit; the queue's own.
  var heldByteCount = 0
  /// Whether the writer goes on after a conflict, to name all of them.
  var listsConflicts = false

  // What the writer decided.
  /// For each event its place in the log, and whether it was there before.
  var places: [Place] = []
  /// Events of the daemon that stand before an event of this request.
  var insertions: [Insertion] = []
  public internal(set) var outcome: Result<Appended, AppendFailure> = .failure(.closing)

  struct Place {
    var sequence: UInt64
    var isDuplicate: Bool
  }

  struct Insertion {
    /// The event of the request it stands before.
    var index: Int
    var sequence: UInt64
    var decision: Submission
  }

  init() {}

  /// The longest request these buffers ever held.
  private var longestBefore = 0
  var largestByteCount: Int { max(longestBefore, parser.byteCount) }

  /// Bytes received.
  public var byteCount: Int { parser.byteCount }
  /// Events found.
  public var count: Int { events.count }
  /// Lent, since an event is large.
  public subscript(index: Int) -> Event { _read { yield events[index] } }
  /// An event's bytes as received, without white space outside strings.
  public func bytes(of index: Int) -> Text { parser[index].bytes }

  public func reserve(_ byteCount: Int) { parser.reserve(byteCount) }
  public func append(_ bytes: UnsafeRawBufferPointer) { unsafe parser.append(bytes) }
  public func append(contentsOf bytes: [UInt8]) { parser.append(contentsOf: bytes) }

  /// Finds the events and checks each by itself. Rules that need the ledger are the writer's.
  /// - Parameter giveWay: called now and then, so that a large request need not keep its processor all the time.
  public func check(
    _ format: EventBatchParser.Format, from origin: EventParser.Origin = .client, giveWay: () -> Void = {}
  ) throws(Refusal) {
    let count: Int
    do throws(JSONError) {
      count = try parser.parse(format)
    } catch {
      throw Self.malformed(error)
    }
    var events: [Event] = []
    var facts: [RecordFacts] = []
    swap(&events, &self.events)  // one check of exclusive access, not one an event
    swap(&facts, &self.facts)
    defer {
      swap(&events, &self.events)
      swap(&facts, &self.facts)
    }
    events.reserveCapacity(count)
    facts.reserveCapacity(count)
    var memory = FingerprintMemory()
    try parser.forEach { (index, value, bytes) throws(Refusal) in
      if index % Self.eventsAtOnce == 0 { giveWay() }
      do throws(Refusal) {
        guard bytes.count <= Self.eventByteLimit else { throw Self.tooLong(bytes.count) }
        events.append(try EventParser.parse(value, from: origin))
        facts.append(events[index].facts(&memory))
      } catch {
        throw error.at(index: index)
      }
    }
  }

  /// Lends an event where it lies, since one is large.
  @inline(__always)
  func withEvent<Result, Failure: Error>(
    _ index: Int, _ body: (Event) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe events.withUnsafeBufferPointer { events throws(Failure) in try unsafe body(events[index]) }
  }

  /// Notes which accounts `state` lacks that have to be there before these events are folded.
  func noteAbsentAccounts(of state: State, neededBy indexes: Range<Int>, in needed: inout Set<Int>) {
    unsafe events.withUnsafeBufferPointer { events in
      unsafe state.noteAbsentAccounts(neededBy: UnsafeBufferPointer(rebasing: events[indexes]), in: &needed)
    }
  }

  /// Applies those of the events that were not there before, each at its place.
  func fold(_ indexes: Range<Int>, into state: inout State) {
    let places = places
    // The writer has admitted them; so their accounts are open.
    _ = unsafe events.withUnsafeBufferPointer { events in
      unsafe state.apply(UnsafeBufferPointer(rebasing: events[indexes])) { index in
        let place = places[indexes.lowerBound + index]
        return place.isDuplicate ? nil : SequenceNumber(rawValue: place.sequence)
      }
    }
  }

  /// Forgets everything but the buffers.
  func removeAll() {
    longestBefore = largestByteCount
    parser.removeAll()
    events.removeAll(keepingCapacity: true)
    facts.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
    insertions.removeAll()
    expectedLast = nil
    client = nil
    owner = nil
    listsConflicts = false
    outcome = .failure(.closing)
  }

  /// Some tens of microseconds.
  private static let eventsAtOnce = 32

  private static func malformed(_ error: JSONError) -> Refusal {
    var refusal = Refusal(
      .malformed, status: 400, "the body is not the JSON it should be: \(error)",
      remedy: "send UTF-8 JSON in the form that the media type names")
    refusal.index = error.index
    return refusal
  }

  private static func tooLong(_ byteCount: Int) -> Refusal {
    Refusal(
      .tooLong, status: 413, "the event has \(byteCount) bytes, more than \(eventByteLimit)",
      remedy: "leave out what the ledger need not keep", pointer: "")
  }
}

/// Where a request's events are in the log.
public struct Appended: Hashable, Sendable {
  /// Places of the request's first and last event; for an event that was there before, its original place. Nil for a
  /// request without events.
  public var first: UInt64?
  public var last: UInt64?
  public var appended: Int
  public var duplicates: Int

  public init(first: UInt64?, last: UInt64?, appended: Int, duplicates: Int) {
    self.first = first
    self.last = last
    self.appended = appended
    self.duplicates = duplicates
  }
}

/// Why a request was not appended. Nothing of it is in the log.
public enum AppendFailure: Error, Hashable, Sendable {
  case refused(Refusal)
  /// Another event with the same source and id was there first, at `first`.
  case conflict(Refusal, first: UInt64, indexes: [Int])
  /// The queue is full.
  case busy
  case diskFull(String)
  /// The daemon is stopping.
  case closing
}
