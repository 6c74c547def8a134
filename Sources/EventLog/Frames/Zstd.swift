internal import CZstd

/// A zstd compressor that is used again and again, level 1, with content checksum.
///
/// Level 1 as it is: for frames of messaging traffic (480 bytes a record, 43 compressed, zstd 1.5.4) other tables
/// (`hashLog` 12 to 16) and matches (`minMatch` 6, 7) change neither size nor instructions by one in two hundred;
/// `targetLength` 2 saves a tenth of the instructions for a sixth more bytes, level -1 a twentieth for a seventh more;
/// level 3 takes a thirtieth fewer bytes and more time. That was before records were packed; of packed ones level 2 took as much of
/// the processor in the daemon, and level 3 as many bytes.
@safe
final class Compressor {
  private let context: OpaquePointer

  init() {
    unsafe context = ZSTD_createCCtx()
    unsafe _ = ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 1)
    unsafe _ = ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
  }

  deinit { unsafe _ = ZSTD_freeCCtx(context) }

  static func bound(_ byteCount: Int) -> Int { ZSTD_compressBound(byteCount) }

  /// Compresses into `target`, which has room for ``bound(_:)``; returns how many bytes it took.
  func compress(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Int {
    let count = unsafe ZSTD_compress2(context, target.baseAddress, target.count, source.baseAddress, source.count)
    unsafe precondition(ZSTD_isError(count) == 0, String(cString: ZSTD_getErrorName(count)))
    return count
  }
}

/// A zstd decompressor that is used again and again.
@safe
final class Decompressor {
  private let context: OpaquePointer

  init() { unsafe context = ZSTD_createDCtx() }

  deinit { unsafe _ = ZSTD_freeDCtx(context) }

  /// Fills `target` exactly.
  func decompress(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) throws(FrameDamage) {
    let count = unsafe ZSTD_decompressDCtx(
      context, target.baseAddress, target.count, source.baseAddress, source.count)
    guard ZSTD_isError(count) == 0 else {
      throw unsafe FrameDamage(reason: "zstd says: \(String(cString: ZSTD_getErrorName(count)))")
    }
    guard count == target.count else {
      throw FrameDamage(reason: "it holds \(count) bytes, and its header says \(target.count)")
    }
  }
}
