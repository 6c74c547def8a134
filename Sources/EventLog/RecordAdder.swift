/// Takes records into the newest end of a log, one behind the other. It has what it needs at hand, so that no event costs a
/// reference that is counted, nor a check of exclusive access.
public struct RecordAdder: ~Copyable {
  private let writer: LogWriter
  private var frame: NewFrame
  private var facts: [RecordFacts]

  /// - Parameter frame: the newest, which is not complete.
  init(_ writer: LogWriter, _ frame: NewFrame, _ facts: consuming [RecordFacts]) {
    self.writer = writer
    self.frame = frame
    self.facts = facts
  }

  /// Adds a record, which `write` puts into the room it is given and tells the length of: at most `byteCount`, itself at
  /// most ``LogBatch/longestRecord``. It is in the log after ``EventLog/commit()``.
  public mutating func add(
    _ recordFacts: RecordFacts, ofAtMost byteCount: Int, _ write: (UnsafeMutableRawPointer) -> Int
  ) {
    precondition(byteCount <= LogBatch.longestRecord, "a record of \(byteCount) bytes")
    unsafe frame.add(recordFacts, ofAtMost: byteCount, write)
    facts.append(recordFacts)
    if frame.isComplete { frame = writer.seal(frame) }
  }

  consuming func finish() -> (frame: NewFrame, facts: [RecordFacts]) { (frame, facts) }
}
