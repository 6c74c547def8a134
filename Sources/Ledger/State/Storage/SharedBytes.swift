/// Bytes that are freed with the last who refers to them, and that tell by the count of references whether they are shared.
///
/// They lie in the object itself, behind its head: a short list costs one allocation, and asking whether it is shared reads
/// memory next to what is then written.
@safe
final class SharedBytes: ManagedBuffer<Void, UInt8> {
  private static var alignment: Int { 16 }

  static func make(byteCount: Int, alignment: Int) -> SharedBytes {
    let buffer = create(minimumCapacity: byteCount + max(0, alignment - Self.alignment)) { _ in () }
    return unsafe unsafeDowncast(buffer, to: SharedBytes.self)
  }

  /// The first byte at a multiple of `alignment`, which is the one it was made with.
  func start(alignment: Int) -> UnsafeMutableRawPointer {
    unsafe withUnsafeMutablePointerToElements { bytes in
      unsafe UnsafeMutableRawPointer(bytes).alignedUp(toMultipleOf: alignment)
    }
  }
}
