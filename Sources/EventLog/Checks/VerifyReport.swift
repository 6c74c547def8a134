/// What a check of the whole log found.
public struct VerifyReport: Sendable {
  /// Something that is not as it was written.
  public struct Problem: Sendable, Hashable, CustomStringConvertible {
    public let file: String
    /// What in the file, such as `the frame of sequence 257`.
    public let place: String
    /// The first sequence it concerns, if it concerns one.
    public let sequence: UInt64?
    public let reason: String

    public var description: String { "\(file): \(place): \(reason)" }
  }

  public let path: String
  /// Records that were checked: the tree's size, when there are no problems.
  public internal(set) var recordCount: UInt64 = 0
  public internal(set) var frameCount = 0
  /// Bytes of all records.
  public internal(set) var byteCount = 0
  /// Bytes of the file in use.
  public internal(set) var fileByteCount = 0
  /// The root of the tree, worked out from the records.
  public internal(set) var root = TreeHash.empty
  /// At most ``mostProblems``, in the order found.
  public internal(set) var problems: [Problem] = []

  public static let mostProblems = 100

  public var isSound: Bool { problems.isEmpty }

  init(path: String) {
    self.path = path
  }
}
