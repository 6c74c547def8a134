extension [UInt8] {
  mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { unsafe append(contentsOf: $0) }
  }

  mutating func append(decimal number: UInt64) {
    unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var (start, rest) = (20, number)
      repeat {
        start -= 1
        unsafe digits[start] = 48 + UInt8(rest % 10)
        rest /= 10
      } while rest > 0
      unsafe append(contentsOf: UnsafeBufferPointer(rebasing: digits[start...]))
    }
  }
}
