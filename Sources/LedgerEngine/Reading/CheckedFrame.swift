import EventLog
import JSONTape
import Ledger

/// The events of one frame, decompressed, parsed and checked. Texts point into memory of its own, which the next frame uses
/// again.
final class CheckedFrame: @unchecked Sendable {  // one thread at a time has it: whoever took it from a `ReadAhead`
  private let reader: FrameReader
  private let parser = FrameParser()
  private var events: [Event] = []
  /// Of the first event.
  private(set) var firstSequence: UInt64 = 0
  /// Why there are no more events.
  private(set) var failure: (any Error)?

  init(_ log: EventLog) { reader = FrameReader(log) }

  /// Lends the events where they lie, since one is large.
  @inline(__always)
  func withEvents<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Event>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe events.withUnsafeBufferPointer { events throws(Failure) in try unsafe body(events) }
  }

  /// Reads those of the sequences that lie in the frame of `sequence`.
  func read(holding sequence: UInt64, of wanted: ClosedRange<UInt64>) {
    var events: [Event] = []
    swap(&events, &self.events)  // one check of exclusive access, not one an event
    events.removeAll(keepingCapacity: true)
    failure = nil
    do {
      let header = try reader.read(holding: sequence)
      firstSequence = max(header.firstSequence, wanted.lowerBound)
      try parse(header.firstSequence)
      try check(header.firstSequence, wanted, into: &events)
    } catch {
      failure = error
    }
    swap(&events, &self.events)
  }

  private func parse(_ first: UInt64) throws(LogError) {
    do throws(JSONError) {
      try unsafe parser.parse(reader.bundle)
    } catch {
      throw .unreadable(sequence: first + UInt64(error.index ?? 0), reason: "\(error)")
    }
  }

  private func check(
    _ first: UInt64, _ wanted: ClosedRange<UInt64>, into events: inout [Event]
  ) throws(LogError) {
    try parser.forEach { (index, value, _) throws(LogError) in
      let sequence = first + UInt64(index)
      guard wanted.contains(sequence) else { return }
      do throws(Refusal) {
        events.append(try EventParser.parse(value, from: .log))
      } catch {
        throw .unreadable(sequence: sequence, reason: error.message)
      }
    }
  }
}
