/// The answer to a question. The state knows messages by fingerprint, so where an answer names one it leaves a hole, which
/// is filled from the log once the state is let go.
public struct Answer: Sendable {
  public struct Hole: Hashable, Sendable {
    /// Where the id belongs in ``Answer/bytes``.
    var offset: Int
    /// An event that names the message in `data.message`.
    public var sequence: SequenceNumber
  }

  /// JSON, complete but for the holes.
  var bytes: [UInt8]
  public private(set) var holes: [Hole]

  init(_ json: JSONWriter) {
    bytes = json.bytes
    holes = json.holes
  }

  /// The JSON with every message's id in its place.
  /// - Parameter id: the `data.message` of the event at a sequence, unescaped.
  public func filled<Failure: Error>(
    _ id: (SequenceNumber) throws(Failure) -> [UInt8]
  ) throws(Failure) -> [UInt8] {
    guard !holes.isEmpty else { return bytes }
    var whole: [UInt8] = []
    whole.reserveCapacity(bytes.count + holes.count * 80)
    var copied = 0
    for hole in holes {
      whole.append(contentsOf: bytes[copied..<hole.offset])
      JSONWriter.appendString(try id(hole.sequence), to: &whole)
      copied = hole.offset
    }
    whole.append(contentsOf: bytes[copied...])
    return whole
  }
}
