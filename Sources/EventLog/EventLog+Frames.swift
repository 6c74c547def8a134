internal import LMDB

extension EventLog {
  private static let framesPerPage = 64

  /// The frames of these numbers, ascending, as ``frames(group:upTo:)`` gives them, the unfinished one too.
  ///
  /// A frame that `wants` refuses is not decompressed. Each page of frames has its own read transaction, so old pages are
  /// not kept for long. Stops when `body` says false.
  public func forEachFrame(
    numbered numbers: [UInt64], wants: (FrameHeader) -> Bool = { _ in true },
    body: (borrowing Frame) throws -> Bool
  ) throws {
    let decoder = FrameDecoder()
    var rest = numbers[...]
    while !rest.isEmpty {
      guard try page(of: &rest, decoder, wants, body) else { return }
    }
  }

  /// Reads some of the frames and takes them from `numbers`; returns whether `body` wants more.
  private func page(
    of numbers: inout ArraySlice<UInt64>, _ decoder: FrameDecoder, _ wants: (FrameHeader) -> Bool,
    _ body: (borrowing Frame) throws -> Bool
  ) throws -> Bool {
    let transaction = try ReadTransaction(environment)
    var cursor = try transaction.cursor(tables.frames)
    let page = numbers.prefix(Self.framesPerPage)
    while let number = numbers.first, number <= page[page.endIndex - 1] {
      let first = number * UInt64(FrameHeader.recordsPerFrame) + 1
      var isWanted = true
      if let key = try cursor.move(.notAbove(first)) {
        isWanted = try unsafe cursor.withValue { value in
          try unsafe give(&numbers, in: value, key: key, decoder, wants, body)
        }
      }
      if !isWanted { return false }
      guard numbers.first == number else { continue }
      guard let header = try reading.tail(of: first, transaction, into: decoder.bundle) else { throw gap(first) }
      numbers.removeFirst()
      return try !wants(header) || give(header, decoder, body)
    }
    return true
  }

  /// Gives those of the frames that lie in one value; returns whether `body` wants more.
  private func give(
    _ numbers: inout ArraySlice<UInt64>, in value: UnsafeRawBufferPointer, key: UInt64, _ decoder: FrameDecoder,
    _ wants: (FrameHeader) -> Bool, _ body: (borrowing Frame) throws -> Bool
  ) throws -> Bool {
    var isWanted = true
    try unsafe FrameReading.forEachFrame(in: value, key: key, path: environment.dataFile) { header, stored in
      guard let number = numbers.first else { return false }
      guard Self.frameNumber(of: header.firstSequence) == number else { return true }
      numbers.removeFirst()
      guard wants(header) else { return true }
      try unsafe decoder.decode(header, stored, path: environment.dataFile)
      isWanted = try give(header, decoder, body)
      return isWanted
    }
    return isWanted
  }
}
