import Glibc
import Testing

@testable import LedgerEngine

@Suite struct HeapPagesTests {
  private static let byteCount = 3 << 20
  /// Whether the kernel can be asked for memory before it is written to.
  private static let isKnown = madvise(nil, 0, MADV_POPULATE_WRITE) == 0

  /// Addresses, since memory that nobody has written to is not to be read either.
  private static func allocate() -> Int { unsafe Int(bitPattern: malloc(byteCount)) }
  private static func free(_ address: Int) { unsafe Glibc.free(UnsafeMutableRawPointer(bitPattern: address)) }

  /// Whether every page of a piece of memory is there before anybody has written to it.
  private static func isThere(_ address: Int) -> Bool {
    let pageSize = sysconf(Int32(_SC_PAGESIZE))
    let from = address - address % pageSize
    let byteCount = address + byteCount - from
    var pages = [UInt8](repeating: 0, count: (byteCount + pageSize - 1) / pageSize)
    guard unsafe mincore(UnsafeMutableRawPointer(bitPattern: from), byteCount, &pages) == 0 else { return false }
    return pages.allSatisfy { $0 & 1 == 1 }
  }

  /// Other tests allocate meanwhile, so what was made ready may be theirs: once in many tries it is not.
  @Test(.enabled(if: isKnown, "the kernel is older than 5.14"))
  func `what is allocated next is there once a reserve is kept`() {
    HeapPages.prepare()
    var taken: [Int] = []
    defer { taken.forEach(Self.free) }
    for _ in 0..<100 {
      // Until all that was written before is taken.
      var next = Self.allocate()
      while Self.isThere(next), taken.count < 2_000 {
        taken.append(next)
        next = Self.allocate()
      }
      Self.free(next)
      HeapPages.keepReserve()
      taken.append(Self.allocate())
      if Self.isThere(taken.last!) { return }
    }
    Issue.record("what was allocated behind a reserve was never there")
  }

  @Test func `what nobody uses is given back, and what somebody uses stays`() {
    let size = 1 << 20
    var pieces = (0..<128).map { _ in unsafe Int(bitPattern: malloc(size)) }
    for (number, piece) in pieces.enumerated() {
      unsafe memset(UnsafeMutableRawPointer(bitPattern: piece)!, Int32(number), size)
    }
    // Every fourth is still used, so that the heap cannot shrink.
    for number in pieces.indices where number % 4 != 0 { Self.free(pieces[number]) }
    HeapPages.giveBack()
    let there = pieces.indices.count { number in number % 4 != 0 && Self.isPageThere(pieces[number] + size / 2) }
    // What other tests have allocated there meanwhile is not much.
    #expect(there < 48, "\(there) of 96 freed pieces are still there")
    pieces = pieces.enumerated().filter { $0.offset % 4 == 0 }.map(\.element)
    for (number, piece) in pieces.enumerated() {
      let bytes = unsafe UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: piece), count: size)
      #expect(unsafe bytes.allSatisfy { $0 == UInt8(4 * number) }, "piece \(4 * number)")
      Self.free(piece)
    }
  }

  private static func isPageThere(_ address: Int) -> Bool {
    let pageSize = sysconf(Int32(_SC_PAGESIZE))
    var page: UInt8 = 0
    return unsafe mincore(UnsafeMutableRawPointer(bitPattern: address - address % pageSize), pageSize, &page) == 0
      && page & 1 == 1
  }
}
