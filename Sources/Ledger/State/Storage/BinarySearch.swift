extension Range<Int> {
  /// The first index that is behind, or the end; where one index is behind, so are all after it.
  ///
  /// By index and not by element, so that no element is copied to be looked at.
  /// - Complexity: O(log *n*).
  @inline(__always)
  func partitionPoint(_ isBehind: (Int) -> Bool) -> Int {
    var (low, high) = (lowerBound, upperBound)
    while low < high {
      let middle = low &+ (high &- low) / 2
      if isBehind(middle) { high = middle } else { low = middle &+ 1 }
    }
    return low
  }
}
