/// What has not changed for long need not lie in the heap. Where a chunk lies changes nothing that the state says.
extension StateParts.Account {
  /// The chunks that are full, but for the last of each list, in an order that is always the same.
  public func forEachFullChunk(_ found: (ListChunk) -> Void) {
    withoutActuallyEscaping(found) { found in
      var finder = ChunkFinder(found)
      // Where it lies, since a copy would count its references; a finder changes nothing.
      box.withState { $0.visitLists(&finder) }
    }
  }

  /// Reads chunks elsewhere from now on. A state that has the account too goes on as it was.
  public mutating func move(_ moves: ArraySlice<(chunk: ListChunk, target: ColdBytes)>) {
    guard !moves.isEmpty else { return }
    var mover = ChunkMover(moves)
    box.makeSole()
    box.withState { $0.visitLists(&mover) }
  }
}

extension State {
  /// Reads chunks of an account elsewhere from now on, those that have not changed since they were found.
  /// - Parameter moves: in the order found, some at a time: each costs less than a microsecond.
  public mutating func move(_ moves: ArraySlice<(chunk: ListChunk, target: ColdBytes)>, ofAccount index: Int) {
    var mover = ChunkMover(moves)
    accounts[index].visitLists(&mover)
  }
}
