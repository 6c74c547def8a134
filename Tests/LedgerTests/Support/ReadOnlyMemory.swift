import Glibc

@testable import Ledger

/// Memory that ends the process of whoever writes to it.
@safe
final class ReadOnlyMemory {
  private(set) var kept: [ColdBytes] = []
  private var pages = unsafe [UnsafeMutableRawBufferPointer]()

  func keep(_ bytes: UnsafeRawBufferPointer) -> ColdBytes {
    let start = unsafe mmap(nil, bytes.count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!
    unsafe start.copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
    unsafe mprotect(start, bytes.count, PROT_READ)
    unsafe pages.append(UnsafeMutableRawBufferPointer(start: start, count: bytes.count))
    let cold = unsafe ColdBytes(at: start)
    kept.append(cold)
    return cold
  }

  /// How many stretches somebody reads.
  var readCount: Int { kept.indices.count { kept[$0].isRead() } }

  deinit {
    for index in unsafe pages.indices { unsafe munmap(pages[index].baseAddress!, pages[index].count) }
  }
}
