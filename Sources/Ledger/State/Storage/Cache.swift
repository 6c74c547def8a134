internal import CCache

/// Asking for memory before it is read.
///
/// With many accounts nearly everything that an event needs has to come from memory, and each look waits for the one before
/// it: from the account to its list, from the list to a record, from the record to the next. What is asked for is on its way
/// while other things are asked for, so ``State/apply(_:at:)`` asks for several events before it folds the first of them.
/// Nothing is changed by it, and nothing is wrong where it asks for too much or too little.
enum Cache {
  @inline(__always)
  static func fetch(_ address: UnsafeRawPointer) { unsafe waybill_fetch(address) }

  /// Asks for the whole of a value.
  @inline(__always)
  static func fetch<Value>(whole value: UnsafePointer<Value>) {
    for offset in stride(from: 0, to: MemoryLayout<Value>.size + 63, by: 64) {
      unsafe waybill_fetch(UnsafeRawPointer(value) + offset)
    }
  }
}
